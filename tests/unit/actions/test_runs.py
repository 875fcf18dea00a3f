"""Listing Runs."""

from __future__ import annotations

import pytest

from cellmark.actions.runs import runs
from cellmark.store import Store
from cellmark.store.query import QueryError
from cellmark.store.spool import Spool, new_id

METRIC = {"source": "assigned", "confidence": 1.0, "step": 0}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with three Runs, their auc 0.5, 0.9 and 0.7 in that order."""
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    store = Store(tmp_path / ".cellmark")
    for at, auc in enumerate((0.5, 0.9, 0.7)):
        cell = {"kind": "cell", "id": new_id(), "run": new_id(), "fed_by": [], "cell_id": "c"}
        place = {"experiment": "a.ipynb", "number": 1, "injected": False, "roles": ["train"]}
        ran = {"source": "x", "status": "ok", "started": float(at), "seconds": 1.0}
        metrics = {"metrics": [{"name": "auc", "value": auc, **METRIC}]}
        Spool(store.folder, "s").append({**cell, **place, **ran, **metrics})
    return tmp_path


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [0.7, 0.9, 0.5]),
        ({"limit": 2}, [0.7, 0.9]),
        ({"sort": "-metric.auc"}, [0.9, 0.7, 0.5]),
        ({"sort": "metric.auc", "limit": 1}, [0.5]),
        ({"where": "metric.auc > 0.6"}, [0.7, 0.9]),
    ],
)
def test_filter_sort_and_limit(project, options, expected):
    found = runs(start=project, **options)
    assert [one.metrics["auc"] for one in found.runs] == expected


def test_a_condition_is_read_even_where_nothing_is_recorded(tmp_path):
    with pytest.raises(QueryError, match="column 8"):
        runs(start=tmp_path, where="status ~ 1")
    assert runs(start=tmp_path).runs == ()
    assert list(tmp_path.iterdir()) == []
