"""`cellmark runs`: a table that fits, and JSON."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cellmark.cli import app
from cellmark.store.query import QueryError
from cellmark.store.spool import Spool, new_id

METRIC = {"source": "assigned", "confidence": 1.0, "step": 0}


@pytest.fixture
def cellmark(tmp_path, monkeypatch):
    """Run the command line in an empty project, 80 columns wide."""
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(app, ["runs", *words])


@pytest.fixture
def logged(tmp_path):
    run = new_id()
    cell = {"kind": "cell", "id": new_id(), "run": run, "fed_by": [], "cell_id": "c"}
    place = {"experiment": "models/a.ipynb", "number": 1, "injected": False, "roles": ["train"]}
    ran = {"source": "x", "status": "ok", "started": 1.0, "seconds": 1.0}
    metrics = [{"name": name, "value": 0.123456, **METRIC} for name in ("auc", "f1", "loss", "m4")]
    Spool(tmp_path / ".cellmark", "s").append({**cell, **place, **ran, "metrics": metrics})
    return run


def test_an_empty_project_says_so_and_stays_empty(cellmark, tmp_path):
    done = cellmark()
    assert (done.exit_code, done.stdout) == (0, f"No run in {tmp_path / '.cellmark'}.\n")
    assert json.loads(cellmark("--json").stdout)["runs"] == []
    assert list(tmp_path.iterdir()) == []


def test_a_line_for_each_run_with_its_first_metrics(cellmark, logged):
    header, line = cellmark().stdout.rstrip().splitlines()
    assert header.split() == ["run", "notebook", "started", "status", "auc", "f1", "loss"]
    assert line.split()[:2] == [logged[-8:], "models/a.ipynb"]
    assert line.split()[-1] == "0.1235"
    assert max(map(len, (header, line))) <= 80


def test_json_holds_the_whole_values(cellmark, logged):
    [run] = json.loads(cellmark("a", "--where", "metric.auc > 0.1", "--json").stdout)["runs"]
    assert (run["run"], run["metrics"]["m4"]) == (logged, 0.123456)


def test_a_filter_that_fits_nothing_says_so(cellmark, logged):
    assert cellmark("--where", "metric.auc > 1").stdout.startswith("No such run in")


def test_a_condition_that_cannot_be_read(cellmark):
    assert isinstance(cellmark("--where", "auc >").exception, QueryError)
