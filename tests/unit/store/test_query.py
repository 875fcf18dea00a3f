"""The language of `runs --where` and `--sort`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellmark.store.query import QueryError, parse

RUNS = {
    "low": ({"C": 1, "kind": "tree", "tuned": True}, {"auc": 0.6, "f1 macro": 0.5}),
    "high": ({"C": 10.5, "kind": 'a "b" c', "tuned": False}, {"auc": 0.9}),
    "bare": ({"kind": None}, {}),
}


@pytest.fixture
def named(store, logged):
    """The store with `RUNS` in it; the names of the Runs that fit a condition."""
    ids = {logged(*facts): name for name, facts in RUNS.items()}
    return lambda where=None, sort=None: [ids[run.id] for run in store.runs(where=where, sort=sort)]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("metric.auc > 0.8", {"high"}),
        ("metric.auc >= 0.6 and metric.auc <= 9e-1", {"low", "high"}),
        ("metric.auc = 0.6", {"low"}),
        ("metric.auc == 0.6", {"low"}),
        ("metric.auc != 0.6", {"high"}),
        ("not metric.auc > 0.8", {"low", "bare"}),
        ("metric.auc = null", {"bare"}),
        ("metric.auc != null", {"low", "high"}),
        ('metric."f1 macro" < 1', {"low"}),
        ("param.C > 1 OR param.kind = 'tree'", {"low", "high"}),
        ("param.kind = null", {"bare"}),
        ("param.tuned = true", {"low"}),
        ("param.tuned = false or param.C = 1", {"low", "high"}),
        ("param.kind contains 'TRE'", {"low"}),
        ("param.kind contains '%'", set()),
        ("name = 'churn' AND status = 'ok'", set(RUNS)),
        ("experiment contains 'models/'", set(RUNS)),
        ("status != 'ok'", set()),
        ("seconds > 100", set()),
        ("metric.auc > 0.8 and param.C = 1 or name = 'churn'", set(RUNS)),
        ("metric.auc > 0.8 and (param.C = 1 or name = 'churn')", {"high"}),
        ("not (status = 'ok' and not param.C = 1)", {"low"}),
        ("param.kind = \"' or '1'='1\"", set()),
        ("auc > 0.8", {"high"}),
        ("C > 1 or kind = 'tree'", {"low", "high"}),
        ("auc = null", {"bare"}),
        ("auc != null", {"low", "high"}),
        ("nobody.has.it > 1", set()),
    ],
)
def test_conditions(named, where, expected):
    assert set(named(where)) == expected


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("metric.auc", ["low", "high", "bare"]),
        ("-metric.auc", ["high", "low", "bare"]),
        ("param.C", ["low", "high", "bare"]),
        ("started", ["low", "high", "bare"]),
        (None, ["bare", "high", "low"]),
    ],
)
def test_sorting(named, sort, expected):
    assert named(sort=sort) == expected


@pytest.mark.parametrize(
    ("where", "column", "expected"),
    [
        ("", 1, "metric.NAME"),
        ("metric.auc", 11, "one of ="),
        ("metric.auc > ", 14, "a number"),
        ("metric.auc > high", 14, "write 'high' for text"),
        ("metrics.auc > 1", 1, r"metric.NAME.*Did you mean metric\?"),
        ("stauts = 'ok'", 1, r"Did you mean status\?"),
        ("metric > 1", 8, "'.' and a name"),
        ("(status = 'ok'", 15, r"'\)'"),
        ("status = 'ok' status = 'ok'", 15, "'and', 'or'"),
        ("status = 'ok", 10, "a field, an operator"),
        ("status & 1", 8, "a field, an operator"),
        ("(" * 400 + "status = 'ok'" + ")" * 400, None, "fewer nested"),
        ("not " * 400 + "status = 'ok'", None, "fewer"),
    ],
)
def test_faults_are_pointed_at(where, column, expected):
    with pytest.raises(QueryError, match=expected) as caught:
        parse(where)
    if column is not None:
        assert caught.value.where == f"query, column {column}"
        assert caught.value.fix.splitlines()[-1].index("^") == column + 1


@given(st.text())
def test_any_text_is_read_or_refused(text):
    try:
        parse(text)
    except QueryError as refused:
        assert refused.where.startswith("query, column")
