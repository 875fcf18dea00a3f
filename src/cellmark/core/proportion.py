"""Proportion: how often something holds, with the interval that a few trials leave open."""

from __future__ import annotations

from math import sqrt
from statistics import NormalDist

import msgspec

__all__ = ["Proportion", "proportion"]


class Proportion(msgspec.Struct, frozen=True, kw_only=True):
    """`held` of `trials`; `low` and `high` bound the true share (0 to 1) with `confidence`."""

    held: int
    trials: int
    low: float
    high: float
    confidence: float


def proportion(held: int, trials: int, confidence: float = 0.95) -> Proportion:
    """The share of trials that held, with Wilson's score interval. Raises: ValueError for none.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    JASA 22 (1927), 209-212; without continuity correction.
    """
    if not 0 <= held <= trials or trials < 1:
        raise ValueError(f"{held} of {trials} trials")
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share, spread = held / trials, z * z / trials
    middle = share + spread / 2
    half = z * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    low, high = ((middle + side * half) / (1 + spread) for side in (-1, 1))
    # At the ends the formula gives 0 and 1, but for the last bit.
    low, high = (0.0 if held == 0 else low), (1.0 if held == trials else high)
    return Proportion(held=held, trials=trials, low=low, high=high, confidence=confidence)
