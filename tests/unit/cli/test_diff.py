"""`cellmark diff` and `cellmark restore`."""

from __future__ import annotations

import json

import nbformat
import pytest
from typer.testing import CliRunner

from cellmark.cli import app
from cellmark.store.errors import NoSuchRun
from cellmark.store.spool import Spool, new_id
from cellmark_runtime.errors import CellmarkError

FRAME = {"digest": "ab" * 16, "kind": "frame", "shape": [3, 1]}
COLUMN = {"name": "age", "dtype": "int64", "digest": "cd" * 16}
FRAMES = [
    {**FRAME, "columns": [COLUMN]},
    {**FRAME, "digest": "ef" * 16, "columns": [{**COLUMN, "digest": "01" * 16}]},
]


@pytest.fixture
def cellmark(tmp_path, monkeypatch):
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, list(words))


@pytest.fixture
def logged(tmp_path):
    def log(**found):
        run = new_id()
        cell = {"kind": "cell", "id": new_id(), "run": run, "fed_by": [], "cell_id": "c"}
        place = {"experiment": "a.ipynb", "number": 1, "injected": False, "roles": ["train"]}
        ran = {"source": "fit()", "status": "ok", "started": 1.0, "seconds": 1.0}
        Spool(tmp_path / ".cellmark", "s").append({**cell, **place, **ran, **found})
        return run

    return log


def environment(version):
    return {"python": "3.11.7", "packages": {"numpy": version, "pandas": "3.0"}}


@pytest.fixture
def pair(logged):
    """Two Runs that differ in one thing of each kind."""
    metric = {"name": "auc", "source": "assigned", "confidence": 1.0, "step": 0}
    return [
        logged(
            parameters={"C": c, "seed": 7},
            metrics=[{**metric, "value": c / 10}],
            data={"df": FRAMES[c - 1]},
            files=[{"path": "t.csv", "bytes": 9, "digest": f"{c}" * 32}],
            environment=environment(f"2.{c}"),
            source=f"model = Ridge({c})\nmodel.fit(X, y)",
        )
        for c in (1, 2)
    ]


def test_json_holds_what_differs_and_nothing_else(cellmark, pair):
    found = json.loads(cellmark("diff", *pair, "--json").stdout)
    diff = found["diff"]
    assert ([run["run"] for run in found["runs"]], found["same"]) == (pair, False)
    assert [(one["name"], one["values"]) for one in diff["parameters"]] == [("C", [1, 2])]
    assert [(one["name"], one["values"]) for one in diff["metrics"]] == [("auc", [0.1, 0.2])]
    assert [(one["name"], one["column"]) for one in diff["data"]] == [("df", None), ("df", "age")]
    [file] = diff["files"]
    assert (file["name"], file["values"][0]) == ("t.csv", "9 bytes, 11111111")
    assert [(one["name"], one["values"]) for one in diff["environment"]] == [
        ("numpy", ["2.1", "2.2"])
    ]
    assert [len(one["sources"]) for one in diff["code"]] == [2]


def test_a_terminal_shows_it(cellmark, pair):
    said = cellmark("diff", *pair).stdout
    for part in (
        "C ",
        "auc",
        "df['age']",
        "t.csv",
        "numpy",
        "-model = Ridge(1)",
        "+model = Ridge(2)",
    ):
        assert part in said
    assert "seed" not in said
    assert "pandas" not in said
    assert max(map(len, said.splitlines())) <= 80


def test_runs_that_are_the_same(cellmark, logged):
    done = cellmark("diff", logged(), logged())
    assert (done.exit_code, "Nothing differs." in done.stdout) == (0, True)


def test_random_generators_that_stood_elsewhere_are_told_beside_what_differs(cellmark, logged):
    one, alike, other = (
        logged(source=source, chance={"random": state, "numpy.random": "cd"})
        for source, state in (("fit(1)", "0a"), ("fit(1)", "0b"), ("fit(2)", "0b"))
    )
    assert json.loads(cellmark("diff", one, alike, "--json").stdout)["diff"]["chance"] == []
    found = json.loads(cellmark("diff", one, other, "--json").stdout)["diff"]["chance"]
    assert [(each["name"], each["values"]) for each in found] == [("random", ["0a", "0b"])]
    assert "Random generators as training began" in cellmark("diff", one, other).stdout


def test_a_run_without_a_notebook_is_restored_from_its_cells(cellmark, logged, tmp_path):
    run = logged(source="model = 1")
    done = json.loads(cellmark("restore", run, "again.ipynb", "--json").stdout)
    assert done == {"run": run, "notebook": "again.ipynb", "whole": False}
    [cell] = nbformat.read(tmp_path / "again.ipynb", 4).cells
    assert (cell.source, cell.metadata.tags) == ("model = 1", ["train"])
    assert "tagged cells" in cellmark("restore", run, "other.ipynb").stdout


@pytest.mark.parametrize(
    ("destination", "said"),
    [
        ("there.ipynb", "a file that exists"),
        ("absent/x.ipynb", "no such folder"),
        ("notebook.txt", "ends in .ipynb"),
    ],
)
def test_nothing_is_overwritten(cellmark, logged, tmp_path, destination, said):
    (tmp_path / "there.ipynb").write_text("mine")
    fault = cellmark("restore", logged(), destination).exception
    assert isinstance(fault, CellmarkError)
    assert said in str(fault)
    assert (tmp_path / "there.ipynb").read_text() == "mine"


@pytest.mark.parametrize(
    "words", [["diff", "nothing", "latest"], ["restore", "nothing", "x.ipynb"]]
)
def test_no_such_run(cellmark, logged, words):
    logged()
    assert isinstance(cellmark(*words).exception, NoSuchRun)
