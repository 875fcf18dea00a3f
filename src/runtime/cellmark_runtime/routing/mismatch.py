"""Sample-ratio mismatch: did the arms get the shares that they should have?

A test that may be looked at all the time: the inverse of a Bayes factor is an anytime-valid
p-value. Source: Lindon, Malek, Anytime-valid inference for multinomial count data, NeurIPS 2022.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["ALARM", "Counts", "mismatch"]

# As Microsoft's and others' experimenters take it: a mismatch is a fault of the plumbing, and rare.
ALARM = 0.001
# How sure the alternative is to lie near the share: in units.
_CONCENTRATION = 100.0


class Counts(NamedTuple):
    """Units that came while the challenger had one share, and how many of them it got."""

    share: float
    units: int
    challenger: int


def mismatch(stages: Iterable[Counts]) -> float:
    """The p-value over all stages of a ramp; below `ALARM` the arms can't be compared."""
    evidence = sum(_log_bayes_factor(stage) for stage in stages)
    return min(1.0, math.exp(-max(evidence, 0.0)))


def _log_bayes_factor(counts: Counts) -> float:
    """Log of how much better any share explains the counts than the one that was meant."""
    share, units, hits = counts
    if not 0 < share < 1:
        meant = units if share >= 1 else 0
        return 0.0 if hits == meant else math.inf
    a, b = _CONCENTRATION * share, _CONCENTRATION * (1 - share)
    explained = _log_beta(a + hits, b + units - hits) - _log_beta(a, b)
    return explained - hits * math.log(share) - (units - hits) * math.log1p(-share)


def _log_beta(a: float, b: float) -> float:
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
