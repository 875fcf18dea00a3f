"""Compare a window of rows with the training rows, bin by bin: how sure, and how much.

Two tests a feature: the two-sample chi-square over all bins, and Kolmogorov-Smirnov over the
cumulated ones, which sees a small shift sooner. Both are given in units that mean the same for
every feature, so that one threshold fits all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from statistics import NormalDist
from typing import NamedTuple

from ..types.profile import FeatureProfile, NumberProfile

__all__ = ["Comparison", "chi_threshold", "compare", "ks_threshold", "p_of_chi", "p_of_ks"]

# Below this expected count a bin says little, and its square too much (Cochran 1954).
_EXPECTED = 5.0
_NORMAL = NormalDist()


class Comparison(NamedTuple):
    """How a window differs in one feature.

    `chi` is the chi-square's Wilson-Hilferty transform, `ks` is D / sqrt(1/n + 1/m), 0 for
    categories. `psi` is the population stability index, `ecdf` is D, the largest difference of the
    cumulated shares.
    """

    chi: float
    ks: float
    psi: float
    ecdf: float


def compare(feature: FeatureProfile, reference: Sequence[int], window: Sequence[int]) -> Comparison:
    """Counts against counts, in the order of `feature.bins`."""
    ecdf = ks = 0.0
    if isinstance(feature, NumberProfile):
        ecdf, ks = _kolmogorov(reference[:-1], window[:-1])
    return Comparison(_chi(reference, window), ks, _psi(reference, window), ecdf)


def _chi(reference: Sequence[int], window: Sequence[int]) -> float:
    """Standard deviations above what chance gives. Source: Wilson, Hilferty, PNAS 17 (1931)."""
    n, m = sum(window), sum(reference)
    if not n or not m:
        return 0.0
    kept: list[tuple[int, int]] = []
    rest_a = rest_b = 0
    for a, b in zip(reference, window, strict=True):
        # By the reference alone: bins that are kept for what the window holds are biased.
        if a * n >= _EXPECTED * m:
            kept.append((a, b))
        else:
            rest_a, rest_b = rest_a + a, rest_b + b
    # Five rows of what training hardly had are no chance, however little was expected.
    if rest_a * n >= m or rest_b >= _EXPECTED:
        kept.append((rest_a, rest_b))
    degrees = len(kept) - 1
    if degrees < 1:
        return 0.0
    scale = math.sqrt(n / m)
    square = sum((a * scale - b / scale) ** 2 / (a + b) for a, b in kept)
    spread = 2 / (9 * degrees)
    return float(((square / degrees) ** (1 / 3) - (1 - spread)) / math.sqrt(spread))


def _kolmogorov(reference: Sequence[int], window: Sequence[int]) -> tuple[float, float]:
    n, m = sum(window), sum(reference)
    if not n or not m:
        return 0.0, 0.0
    pairs = zip(accumulate(reference), accumulate(window), strict=True)
    largest = max(abs(a / m - b / n) for a, b in pairs)
    return largest, largest / math.sqrt(1 / n + 1 / m)


def _psi(reference: Sequence[int], window: Sequence[int]) -> float:
    """Population stability index, half a row added to each bin so that an empty one counts.

    Source: Siddiqi, Credit Risk Scorecards (2006), ch. 6.
    """
    half = 0.5 * len(reference)
    n, m = sum(window) + half, sum(reference) + half
    shares = [((a + 0.5) / m, (b + 0.5) / n) for a, b in zip(reference, window, strict=True)]
    return sum((b - a) * math.log(b / a) for a, b in shares)


def p_of_chi(chi: float) -> float:
    """How often chance alone gives so much."""
    return 0.5 * math.erfc(chi / math.sqrt(2))


def p_of_ks(ks: float) -> float:
    """The same; bins make it smaller than this, never larger."""
    return min(1.0, 2 * math.exp(-2 * ks * ks))


def chi_threshold(p: float) -> float:
    """What chance exceeds with probability p."""
    return _NORMAL.inv_cdf(1 - p)


def ks_threshold(p: float) -> float:
    """The same."""
    return math.sqrt(-math.log(p / 2) / 2)
