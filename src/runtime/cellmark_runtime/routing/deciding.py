"""Decide between two models by a confidence sequence: look as often as you like.

Source: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas, Time-uniform central limit theory and
asymptotic confidence sequences, Annals of Statistics 52 (2024), theorem 2.2 and section 2.4.
"""

from __future__ import annotations

import math
from typing import Literal

import msgspec

__all__ = [
    "ALPHA",
    "FIRST_LOOK",
    "N_STAR",
    "Bounds",
    "Decision",
    "Differences",
    "SplitLosses",
    "decide",
    "half_width",
]

Decision = Literal["too early", "inconclusive", "promote", "roll back"]

# The chance of ever being wrong, over all looks together.
ALPHA = 0.05
# The bounds are asymptotic: below this they say nothing.
FIRST_LOOK = 200
# Where the bounds are tightest for what they are, in labels.
N_STAR = 3000


class Bounds(msgspec.Struct, frozen=True):
    """How much lower the challenger's loss is, on average: above 0 it is the better one.

    None before the first look.
    """

    n: int
    effect: float
    lower: float | None
    upper: float | None


class Differences:
    """A running mean of loss differences (champion minus challenger), and its bounds."""

    def __init__(self, alpha: float = ALPHA, n_star: int = N_STAR) -> None:
        self._alpha, self._n_star = alpha, n_star
        self.n = 0
        self._mean = 0.0
        self._squares = 0.0

    def add(self, difference: float) -> None:
        """One more."""
        self.n += 1
        away = difference - self._mean
        self._mean += away / self.n
        self._squares += away * (difference - self._mean)

    def bounds(self) -> Bounds:
        """Where the true mean lies."""
        if self.n < FIRST_LOOK:
            return Bounds(self.n, self._mean, None, None)
        deviation = math.sqrt(self._squares / self.n)
        half = half_width(self.n, deviation, self._alpha, self._n_star)
        return Bounds(self.n, self._mean, self._mean - half, self._mean + half)


class SplitLosses:
    """The same for losses of which each came from one arm only, by a known share.

    Each loss stands for the difference by inverse probability, beside each arm's mean so far,
    which takes out what both arms have in common.
    """

    def __init__(self, alpha: float = ALPHA, n_star: int = N_STAR) -> None:
        self.differences = Differences(alpha, n_star)
        self.arms = {"champion": _Mean(), "challenger": _Mean()}

    def add(self, arm: str, share: float, loss: float) -> None:
        """One loss of the arm that the unit was assigned to, when the challenger had `share`."""
        means = {name: mean.value for name, mean in self.arms.items()}
        difference = means["champion"] - means["challenger"]
        away = loss - means[arm]
        difference += -away / share if arm == "challenger" else away / (1 - share)
        self.differences.add(difference)
        self.arms[arm].add(loss)


class _Mean:
    def __init__(self) -> None:
        self.n = 0
        self.value = 0.0

    def add(self, number: float) -> None:
        self.n += 1
        self.value += (number - self.value) / self.n


def half_width(n: int, deviation: float, alpha: float, n_star: int) -> float:
    """Of the bounds after n differences with this standard deviation."""
    log = math.log(alpha)
    r2 = (-2 * log + math.log(1 - 2 * log)) / n_star
    inside = 2 * (n * r2 + 1) / (n * n * r2) * math.log(math.sqrt(n * r2 + 1) / alpha)
    return deviation * math.sqrt(inside)


def decide(bounds: Bounds, margin: float = 0.0) -> Decision:
    """Promote what is better by more than the margin, roll back what is not; time decides nothing.

    Args: margin: how much better the challenger has to be, in units of the loss.
    """
    if bounds.lower is None or bounds.upper is None:
        return "too early"
    if bounds.lower > margin:
        return "promote"
    return "roll back" if bounds.upper < margin else "inconclusive"
