"""`cellmark show`: every part of a Run, told so that markup and long lines do no harm."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from cellmark.cli import app
from cellmark.store.errors import NoSuchRun
from cellmark.store.spool import Spool, new_id

METRIC = {"name": "auc [bold]", "value": 0.75, "source": "assigned", "confidence": 1.0, "step": 0}
FRAME = {"digest": "ab" * 16, "kind": "frame", "shape": [3, 2], "columns": []}
ESTIMATOR = {"name": "model", "type": "sklearn.linear_model._base.Ridge", "format": "none"}
FAILURE = {"cell": 4, "line": 2, "error": "KeyError: '[x]'", "traceback": "Traceback [x] " * 20}


@pytest.fixture
def cellmark(tmp_path, monkeypatch):
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(tmp_path)
    cell = {"kind": "cell", "id": new_id(), "run": new_id(), "fed_by": [], "cell_id": "c"}
    place = {"experiment": "a.ipynb", "number": 4, "injected": False, "roles": ["data", "train"]}
    ran = {
        "source": "model.fit(X)" * 20,
        "status": "failed",
        "started": 1.0,
        "seconds": 65.0,
        "peak": 412_300_000,
    }
    found = {"parameters": {"C": "[red]x", "deep": {"a": [1]}}, "data": {"df": FRAME}}
    found |= {"metrics": [METRIC], "estimators": [ESTIMATOR], "failure": FAILURE}
    found["environment"] = {"python": "3.11.7", "packages": {"numpy": "2.4.6"}}
    found["git"] = {"commit": "c0ffee" * 6, "changed": True}
    Spool(tmp_path / ".cellmark", "s").append({**cell, **place, **ran, **found})
    return lambda *words: CliRunner().invoke(app, ["show", *words])


@pytest.mark.parametrize(
    "part",
    [
        "a.ipynb",
        "took 1 min 5 s",
        "412.3 MB",
        "c0ffeec0ffee with changes",
        "cell 4, line 2: KeyError: '[x]'",
        "[red]x",
        "{'a': [1]}",
        "auc [bold]",
        "0.75",
        "3 x 2",
        "Ridge",
        "not kept",
        "data, train",
        "Python 3.11.7: numpy 2.4.6",
    ],
)
def test_every_part_is_told(cellmark, part):
    assert part in cellmark("latest").stdout


def test_tables_fit_eighty_columns(cellmark):
    lines = cellmark("latest").stdout.splitlines()
    assert max(len(line) for line in lines if "Traceback" not in line) <= 80


def test_json_is_the_run_whole(cellmark):
    shown = json.loads(cellmark("latest", "--json").stdout)
    assert shown["run"]["failure"] == FAILURE
    assert shown["run"]["data"]["df"] == FRAME
    assert shown["metrics"] == {"auc [bold]": 0.75}


def test_no_such_run(cellmark):
    assert isinstance(cellmark("nothing").exception, NoSuchRun)
