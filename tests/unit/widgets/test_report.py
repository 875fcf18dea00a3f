"""What differs between Runs, as a notebook shows it."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest

from cellmark.core.wording import short
from cellmark.store.errors import NoSuchRun
from cellmark.widgets import compare
from cellmark_runtime.errors import CellmarkError

METRIC = {"name": "auc", "source": "assigned", "confidence": 1.0, "step": 0}


@pytest.fixture
def runs(log: Callable[..., str]) -> list[str]:
    """Three Runs that differ in C, auc, numpy and code."""
    return [
        log(
            parameters={"C": c, "seed": 7},
            metrics=[{**METRIC, "value": 0.79271 + c / 1e5}],
            environment={"python": "3.11.7", "packages": {"numpy": f"2.{c}", "pandas": "3.0"}},
            source=f"model = Ridge({c})\nmodel.fit(X, y)",
        )
        for c in (1, 2, 3)
    ]


def text(report: Any) -> str:
    """The report without its markup."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", report._repr_html_())).split())


def test_it_tells_what_differs_and_nothing_else(runs: list[str]) -> None:
    said = text(compare(*runs))
    a, b, c = map(short, runs)
    assert f"Parameters name {a} {b} {c} C 1 2 3 " in said
    assert f"Packages name {a} {b} {c} numpy 2.1 2.2 2.3 " in said
    assert "seed" not in said
    assert "pandas" not in said


def test_metrics_that_differ_do_not_look_the_same(runs: list[str]) -> None:
    assert "auc 0.79272 0.79273" in text(compare(*runs[:2]))


def test_code_is_told_line_by_line(runs: list[str]) -> None:
    shown = compare(*runs[:2])._repr_html_()
    assert re.search(r"<del[^>]*>-model = Ridge\(1\)\n</del>", shown)
    assert re.search(r"<ins[^>]*>\+model = Ridge\(2\)\n</ins>", shown)
    assert "Code (train)" in shown


def test_each_other_run_stands_beside_the_first(runs: list[str]) -> None:
    said = text(compare(*runs))
    assert said.count("-model = Ridge(1)") == 2
    assert "+model = Ridge(3)" in said


def test_equal_runs(log: Callable[..., str]) -> None:
    report = compare(log(), log())
    assert "Nothing differs." in text(report)
    assert repr(report) == "<2 Runs, differences: none>"


def test_in_plain_text_it_says_how_much(runs: list[str]) -> None:
    said = "1 of parameters, 1 of metrics, 1 of environment, 1 of code"
    assert repr(compare(*runs)) == f"<3 Runs, differences: {said}>"


def test_markup_stays_text(log: Callable[..., str]) -> None:
    name = "<script>alert(1)</script>"
    shown = compare(log(parameters={name: name}, source=name), log())._repr_html_()
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown


@pytest.mark.parametrize(("given", "said"), [((), "no Run"), (("latest",), "a single Run")])
def test_less_than_two_are_refused(given: tuple[str, ...], said: str) -> None:
    with pytest.raises(CellmarkError, match=f"compare: {said}; expected two Runs or more"):
        compare(*given)


def test_no_such_run(runs: list[str]) -> None:
    with pytest.raises(NoSuchRun):
        compare(runs[0], "nothing")
