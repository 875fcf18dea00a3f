"""Checkpoints stand for cells where all that they came of is the same, and for no others."""

from __future__ import annotations

import ast
import os
from pathlib import Path

import nbformat
import pytest

from cellmark.capture.held.unsafe import not_repeatable
from cellmark.replay.rerun import Setting, rerun
from cellmark.store.checkpoints import (
    find_checkpoint,
    keep_checkpoint,
    load_object,
    put_object,
    tidy,
)

CELLS = (
    ("import numpy as np, random\nimport helpers", ""),
    ("scale = 2.0", "parameters"),
    ("table = np.loadtxt('table.csv', delimiter=',')\nview = table[:1]\nprint('rows', 3)", "data"),
    ("def half(x):\n    return x / 2\n\nopen('log.txt', 'w').close()", "preprocess"),
    ("table *= helpers.FACTOR\nrng = np.random.default_rng()\nnoise = rng.random(3)", "preprocess"),
    ("total = half(float(view.sum())) * scale\ndrawn = rng.random() + random.random()", "train"),
    ("print(total, drawn, noise)", "evaluate"),
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("CELLMARK_STORE", "CELLMARK_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".cellmark").mkdir()
    (tmp_path / "table.csv").write_text("1,2\n3,4\n5,6\n")
    (tmp_path / "helpers.py").write_text("FACTOR = 3\n")
    return tmp_path


def again(project: Path, cells=CELLS, **changes):
    """(cells that came from the store, why others ran, what all showed)."""
    notebook = nbformat.v4.new_notebook()
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "", "language": "python"}
    for number, (source, tags) in enumerate(cells, start=1):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": tags.split()})
        cell.id = f"cell-{number}"
        notebook.cells.append(cell)
    held = {"PYTHONHASHSEED": "0", "TZ": "UTC"}
    setting = Setting(notebook, conditions=held, **changes)
    done = rerun(setting, project / "m.ipynb", project / ".cellmark", cached=True)
    assert done.execution.failure is None, done.execution.failure
    shown = [[o.get("text", "") for o in cell.outputs] for cell in done.execution.notebook.cells]
    reused = [cell.cell for cell in done.cells if cell.reused]
    return reused, {cell.cell: cell.why for cell in done.cells if not cell.reused}, shown


def test_a_cell_is_left_out_until_something_that_it_came_of_changes(project):
    first = again(project)
    assert first[0] == []
    assert first[1] == {
        3: "nothing was kept for it yet",
        4: "writes /" + str(project / "log.txt").lstrip("/"),
        5: "nothing was kept for it yet",
    }
    # What lies beside is nothing that they read. Shared memory, functions, generators and outputs
    # are as if the cells had run.
    (project / "report.html").write_text("made meanwhile")
    second = again(project)
    assert (second[0], second[2]) == ([3, 5], first[2])
    # A file, a module of the project's own, a cell above, a setting.
    (project / "helpers.py").write_text("FACTOR = 4\n")
    assert again(project)[0] == []
    (project / "table.csv").write_text("1,2\n3,4\n5,7\n")
    reused, why, _ = again(project)
    assert (reused, why[3]) == ([], f"{project / 'table.csv'} is not as it was")
    assert again(project)[0] == [3, 5]
    other = (("def half(x):\n    return x", "preprocess"),)
    assert again(project, (*CELLS[:3], *other, *CELLS[4:]))[0] == [3]
    assert again(project, seed=1)[0] == []


def test_what_a_cell_s_imports_set_does_not_keep_it_running(project):
    (project / "sets.py").write_text(
        "import warnings\nwarnings.simplefilter('ignore', FutureWarning)\n"
    )
    shows = "import warnings\nprint(any(f[2] is FutureWarning for f in warnings.filters[:1]))"
    cells = [("import sets\nn = 1", "data"), (shows, "train")]
    first, second = again(project, cells), again(project, cells)
    assert (first[0], second[0]) == ([], [1])
    assert first[2] == second[2] == [[], ["True\n"]]


def test_a_folder_that_a_cell_lists_is_an_input(project):
    (project / "parts").mkdir()
    cells = [
        ("import os\nparts = sorted(os.listdir('parts'))", "data"),
        ("n = len(parts)", "train"),
    ]
    assert [again(project, cells)[0] for _ in range(2)] == [[], [1]]
    (project / "parts" / "new.csv").write_text("1\n")
    assert again(project, cells)[1] == {1: f"{project / 'parts'} is not as it was"}


MUST_RUN = (
    ("rows = (row for row in [1])", "`rows` (generator) can't be pickled"),
    ("del rows\nclass Row:\n    size = 1", "defines the class `Row`"),
    ("np.seterr(all='ignore')", "calls `np.seterr` for what it does"),
    ("import warnings\nwarnings.simplefilter('ignore')", "calls `warnings.simplefilter`"),
    ("np.FACTOR = 3", "changes `np.FACTOR`"),
    ("import sys\nn = sys.path.append('lib')", "changes sys.path"),
    ("import pathlib\nn = pathlib.Path('made').write_text('x')", "writes /"),
    ("def f(x=list()):\n    return x", "a default that is computed"),
    ("here = !echo 1", "uses `get_ipython`"),
    # It asked outside, so nothing that follows is sure to be the same.
    ("n = 1", "cell 10 starts another program"),
)


def test_a_cell_that_must_run_says_why(project):
    cells = [("import numpy as np", ""), *((source, "preprocess") for source, _ in MUST_RUN)]
    said = list(again(project, [*cells, ("x = 1", "train")])[1].values())
    assert len(said) == len(MUST_RUN)
    for (source, why), told in zip(MUST_RUN, said, strict=True):
        assert why in told, source


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("now = datetime.now().year", "asks the clock (`now`)"),
        ("started = time.time()", "asks the clock"),
        ("day = pd.to_datetime('today')", "asks the clock"),
        ("home = os.environ['HOME']", "asks the environment (`environ`)"),
        ("if Path('a.csv').exists():\n    a = 1", "asks the files there are (`exists`)"),
        ("key = uuid.uuid4()", "asks the system's chance (`uuid4`)"),
        ("time = 3\ndf = df.time + time", ""),
        ("df = pd.read_csv('a.csv').dropna()", ""),
    ],
)
def test_what_may_answer_otherwise_next_time(source, why):
    assert not_repeatable(ast.parse(source)) == why


def test_only_what_this_store_signed_and_nobody_changed_is_loaded(tmp_path):
    store = tmp_path / ".cellmark"
    keep_checkpoint(store, "a" * 64, b"{}")
    assert find_checkpoint(store, "a" * 64) == b"{}"
    file = store / "cache" / "results" / "cells" / ("a" * 64 + ".json")
    # Under another key, changed, or signed by another store.
    file.with_name("b" * 64 + ".json").write_bytes(file.read_bytes())
    assert find_checkpoint(store, "b" * 64) is None
    other = tmp_path / "other" / ".cellmark"
    keep_checkpoint(other, "c" * 64, b"{}")
    stolen = other / "cache" / "results" / "cells" / ("c" * 64 + ".json")
    file.with_name("c" * 64 + ".json").write_bytes(stolen.read_bytes())
    assert find_checkpoint(store, "c" * 64) is None
    file.write_bytes(file.read_bytes() + b" ")
    assert find_checkpoint(store, "a" * 64) is None
    key = store / "keys" / "results.key"
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(PermissionError, match="not this user's alone"):
        find_checkpoint(store, "b" * 64)


def test_a_part_that_was_changed_is_refused(tmp_path):
    digest = put_object(tmp_path, b"one")
    assert load_object(tmp_path, digest) == b"one"
    [file] = (tmp_path / "cache" / "results" / "objects").glob("??/*")
    file.write_bytes(b"two")
    with pytest.raises(ValueError, match="something else"):
        load_object(tmp_path, digest)


def test_what_was_used_last_stays_when_room_is_short(tmp_path):
    digests = [put_object(tmp_path, bytes([at]) * 100) for at in range(3)]
    for at, digest in enumerate(digests):
        keep_checkpoint(tmp_path, str(at) * 64, digest.encode())
        file = tmp_path / "cache" / "results" / "cells" / (str(at) * 64 + ".json")
        os.utime(file, (at, at))
    for path in (tmp_path / "cache" / "results" / "objects").glob("??/*"):
        os.utime(path, (0, 0))
    new = put_object(tmp_path, b"of a rerun that goes on")
    tidy(tmp_path, most=250)
    assert [find_checkpoint(tmp_path, str(at) * 64) is not None for at in range(3)] == [
        False,
        True,
        True,
    ]
    with pytest.raises(FileNotFoundError):
        load_object(tmp_path, digests[0])
    assert load_object(tmp_path, new) == b"of a rerun that goes on"
