"""Each injected difference is traced to its cause and cell; nothing is told of what is steady."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

TABLE = runpy.run_path(str(Path(__file__).with_name("injections.py")), run_name="injections")


@pytest.mark.slow
@pytest.mark.parametrize("injection", TABLE["INJECTIONS"], ids=lambda each: each.name)
def test_an_injected_difference_is_traced_to_its_cause_and_cell(injection, tmp_path):
    result = TABLE["attempt"](injection, tmp_path)
    assert TABLE["found_right"](injection, result), result.causes


@pytest.mark.slow
def test_a_steady_notebook_gives_no_false_alarm(tmp_path):
    result = TABLE["steady"](tmp_path)
    assert (result.times.held, result.exact) == (result.times.trials, True)
