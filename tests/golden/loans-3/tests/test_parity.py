"""The bundle gives the notebook's own answers, however the rows arrive."""

from __future__ import annotations

import json
import math
import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from cellmark_runtime import load

BUNDLE = Path(__file__).resolve().parents[1]
GOLDEN = json.loads((BUNDLE / "tests" / "golden.json").read_text(encoding="utf-8"))
ROWS = GOLDEN["rows"]
POSITIONS = list(range(len(ROWS)))

# In a process that has scored nothing before: every row in one batch, the answers as JSON.
FRESH = """
import json, sys
from cellmark_runtime import load

bundle, rows = sys.argv[1], json.load(sys.stdin)
answer = load(bundle).answer(rows)
print(json.dumps([answer.predictions, answer.probabilities, answer.scores]))
"""


@pytest.fixture(scope="module")
def model() -> Any:
    return load(BUNDLE)


def same(received: Any, expected: Any) -> bool:
    """Equal to the last bit, or within the tolerance that the proof found."""
    if isinstance(expected, list):
        pairs = zip(received, expected, strict=True)
        return all(same(mine, theirs) for mine, theirs in pairs)
    if isinstance(expected, float):
        return math.isclose(received, expected, rel_tol=0.0, abs_tol=GOLDEN["tolerance"])
    return bool(received == expected)


def check(answers: Sequence[Any], positions: Sequence[int]) -> None:
    """The answers for these golden rows, in this order, are the notebook's."""
    for name, received in zip(("predictions", "probabilities", "scores"), answers, strict=True):
        if GOLDEN[name] is None:
            assert received is None
            continue
        assert len(received) == len(positions)
        for mine, position in zip(received, positions, strict=True):
            assert same(mine, GOLDEN[name][position]), f"golden row {position}: {name} {mine}"


def check_together(model: Any, positions: Sequence[int]) -> None:
    answer = model.answer([ROWS[position] for position in positions])
    check((answer.predictions, answer.probabilities, answer.scores), positions)


def test_all_rows_in_one_batch(model: Any) -> None:
    check_together(model, POSITIONS)


def test_one_row_at_a_time(model: Any) -> None:
    for position in POSITIONS:
        check_together(model, [position])


def test_rows_in_another_order(model: Any) -> None:
    check_together(model, random.Random(0).sample(POSITIONS, len(POSITIONS)))


def test_some_of_the_rows(model: Any) -> None:
    check_together(model, random.Random(1).sample(POSITIONS, (len(POSITIONS) + 1) // 2))


def test_in_a_fresh_process() -> None:
    command = [sys.executable, "-c", FRESH, str(BUNDLE)]
    answer = subprocess.run(
        command, input=json.dumps(ROWS), capture_output=True, text=True, check=True
    )
    check(json.loads(answer.stdout.splitlines()[-1]), POSITIONS)
