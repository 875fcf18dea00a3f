"""Whatever goes wrong, in a cell or in capture: a real kernel gives the user the very same results
as one that records nothing, says so in its state, and loses nothing that it had recorded.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import KernelManager

from cellmark.store import Store
from cellmark.store.spool import spools

pytestmark = pytest.mark.slow

PATIENCE = 120
# What differs from one kernel to the next by itself.
_OWN = re.compile(r"ipykernel_\d+[/\\]\d+\.py|0x[0-9a-f]+|\x1b\[[0-9;]*m")
_SILENCE = """
listener = get_ipython()._cellmark
for event in ("pre_run_cell", "post_run_cell"):
    get_ipython().events.unregister(event, getattr(listener, event))
del listener, event
"""


class Kernel:
    """A kernel that answers cells with their roles, as JupyterLab sends them."""

    def __init__(self, folder: Path, *, records: bool) -> None:
        self.folder = folder
        self.records_cells = records
        self.manager = KernelManager(kernel_name="python3")
        environment = {**os.environ, "IPYTHONDIR": str(folder / "ipython"), "PYTHONHASHSEED": "1"}
        # ipykernel leaves the process's own streams alone where it believes to be in a test.
        environment.pop("PYTEST_CURRENT_TEST", None)
        environment["CELLMARK_NOTEBOOK"] = str(folder / "model.ipynb")
        self.manager.start_kernel(cwd=str(folder), env=environment)
        self._connect()

    def _connect(self) -> None:
        self.client = self.manager.blocking_client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=PATIENCE)
        if not self.records_cells:
            self.silently(_SILENCE)

    def send(self, source: str, *tags: str, cell_id: str = "cell", silent: bool = False) -> str:
        content = {
            "code": source,
            "silent": silent,
            "store_history": not silent,
            "user_expressions": {"state": "get_ipython()._cellmark.state"},
            "allow_stdin": False,
            "stop_on_error": True,
        }
        message = self.client.session.msg("execute_request", content)
        message["metadata"] = {"tags": list(tags), "cellId": cell_id}
        self.client.shell_channel.send(message)
        return str(message["header"]["msg_id"])

    def outputs(self, request: str) -> list[Any]:
        """What the request showed: streams whole, whatever pieces they came in."""
        streams: dict[str, str] = {}
        shown: list[Any] = []
        while True:
            message = self.client.get_iopub_msg(timeout=PATIENCE)
            kind, content = message["msg_type"], message["content"]
            if message["parent_header"].get("msg_id") != request:
                continue
            if kind == "status" and content["execution_state"] == "idle":
                return [streams, *shown]
            if kind == "stream":
                streams[content["name"]] = streams.get(content["name"], "") + content["text"]
            elif kind not in ("status", "execute_input"):
                shown.append(json.loads(_OWN.sub("", json.dumps([kind, content]))))

    def run(self, source: str, *tags: str, cell_id: str = "cell") -> list[Any]:
        return self.outputs(self.send(source, *tags, cell_id=cell_id))

    def silently(self, source: str) -> None:
        self.outputs(self.send(source, silent=True))

    @property
    def state(self) -> str:
        request = self.send("", silent=True)
        while True:
            reply = self.client.get_shell_msg(timeout=PATIENCE)
            if reply["parent_header"].get("msg_id") == request:
                return str(reply["content"]["user_expressions"]["state"]["data"]["text/plain"])

    @property
    def recorded(self) -> list[dict[str, Any]]:
        return [record for spool in spools(self.folder / ".cellmark") for record in spool.records()]

    def restart(self) -> None:
        self.client.stop_channels()
        self.manager.restart_kernel(now=True)
        self._connect()

    def stop(self) -> None:
        self.client.stop_channels()
        if self.manager.has_kernel:
            self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Kernel, Kernel]]:
    """A kernel that records and one that does not."""
    kernels = [
        Kernel(tmp_path_factory.mktemp(name), records=name == "records")
        for name in ("records", "plain")
    ]
    yield kernels[0], kernels[1]
    for kernel in kernels:
        kernel.stop()


SETUP = (
    "import warnings, numpy as np\n"
    "from sklearn.linear_model import LogisticRegression\n"
    "from sklearn.metrics import accuracy_score, classification_report, precision_score\n"
    "X = np.arange(40.0).reshape(20, 2); y = (np.arange(20) > 9).astype(int)"
)
TRAIN = "model = LogisticRegression().fit(X, y)"
HOSTILE = """
class Hostile:
    def _no(self, *args): print('looked at'); raise RuntimeError('hands off')
    __repr__ = __eq__ = __len__ = __bool__ = __iter__ = __reduce__ = __hash__ = _no
    def __getattr__(self, name): print('looked for', name); raise RuntimeError(name)
thing = Hostile(); things = [thing]; named = {'a': thing}; total = 1
"""
# Each is a story of cells: (source, roles).
STORIES = {
    "a metric that warns": [
        (SETUP, "data"),
        ("print(classification_report(y, y * 0))", "evaluate"),
        ("precision_score(y, y * 0)", "evaluate"),
        ("precision_score(y, y * 0)", "evaluate"),
    ],
    "errors inside of what is heard": [
        (SETUP, "data"),
        ("LogisticRegression(C=-1).fit(X, y)", "train"),
        ("accuracy_score(y, y[:3])", "evaluate"),
        ("import pandas as pd; pd.read_parquet('absent.parquet')", "data"),
        ("model = ", "train"),
    ],
    "objects that can't be pickled or looked at": [
        (SETUP, "data"),
        (HOSTILE, "parameters"),
        (HOSTILE, "data"),
        (HOSTILE + TRAIN + "\nmodel.note = lambda: thing", "train"),
        ("last = thing", "evaluate"),
    ],
    "a reset": [
        (SETUP, "data"),
        (TRAIN, "train"),
        ("%reset -f", "train"),
        ("sorted(name for name in globals() if not name.startswith('_'))", ""),
        (SETUP + "\n" + TRAIN, "train"),
    ],
    "a fork": [
        (SETUP, "data"),
        (
            "import os\nchild = os.fork()\nif not child: os._exit(3)\n"
            "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n" + TRAIN,
            "train",
        ),
        (
            "from joblib import Parallel, delayed\n"
            "Parallel(n_jobs=2)(delayed(accuracy_score)(y, y) for _ in range(4))",
            "evaluate",
        ),
    ],
    "threads": [
        (SETUP, "data"),
        (
            "import threading\nfitted = []\n"
            "def work(): fitted.append(LogisticRegression().fit(X, y))\n"
            "threads = [threading.Thread(target=work) for _ in range(8)]\n"
            "for each in threads: each.start()\n" + TRAIN,
            "train",
        ),
        ("for each in threads: each.join()\nlen(fitted)", "evaluate"),
    ],
    "async cells": [
        (SETUP, "data"),
        ("import asyncio\nawait asyncio.sleep(0)\n" + TRAIN + "\nprint(model)", "train"),
        ("await asyncio.sleep(0.01, accuracy_score(y, model.predict(X)))", "evaluate"),
    ],
    "ten thousand outputs": [
        (SETUP, "data"),
        (TRAIN + "\nfor at in range(10_000): print(at, flush=at % 100 == 0)", "train"),
        ("for at in range(1_000): display(at)\nat", "evaluate"),
    ],
    "a folder that the cell leaves": [
        (SETUP, "data"),
        ("import os, tempfile\nhere = os.getcwd(); os.chdir(tempfile.mkdtemp())", "data"),
        (TRAIN, "train"),
        ("os.rmdir(os.getcwd())", "train"),
        ("os.chdir(here); accuracy_score(y, model.predict(X))", "evaluate"),
    ],
    "chance": [
        (SETUP + "\nimport random; random.seed(7); np.random.seed(7)", "data"),
        (TRAIN, "train"),
        ("random.random(), np.random.rand()", "evaluate"),
    ],
}


@pytest.mark.parametrize("story", STORIES)
def test_results_are_the_same_with_and_without(pair: tuple[Kernel, Kernel], story: str) -> None:
    records, plain = pair
    before = len(records.recorded)
    for number, (source, roles) in enumerate(STORIES[story]):
        tags = roles.split()
        assert records.run(source, *tags, cell_id=f"{story} {number}") == plain.run(source, *tags)
    tagged = [roles for _, roles in STORIES[story] if roles]
    assert records.state == "'on'"
    assert [record["roles"] for record in records.recorded[before:]] == [[each] for each in tagged]


def _break_hook(kernel: Kernel) -> None:
    kernel.silently(
        "def _fail(*_): raise RuntimeError('a hook that raises')\n"
        "get_ipython()._cellmark._tracker.end = _fail; del _fail"
    )


def _mend_hook(kernel: Kernel) -> None:
    kernel.silently("del get_ipython()._cellmark._tracker.end")


def _fill_disk(kernel: Kernel) -> None:
    [spool] = spools(kernel.folder / ".cellmark")
    spool.path.rename(spool.path.with_suffix(".kept"))
    spool.path.symlink_to("/dev/full")


def _free_disk(kernel: Kernel) -> None:
    kept = next((kernel.folder / ".cellmark" / "spool").glob("*.kept"))
    kept.replace(kept.with_suffix(".jsonl"))


def _block_store(kernel: Kernel) -> None:
    (kernel.folder / ".cellmark").rename(kernel.folder / "away")
    (kernel.folder / ".cellmark").write_text("a file where a folder was")


def _give_store_back(kernel: Kernel) -> None:
    (kernel.folder / ".cellmark").unlink()
    (kernel.folder / "away").rename(kernel.folder / ".cellmark")


FAULTS = {
    "a hook that raises": (_break_hook, _mend_hook, "a hook that raises"),
    "a full disk": (_fill_disk, _free_disk, "No space left"),
    "no store": (_block_store, _give_store_back, "File exists"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_told_in_the_state_and_nowhere_else(
    pair: tuple[Kernel, Kernel], fault: str
) -> None:
    records, plain = pair
    breaks, mends, told = FAULTS[fault]
    for kernel in pair:
        kernel.run(SETUP, "data")
    before = records.recorded
    breaks(records)
    for source, role in ((TRAIN, "train"), ("accuracy_score(y, model.predict(X))", "evaluate")):
        assert records.run(source, role) == plain.run(source, role)
    assert told in records.state
    mends(records)
    assert records.recorded[: len(before)] == before
    assert records.run(TRAIN, "train") == plain.run(TRAIN, "train")
    assert records.state == "'on'"
    assert len(records.recorded) > len(before)


def test_a_store_that_is_taken_away_is_made_anew(pair: tuple[Kernel, Kernel]) -> None:
    records, plain = pair
    assert records.run(SETUP, "data") == plain.run(SETUP, "data")
    shutil.rmtree(records.folder / ".cellmark")
    assert records.run(TRAIN, "train") == plain.run(TRAIN, "train")
    assert records.state == "'on'"
    assert [record["source"] for record in records.recorded] == [TRAIN]


def test_an_interrupt_in_a_cell(pair: tuple[Kernel, Kernel]) -> None:
    # A thread says so once it sleeps: an interrupt in another line has another traceback. It sleeps
    # often: an interrupt just before it falls asleep would have to wait until it wakes up.
    source = (
        "import sys, threading, time\n"
        "def sleep():\n"
        "    here = sys._getframe()\n"
        "    def tell():\n"
        "        while here.f_lineno != 8: time.sleep(0.01)\n"
        "        print('begun', flush=True)\n"
        "    threading.Thread(target=tell).start()\n"
        "    while True: time.sleep(0.01)\n"
        "sleep()"
    )
    shown = []
    for kernel in pair:
        request = kernel.send(source, "train")
        while kernel.client.get_iopub_msg(timeout=PATIENCE)["msg_type"] != "stream":
            pass
        kernel.manager.interrupt_kernel()
        shown.append(kernel.outputs(request))
    assert shown[0] == shown[1]
    last = pair[0].recorded[-1]
    assert (last["status"], last["failure"]["error"]) == ("failed", "KeyboardInterrupt")


def test_an_interrupt_while_a_cell_is_being_recorded(pair: tuple[Kernel, Kernel]) -> None:
    records, _ = pair
    records.run("0", "train")  # the tracker is there from the first tagged cell on
    records.silently(
        "def _slow(*_):\n"
        "    import os, signal, time\n"
        "    os.kill(os.getpid(), signal.SIGINT)\n"
        "    time.sleep(60)\n"
        "get_ipython()._cellmark._tracker.end = _slow; del _slow"
    )
    assert records.run("1 + 1", "train")[1][1]["data"] == {"text/plain": "2"}
    assert "KeyboardInterrupt" in records.state
    _mend_hook(records)
    records.run("2 + 2", "train")
    assert records.state == "'on'"


@pytest.mark.parametrize("end", ["os._exit", "kill", "restart"])
def test_what_was_recorded_outlives_the_kernel(tmp_path: Path, end: str) -> None:
    kernel = Kernel(tmp_path, records=True)
    try:
        kernel.run(SETUP, "data")
        kernel.run(TRAIN, "train")
        if end == "restart":
            kernel.send("import time; time.sleep(60)", "evaluate")
            kernel.restart()
            kernel.run("after = 1", "train")
        else:
            how = "os._exit(1)" if end == "os._exit" else "os.kill(os.getpid(), 9)"
            kernel.send(f"import os; {how}", "evaluate")
            kernel.manager.provisioner and kernel.manager.shutdown_kernel(now=True)
    finally:
        kernel.stop()
    found = Store(tmp_path / ".cellmark").runs()
    assert [run.cells[-1].source for run in found][-1] == TRAIN
    assert len(found) == (2 if end == "restart" else 1)
    assert found[-1].estimators[0].name == "model"
