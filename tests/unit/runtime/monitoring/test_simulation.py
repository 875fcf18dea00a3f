"""False alarms and power, by simulation with fixed seeds; the whole table is a script's."""

import runpy
from pathlib import Path

import pytest

DRIFT = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "drift.py"))

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("case", "most"),
    [
        ("independent, theory", 0.08),
        ("independent, days", 0.08),
        ("days vary by 0.1, days", 0.15),
        ("days vary by 0.2, days", 0.15),
    ],
)
def test_false_alarms_are_rare(case, most):
    spread, dated = DRIFT["CASES"][case]
    found = DRIFT["false_alarms"](3, 11, spread, dated=dated)
    assert found.differ <= most
    assert found.matter <= found.differ
    assert found.alarm <= 0.005


def test_theory_alone_is_no_measure_where_days_vary():
    """Why the report says that false alarms are not controlled."""
    found = DRIFT["false_alarms"](1, 11, 0.2, dated=False, windows=50)
    assert found.differ > 0.9


@pytest.mark.parametrize(
    ("change", "spread", "least"),
    [
        ("a shift by 0.5", 0.0, 0.95),
        ("a shift by 0.5", 0.1, 0.7),
        ("a shift by 1", 0.2, 0.7),
        ("1.5 times as wide", 0.1, 0.9),
        ("2 times as wide", 0.2, 0.9),
        ("5% missing, none before", 0.2, 0.9),
        ("5% of a new category", 0.2, 0.9),
    ],
)
def test_drift_is_found_by_the_second_window(change, spread, least):
    assert DRIFT["power"](30, 11, spread, DRIFT["CHANGES"][change]) >= least
