"""Guardrails: a challenger that fails, is slow or answers nonsense is rolled back at once."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from ..types.signature import Output

__all__ = ["Guardrails", "Limits", "Outcome", "nonsense"]

Outcome = Literal["fine", "error", "slow", "invalid"]
_WINDOW = 1000
# One bad answer of the first two is no rate.
_FEWEST = 3


class Limits(msgspec.Struct, frozen=True):
    """The shares of a challenger's last 1000 answers that may be so, and its latency's target."""

    seconds: float = 0.5
    error: float = 0.01
    slow: float = 0.05
    invalid: float = 0.0


class Guardrails:
    """Watches one challenger."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._last: deque[Outcome] = deque(maxlen=_WINDOW)
        self.totals: dict[Outcome, int] = {"fine": 0, "error": 0, "slow": 0, "invalid": 0}

    def judge(self, outcome: Outcome, seconds: float) -> str | None:
        """Count one answer; why to roll back, or None."""
        if outcome == "fine" and seconds > self._limits.seconds:
            outcome = "slow"
        self.totals[outcome] += 1
        self._last.append(outcome)
        if outcome == "fine":
            return None
        count, limit = self._last.count(outcome), getattr(self._limits, outcome)
        if count < _FEWEST or count <= limit * len(self._last):
            return None
        return f"{count} of its last {len(self._last)} answers: {self._named(outcome)}"

    def _named(self, outcome: Outcome) -> str:
        over = f"slower than {self._limits.seconds:g} s"
        return {"error": "none, it failed", "slow": over}.get(outcome, "no finite number or class")


def nonsense(entry: Mapping[str, Any], output: Output) -> str | None:
    """What is wrong with an answer in itself: missing, not finite, no probabilities. Or None."""
    if _broken(entry.get("prediction")):
        return "a prediction that is missing or not finite"
    if "score" in entry and _broken(entry["score"]):
        return "a score that is missing or not finite"
    several = entry.get("probabilities")
    if output.probabilities and several is None:
        return "no probabilities"
    for given in several if isinstance(several, list) else [several]:
        numbers = list(given.values()) if isinstance(given, dict) else []
        if any(_broken(number) or not -1e-9 <= number <= 1 + 1e-9 for number in numbers):
            return "a probability that is none"
        if len(numbers) > 1 and not math.isclose(sum(numbers), 1.0, abs_tol=1e-6):
            return "probabilities that don't sum to 1"
    return None


def _broken(value: object) -> bool:
    if isinstance(value, (list, tuple)):
        return any(map(_broken, value))
    return value is None or (isinstance(value, float) and not math.isfinite(value))
