"""Reference profile: the training distribution that monitoring compares against. No raw rows."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["CategoryProfile", "NumberProfile", "ReferenceProfile"]


class NumberProfile(msgspec.Struct, frozen=True, tag="number"):
    """Counts of a numeric column in bins cut at `edges` (ascending, n_bins - 1).

    Bin i holds edges[i-1] < x <= edges[i]. The first and the last bin are open, so that the
    profile gives away no extreme. Times are seconds since 1970.
    """

    name: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int


class CategoryProfile(msgspec.Struct, frozen=True, tag="category"):
    """Counts of the most frequent levels of a column, all others together in `other`."""

    name: str
    levels: tuple[str, ...]
    counts: tuple[int, ...]
    other: int
    missing: int


class ReferenceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """`features` are the Signature's columns in order; `scores` the model's own output.

    `calibration` says how drift thresholds were set; "none" means that none are yet.
    """

    format: int = 1
    rows: int
    features: tuple[NumberProfile | CategoryProfile, ...]
    scores: NumberProfile | CategoryProfile | None = None
    calibration: Literal["none", "analytic", "blocks"] = "none"
