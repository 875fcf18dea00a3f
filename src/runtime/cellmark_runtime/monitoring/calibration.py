"""Thresholds from windows that hold no drift: days of the training rows, or the service's own.

Rows of one day are alike, so days differ by more than independent rows would: what theory takes
for certain drift comes every day. Each window is compared with all rows but its own days'. The
tail of what comes out, over all features together, says where to draw the line: at a tail of
alpha / features, the features that alarm in a window without drift are alpha on average, however
unlike they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from ..types.profile import FeatureProfile, Threshold
from .comparison import Comparison, chi_threshold, compare, ks_threshold, p_of_chi, p_of_ks

__all__ = [
    "ALPHA",
    "ECDF_FLOOR",
    "FEWEST",
    "PSI_FLOOR",
    "HeldOut",
    "analytic",
    "calibrated",
    "large",
    "significant",
    "unstable",
]

# False alarms a window, over all features and both tests.
ALPHA = 0.1
# Fewer windows say nothing of a tail.
FEWEST = 10
# What is certain may still be too small to matter.
PSI_FLOOR = 0.1
ECDF_FLOOR = 0.1
# Over 0.25 is called a major shift; from here on hardly a bin is shared.
_ELSEWHERE = 1.0
_TAIL = 0.02
_FEWEST_IN_TAIL = 10

Counts = Sequence[Sequence[int]]


class HeldOut(NamedTuple):
    """A window's counts, one list a feature, and those of all rows that it must not be held
    against: the days that it is of.
    """

    window: Counts
    without: Counts


def large(found: Comparison) -> bool:
    """Whether a difference is over the floor."""
    return found.psi >= PSI_FLOOR or found.ecdf >= ECDF_FLOOR


def significant(
    found: Sequence[Comparison], threshold: Threshold, *, by_theory: bool
) -> list[bool]:
    """Which features differ by more than chance. By theory: Holm's step-down over all tests."""
    if by_theory:
        return _holm(found)
    return [one.chi > threshold.chi or one.ks > threshold.ks for one in found]


def _holm(found: Sequence[Comparison]) -> list[bool]:
    """Source: Holm, Scandinavian Journal of Statistics 6 (1979)."""
    ranked = sorted(
        [(p_of_chi(one.chi), place) for place, one in enumerate(found)]
        + [(p_of_ks(one.ks), place) for place, one in enumerate(found)]
    )
    rejected: set[int] = set()
    for step, (p, place) in enumerate(ranked):
        if p > ALPHA / (len(ranked) - step):
            break
        rejected.add(place)
    return [place in rejected for place in range(len(found))]


def analytic(window: int, features: int) -> Threshold:
    """What theory says for independent rows, with the features and both tests allowed for."""
    p = ALPHA / (2 * max(features, 1))
    return Threshold(window, chi_threshold(p), ks_threshold(p))


def unstable(
    features: Sequence[FeatureProfile], total: Counts, held: Sequence[HeldOut]
) -> tuple[str, ...]:
    """Features that are elsewhere in most windows, without any drift: the time itself, a counter.

    Their tail would hide the drift of all others.
    """
    found = [_comparisons(features, total, each) for each in held]
    elsewhere = [[one.psi >= _ELSEWHERE for one in each] for each in found]
    often = [sum(column) * 2 > len(found) for column in zip(*elsewhere, strict=True)]
    return tuple(feature.name for feature, is_odd in zip(features, often, strict=True) if is_odd)


def calibrated(
    features: Sequence[FeatureProfile], total: Counts, held: Sequence[HeldOut], window: int
) -> Threshold:
    """The threshold for windows of this size, and how often it alarms on windows held out.

    Args: total: counts of all rows.
    """
    found = [_comparisons(features, total, each) for each in held]
    floor = analytic(window, len(features))
    drawn = _drawn(found, floor)
    alarms = 0
    for place, each in enumerate(found):
        others = _drawn(found[:place] + found[place + 1 :], floor)
        alarms += any(_exceeds(one, others) for one in each)
    return Threshold(window, *drawn, blocks=len(held), false_alarms=round(alarms / len(held), 4))


def _exceeds(found: Comparison, drawn: tuple[float, float]) -> bool:
    return (found.chi > drawn[0] or found.ks > drawn[1]) and large(found)


def _comparisons(
    features: Sequence[FeatureProfile], total: Counts, held: HeldOut
) -> list[Comparison]:
    return [
        compare(feature, [a - b for a, b in zip(whole, without, strict=True)], window)
        for feature, whole, without, window in zip(
            features, total, held.without, held.window, strict=True
        )
    ]


def _drawn(found: Sequence[Sequence[Comparison]], floor: Threshold) -> tuple[float, float]:
    chi = [one.chi for each in found for one in each]
    ks = [one.ks for each in found for one in each]
    tail = ALPHA / (2 * max(len(found[0]), 1))
    return max(_tail_at(chi, tail), floor.chi), max(_tail_at(ks, tail), floor.ks)


def _tail_at(values: list[float], probability: float) -> float:
    """What values exceed with this probability, the tail taken for exponential.

    It is drawn through the largest fiftieth: the level is beyond most of what was seen.
    """
    ordered = sorted(values, reverse=True)
    count = min(max(_FEWEST_IN_TAIL, round(len(ordered) * _TAIL)), len(ordered) - 1)
    start = ordered[count]
    mean = sum(ordered[:count]) / count - start
    share = count / len(ordered)
    return round(start + mean * math.log(share / probability), 4) if share > probability else start
