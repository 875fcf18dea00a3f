"""A notebook executed anew."""

from __future__ import annotations

import json
import subprocess
import sys

import nbformat
import pytest

from cellmark.replay import execute
from cellmark.store import Store
from cellmark_runtime.errors import CellmarkError

OK = ("x = 1", "train")


def store_in(folder):
    return Store(folder / ".cellmark")


def test_the_run_holds_what_the_tagged_cells_did(whole):
    execution, folder, _ = whole
    [run] = [store_in(folder).run(one) for one in execution.runs]
    assert execution.status == run.status == "ok"
    assert run.parameters == {"C": 4.0, "seed": 7}
    assert run.latest_metrics == {"accuracy": 1.0}
    assert run.data.keys() == {"X", "y"}
    assert [e.name for e in run.estimators] == ["model"]
    assert {"numpy", "scikit-learn"} <= run.environment.packages.keys()


def test_cells_keep_the_numbers_of_the_source_notebook(whole):
    execution, folder, heard = whole
    cells = store_in(folder).run(execution.runs[0]).cells
    assert [(c.number, c.roles[0]) for c in cells] == [
        (2, "parameters"),
        (None, "parameters"),
        (3, "data"),
        (6, "train"),
        (7, "evaluate"),
    ]
    assert heard == [(n, 7) for n in (1, 2, 3, 5, 6, 7)]


def test_the_kernel_stands_in_the_notebooks_folder_with_the_preludes_names(whole):
    execution, folder, _ = whole
    [output] = execution.notebook.cells[-1].outputs
    assert output.text == f"{folder} by the prelude\n"
    assert (folder / "epilogue.txt").read_text() == "1.0"


def test_the_executed_notebook_is_written_and_kept(whole):
    execution, folder, _ = whole
    written = nbformat.read(execution.output, as_version=4)
    assert [c.source for c in written.cells] == [c.source for c in execution.notebook.cells]
    assert [p.name for p in (folder / "out").iterdir()] == ["executed.ipynb"]
    store = store_in(folder)
    kept = json.loads(store.content(store.run(execution.runs[0]).notebook))
    assert kept["cells"][-1]["outputs"][0]["output_type"] == "stream"


def test_the_estimator_is_kept_whole(whole):
    import io

    import joblib

    execution, folder, _ = whole
    store = store_in(folder)
    [estimator] = store.run(execution.runs[0]).estimators
    assert joblib.load(io.BytesIO(store.content(estimator.object))).C == 4.0


def test_a_cell_that_raises_makes_a_failed_run_that_keeps_what_there_is(notebook, tmp_path):
    path = notebook(
        ("C = 1", "parameters"),
        ("def half(x):\n    return x / 0", ""),
        ("a = C\n\nhalf(a)", "train"),
        ("never = 1", "evaluate"),
    )
    execution = execute(
        path, parameters={"C": 3}, epilogue="raise SystemExit('not after a failure')"
    )
    failure = execution.failure
    assert (execution.status, failure.cell, failure.line) == ("failed", 3, 3)
    assert failure.error == "ZeroDivisionError: division by zero"
    assert "\x1b" not in failure.traceback
    run = store_in(tmp_path).run(execution.runs[0])
    assert (run.status, run.parameters) == ("failed", {"C": 3})
    assert (run.failure.cell, run.failure.line) == (3, 3)


def test_an_untagged_cell_that_raises_fails_the_run_that_was_going_on(notebook, tmp_path):
    execution = execute(notebook(OK, ("plot", "")), parameters={})
    [run] = store_in(tmp_path).runs()
    assert execution.runs == (run.id,)
    assert (run.status, run.failure.cell) == ("failed", 2)


@pytest.mark.parametrize("death", ["os._exit(1)", "os.kill(os.getpid(), 9)"])
def test_a_kernel_that_dies_is_a_failed_run_with_words(notebook, tmp_path, death):
    path = notebook(("C = 2", "parameters"), (f"import os\n{death}", "train"))
    execution = execute(path, parameters={})
    assert execution.failure.cell == 2
    assert "the kernel died while this cell ran" in execution.failure.error
    run = store_in(tmp_path).run(execution.runs[0])
    assert (run.status, run.parameters) == ("failed", {"C": 2})
    assert run.cells[-1].source.startswith("import os")


@pytest.mark.parametrize("silent", ["prelude", "epilogue"])
def test_silent_code_that_raises_is_an_error_with_the_kernels_traceback(notebook, silent):
    with pytest.raises(CellmarkError, match=r"(?s)ValueError: broken.*----> 1 raise") as caught:
        execute(notebook(OK), parameters={}, **{silent: "raise ValueError('broken')"})
    assert "\x1b" not in str(caught.value)


def test_parameters_go_to_the_top_where_no_cell_is_tagged(notebook, tmp_path):
    execution = execute(notebook(("y = z + 1", "train")), parameters={"z": 1})
    assert execution.notebook.cells[0].source == "# Parameters\nz = 1\n"
    assert store_in(tmp_path).run("latest").cells[-1].number == 1


def test_two_at_once_on_one_store_are_both_kept(notebook, tmp_path):
    path = notebook(("C = 1", "parameters"), ("x = C", "train"))
    code = (
        "import sys, pathlib;"
        "from cellmark.replay import execute; from cellmark.store import Store;"
        "p = pathlib.Path(sys.argv[1]);"
        "e = execute(p, parameters={'C': int(sys.argv[2])});"
        "print(Store(p.parent / '.cellmark').run(e.runs[0]).id)"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(path), str(n)], stdout=subprocess.PIPE, text=True
        )
        for n in (1, 2)
    ]
    ids = {process.communicate()[0].strip() for process in processes}
    runs = store_in(tmp_path).runs()
    assert {run.id for run in runs} == ids
    assert sorted(run.parameters["C"] for run in runs) == [1, 2]


def test_plain_papermill_sends_the_tags_too(notebook, tmp_path, monkeypatch):
    import papermill

    monkeypatch.chdir(tmp_path)
    listen = "import cellmark.capture\ncellmark.capture.listen()"
    path = notebook((listen, ""), ("x = 1", "train"))
    papermill.execute_notebook(path, tmp_path / "out.ipynb", progress_bar=False)
    [run] = store_in(tmp_path).runs()
    assert [(c.number, c.roles) for c in run.cells] == [(2, ("train",))]
    assert run.experiment == "model.ipynb"


def test_an_output_that_cannot_be_written_leaves_what_stood_there(notebook, tmp_path):
    folder = tmp_path / "executed.ipynb"
    folder.mkdir()
    with pytest.raises(OSError, match="directory"):
        execute(notebook(OK), parameters={}, output=folder)
    assert list(folder.iterdir()) == []
    assert not list(tmp_path.glob(".executed*"))


def test_a_cell_that_could_not_be_recorded_is_told(notebook, tmp_path):
    """The cell's own limit on file sizes stands in for a disk that is full in the kernel alone."""
    full = "import resource, signal\nsignal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    full += "resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))\nx = 1"
    with pytest.raises(CellmarkError, match="only 0 of 1 tagged cells could be recorded") as told:
        execute(notebook((full, "train")), parameters={}, store=tmp_path / "store")
    assert "CELLMARK_STORE" in told.value.fix
