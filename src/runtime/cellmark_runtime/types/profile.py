"""Reference profile: the training distribution that monitoring compares against. No raw rows."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

import msgspec

__all__ = [
    "FORMAT",
    "Calibration",
    "CategoryProfile",
    "FeatureProfile",
    "NumberProfile",
    "ReferenceProfile",
    "Threshold",
    "seconds_of_text",
    "text_of",
]

# 2: thresholds. Profiles of format 1 are read too: they have none.
FORMAT = 2
Calibration = Literal["none", "analytic", "blocks"]


class NumberProfile(msgspec.Struct, frozen=True, tag="number"):
    """Counts of a numeric column in bins cut at `edges` (ascending, n_bins - 1).

    Bin i holds edges[i-1] < x <= edges[i]. The first and the last bin are open, so that the
    profile gives away no extreme. Times are seconds since 1970.
    """

    name: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    missing: int

    @property
    def bins(self) -> list[int]:
        """All counts, missing last."""
        return [*self.counts, self.missing]


class CategoryProfile(msgspec.Struct, frozen=True, tag="category"):
    """Counts of the most frequent levels of a column, all others together in `other`."""

    name: str
    levels: tuple[str, ...]
    counts: tuple[int, ...]
    other: int
    missing: int

    @property
    def bins(self) -> list[int]:
        """All counts, other levels and missing last."""
        return [*self.counts, self.other, self.missing]


FeatureProfile = NumberProfile | CategoryProfile


class Threshold(msgspec.Struct, frozen=True):
    """Above what a window of `window` rows differs from the training rows by more than chance.

    `chi` is in standard deviations, `ks` in units of sqrt(1/n + 1/m); see monitoring.comparison.
    `false_alarms` is the share of windows without drift that alarm in at least one feature, found
    on `blocks` windows of the training rows; None where none could be held out.
    """

    window: int
    chi: float
    ks: float
    blocks: int = 0
    false_alarms: float | None = None


class ReferenceProfile(msgspec.Struct, frozen=True, kw_only=True):
    """`features` are the Signature's columns in order; `scores` the model's own output.

    `calibration` says how drift thresholds were set: on days of the training rows (`blocks`, by
    the column `time`), or by theory alone (`analytic`), which takes rows for independent.
    `unstable` features differ that much from day to day that nothing can be said of them.
    """

    format: int = FORMAT
    rows: int
    features: tuple[FeatureProfile, ...]
    scores: FeatureProfile | None = None
    calibration: Calibration = "none"
    time: str | None = None
    unstable: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()

    @property
    def counted(self) -> tuple[FeatureProfile, ...]:
        """All that is counted in windows: the features, and the score."""
        return self.features if self.scores is None else (*self.features, self.scores)


def text_of(level: Any) -> str:
    """A level as a profile names it: JSON's own words for booleans, Python's for the rest."""
    # numpy's truths are no bool of Python's: their names are `bool` or `bool_`.
    return str(level).lower() if type(level).__name__ in ("bool", "bool_") else str(level)


def seconds_of_text(moment: str) -> float:
    """Seconds since 1970 of ISO 8601 text; what has no offset is taken for UTC."""
    parsed = dt.datetime.fromisoformat(moment)
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=dt.UTC)).timestamp()
