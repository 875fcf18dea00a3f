"""Windows cut from the training rows' own days, to see how much days differ without any drift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..types.profile import FeatureProfile, NumberProfile, Threshold, text_of
from .calibration import FEWEST, HeldOut, calibrated, unstable
from .values import seconds_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

__all__ = ["SIZES", "Drawn", "drawn_on_days"]

# Rows a window. Many small ones see a large drift soon, few large ones a small drift at all.
SIZES = (200, 500, 1000, 2000, 5000)
_MOST_WINDOWS = 100
_DAY = 86_400


class Drawn(NamedTuple):
    """What days without drift say."""

    unstable: tuple[str, ...]
    thresholds: tuple[Threshold, ...]


def drawn_on_days(
    features: Sequence[FeatureProfile], frame: pd.DataFrame, times: pd.Series
) -> Drawn | None:
    """Thresholds for each size of which there are windows enough; None where there are for none."""
    import numpy as np

    seconds = seconds_of(times).to_numpy(dtype="float64", na_value=np.nan)
    known = np.flatnonzero(~np.isnan(seconds))
    order = known[np.argsort(seconds[known], kind="stable")]
    days = np.floor(seconds[order] / _DAY)
    codes = [coded(feature, frame[feature.name])[order] for feature in features]
    cut = {size: [*_held(features, codes, days, size)] for size in SIZES}
    cut = {size: held for size, held in cut.items() if len(held) >= FEWEST}
    if not cut:
        return None
    total = _counts(features, codes, slice(None))
    odd = unstable(features, total, cut[max(cut)])
    kept = [place for place, feature in enumerate(features) if feature.name not in odd]
    if not kept:
        return None
    stable = [features[place] for place in kept]
    totals = [total[place] for place in kept]
    return Drawn(
        odd,
        tuple(
            calibrated(stable, totals, [_only(each, kept) for each in held], size)
            for size, held in cut.items()
        ),
    )


def coded(feature: FeatureProfile, column: pd.Series) -> Array:
    """The place in `feature.bins` of each value."""
    import numpy as np

    missing = column.isna().to_numpy()
    if isinstance(feature, NumberProfile):
        numbers = seconds_of(column) if column.dtype.kind not in "iufb" else column
        values = numbers.to_numpy(dtype="float64", na_value=np.nan)
        codes: Array = np.searchsorted(np.array(feature.edges), values, side="left")
    else:
        places = {level: place for place, level in enumerate(feature.levels)}
        other = len(feature.levels)
        codes = np.array([places.get(text_of(each), other) for each in column], dtype="int64")
    codes[missing] = len(feature.bins) - 1
    return codes


def _held(
    features: Sequence[FeatureProfile], codes: list[Array], days: Array, size: int
) -> Iterator[HeldOut]:
    """Windows of so many rows in a row, with all rows of the days that they are of."""
    import numpy as np

    starts = np.arange(0, len(days) - size + 1, size)
    # A window of half the rows leaves nothing to hold it against.
    if len(starts) < FEWEST or len(np.unique(days)) < FEWEST:
        return
    if len(starts) > _MOST_WINDOWS:
        starts = starts[np.linspace(0, len(starts) - 1, _MOST_WINDOWS).astype(int)]
    for start in starts:
        first = int(np.searchsorted(days, days[start], side="left"))
        last = int(np.searchsorted(days, days[start + size - 1], side="right"))
        if (last - first) * 2 <= len(days):
            yield HeldOut(
                _counts(features, codes, slice(start, start + size)),
                _counts(features, codes, slice(first, last)),
            )


def _counts(features: Sequence[FeatureProfile], codes: list[Array], rows: slice) -> list[list[int]]:
    import numpy as np

    return [
        np.bincount(column[rows], minlength=len(feature.bins)).tolist()
        for feature, column in zip(features, codes, strict=True)
    ]


def _only(held: HeldOut, places: list[int]) -> HeldOut:
    return HeldOut([held.window[each] for each in places], [held.without[each] for each in places])
