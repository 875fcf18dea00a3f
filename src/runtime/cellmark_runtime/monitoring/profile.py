"""Build the reference profile: counts of the training rows, never a row or a rare value of them.

pandas is imported only when a profile is built, which happens in the workshop.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from ..types.profile import (
    CategoryProfile,
    FeatureProfile,
    NumberProfile,
    ReferenceProfile,
    text_of,
)
from ..types.signature import Field, Signature
from .calibration import analytic
from .days import SIZES, drawn_on_days
from .values import seconds_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["build_profile"]

_BINS = 20
_TOP_LEVELS = 20
# A level or a bin stands for at least so many people, so that it points at none.
_ANONYMITY = 5


def build_profile(
    frame: pd.DataFrame,
    signature: Signature,
    scores: object = None,
    times: pd.Series | None = None,
) -> ReferenceProfile:
    """Count the Signature's columns of the training `frame`, and the model's own `scores` on it.

    Args: scores: one a row, numbers or classes; None leaves them out. times: when each row of
    `frame` came: thresholds are set on its days then.
    """
    features = tuple(_profile(frame[field.name], field) for field in signature.inputs)
    profile = ReferenceProfile(rows=len(frame), features=features, scores=_score_profile(scores))
    drawn = drawn_on_days(features, frame, times) if times is not None else None
    if drawn is None:
        return msgspec.structs.replace(
            profile,
            calibration="analytic",
            thresholds=tuple(analytic(size, len(profile.counted)) for size in SIZES),
        )
    return msgspec.structs.replace(
        profile,
        calibration="blocks",
        time=str(times.name) if times is not None else None,
        unstable=drawn.unstable,
        thresholds=drawn.thresholds,
    )


def _profile(column: pd.Series, field: Field) -> FeatureProfile:
    if field.kind in ("number", "integer") and field.categories is None:
        return _numbers(field.name, column)
    if field.kind == "datetime":
        return _numbers(field.name, seconds_of(column))
    return _levels(field.name, column)


def _score_profile(scores: object) -> FeatureProfile | None:
    import pandas as pd

    if scores is None:
        return None
    column = pd.Series(scores)
    is_number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return _numbers("score", column) if is_number else _levels("score", column)


def _numbers(name: str, column: pd.Series) -> NumberProfile:
    import numpy as np

    values = column.dropna().to_numpy(dtype="float64", na_value=np.nan)
    edges = _inner_edges(values)
    # Right-closed bins, as bisect_left counts them when a request comes.
    counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
    return NumberProfile(
        name, tuple(edges.tolist()), tuple(counts.tolist()), int(column.isna().sum())
    )


def _inner_edges(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Cut points between quantile bins: none is an extreme, no bin holds fewer than five rows."""
    import numpy as np

    bins = min(_BINS, len(values) // _ANONYMITY)
    if bins <= 1:
        return np.array([], dtype="float64")
    cuts = np.unique(np.quantile(values, np.arange(1, bins) / bins, method="lower"))
    kept: list[float] = []
    below = 0
    ordered = np.sort(values)
    for cut in cuts:
        upto = int(np.searchsorted(ordered, cut, side="right"))
        if upto - below >= _ANONYMITY and len(values) - upto >= _ANONYMITY:
            kept.append(float(cut))
            below = upto
    return np.array(kept, dtype="float64")


def _levels(name: str, column: pd.Series) -> CategoryProfile:
    texts = _counted(column.dropna())
    counted = sorted(texts.items(), key=lambda pair: (-pair[1], pair[0]))
    top = [(level, int(n)) for level, n in counted[:_TOP_LEVELS] if n >= _ANONYMITY]
    listed = sum(n for _, n in top)
    return CategoryProfile(
        name,
        tuple(level for level, _ in top),
        tuple(n for _, n in top),
        other=texts.total() - listed,
        missing=int(column.isna().sum()),
    )


def _counted(present: pd.Series) -> Counter[str]:
    """How often each level is there, by its text; a level is written as text once."""
    if present.dtype != object:
        counts = [*present.value_counts().items()]
    else:
        try:
            # By type as well: 1, 1.0 and True are one key, and three texts.
            typed = Counter(zip(map(type, present), present, strict=True))
        except TypeError:  # a list, say, can't be a key
            return Counter(map(text_of, present))
        counts = [(level, count) for (_, level), count in typed.items()]
    texts: Counter[str] = Counter()
    for level, count in counts:
        texts[text_of(level)] += int(count)
    return texts
