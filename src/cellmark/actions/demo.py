"""Demo: the whole way from the shipped notebook to an answering service, on this machine."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from cellmark.bundle.literals import slug
from cellmark.examples import examples_folder
from cellmark_runtime.errors import CheckFailed

from .package import Packaged, package
from .run import run
from .serve import LOGS
from .summary import RunSummary
from .verify import Report, verify

__all__ = ["Demonstrated", "demo"]

_NOTEBOOK = "churn.ipynb"
_DATA = "data/telco_churn.csv"
# A proxy that the environment names does not reach this machine.
_HERE = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_STOP_SECONDS = 20


class Demonstrated(msgspec.Struct, frozen=True):
    """`prediction` is the service's reply for `row`, `notebook` the notebook's own answer."""

    run: RunSummary
    bundle: str
    packaged: Packaged
    verified: Report
    url: str
    row: dict[str, Any]
    prediction: dict[str, Any]
    notebook: dict[str, Any]


def demo(
    folder: Path | str = "cellmark-demo", *, note: Callable[[str], None] = lambda _: None
) -> Demonstrated:
    """Run, package, verify and serve the churn notebook in `folder`, and ask it about one row.

    What stands in `folder` from an earlier demo is used again.
    Raises: CheckFailed if any step does not hold, the last being that the service gives the
    notebook's own number.
    """
    folder = Path(folder)
    notebook = _lay_out(folder)
    note(f"1/5 run       {notebook}")
    result = run(notebook, {})
    if result.failure is not None:
        raise CheckFailed(str(notebook), result.failure.error, "cells that run")
    note("2/5 package   derive, lock, prove, sign")
    packaged = package(str(notebook), name="churn", output=None, note=_under(note), parent=folder)
    note(f"3/5 verify    {packaged.bundle} in an environment made from its lock alone")
    bundle = Path(packaged.bundle)
    verified = verify(bundle, clean=True, start=folder)
    if not verified.ok:
        failed = next(check for check in verified.checks if not check.ok)
        raise CheckFailed(
            str(packaged.bundle), f"{failed.name}: {failed.detail}", "checks that hold"
        )
    golden = json.loads((bundle / "tests" / "golden.json").read_text(encoding="utf-8"))
    note("4/5 serve     on a free port of this machine")
    with _served(bundle, folder / ".cellmark" / LOGS / slug(packaged.name)) as url:
        note(f"5/5 ask       POST {url}/predict")
        reply = _ask(f"{url}/predict", golden["rows"][0])
    expected = {
        "prediction": golden["predictions"][0],
        "probabilities": golden["probabilities"][0],
    }
    _compare(reply["predictions"][0], expected)
    return Demonstrated(
        result.runs[-1],
        packaged.bundle,
        packaged,
        verified,
        url,
        golden["rows"][0],
        reply,
        expected,
    )


def _lay_out(folder: Path) -> Path:
    """Copy the notebook and its data into `folder`, leaving what is there as it is."""
    examples = examples_folder()
    for name in (_NOTEBOOK, _DATA, "data/README.md"):
        place = folder / name
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            shutil.copyfile(examples / name, place)
    (folder / ".cellmark").mkdir(exist_ok=True)
    return folder / _NOTEBOOK


def _under(note: Callable[[str], None]) -> Callable[[str], None]:
    return lambda message: note(f"              {message}")


@contextmanager
def _served(bundle: Path, log: Path) -> Iterator[str]:
    """The address of a service that answers with `bundle` while the context lasts."""
    command = [sys.executable, "-m", "cellmark", "serve", str(bundle), "--port", "0", "--json"]
    command += ["--audit", str(log)]
    tokens = {"CELLMARK_TOKEN", "CELLMARK_TOKEN_FILE"}
    free = {key: value for key, value in os.environ.items() if key not in tokens}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=free
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        try:
            said = json.loads(first or "{}")
            if "url" not in said:
                raise CheckFailed(str(bundle), f"did not serve: {process.stderr.read().strip()}")
            if said["reason"] is not None:
                raise CheckFailed(str(bundle), said["reason"], "the golden rows' own answers")
            yield said["url"]
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=_STOP_SECONDS)


def _ask(url: str, row: dict[str, Any]) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310 - our own service on this machine
        url, json.dumps(row).encode(), {"content-type": "application/json"}
    )
    with _HERE.open(request, timeout=30) as reply:
        answer: dict[str, Any] = json.load(reply)
        return answer


def _compare(answer: dict[str, Any], expected: dict[str, Any]) -> None:
    served = {
        "prediction": answer["prediction"],
        "probabilities": list(answer["probabilities"].values()),
    }
    if served != expected:
        raise CheckFailed("the service", f"answered {served}", f"the notebook's own {expected}")
