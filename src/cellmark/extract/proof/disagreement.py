"""Put into words where two sets of features or answers differ first."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellmark_runtime.scoring.anyframe import is_frame, series_of

from ..values.comparison import difference

__all__ = ["describe", "describe_departure", "describe_values"]


def describe(scored: Any, known: Any, positions: Any) -> str:
    """The first part that differs: features before predictions before the rest.

    `scored` and `known` are what the module and the notebook give; `positions` are raw rows.
    """
    for part in ("features", "predictions", "probabilities", "scores"):
        one, other = getattr(scored, part), getattr(known, part)
        if other is not None and difference(one, other) != 0.0:
            return _first_place(part, one, other, positions)
    return "no difference"


def describe_values(name: str, one: Any, other: Any, positions: Any) -> str:
    """Where the variable `name` differs between a selection of rows and the whole batch."""
    return _first_place(f"`{name}`", one, other, positions, "alone it is", "in the batch")


def describe_departure(name: str, one: Any, other: Any, positions: Any) -> str:
    """Where `name` differs between the scoring module and the notebook."""
    return _first_place(name, one, other, positions, "is", "in the notebook")


def _first_place(
    part: str,
    one: Any,
    other: Any,
    positions: Any,
    here: str = "is",
    there: str = "the notebook has",
) -> str:
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for mine, theirs in zip(one, other, strict=True):
            if theirs is not None and difference(mine, theirs) != 0.0:
                return _first_place(part, mine, theirs, positions, here, there)
    if is_frame(one) and is_frame(other):
        if list(one.columns) != list(other.columns):
            return _columns(one, other)
        pairs = zip(series_of(one), series_of(other), strict=True)
        for name, (mine, theirs) in zip(one.columns, pairs, strict=True):
            if difference(mine, theirs) != 0.0:
                return _row(f"{part} {name!r}", mine, theirs, positions, here, there)
    return _row(part, one, other, positions, here, there)


def _columns(one: Any, other: Any) -> str:
    missing = [str(name) for name in other.columns if name not in one.columns]
    extra = [str(name) for name in one.columns if name not in other.columns]
    said = [f"{len(one.columns)} features where the notebook has {len(other.columns)}"]
    said += [f"missing {', '.join(missing[:5])}"] if missing else []
    said += [f"more than it {', '.join(extra[:5])}"] if extra else []
    return "; ".join(said)


def _row(what: str, one: Any, other: Any, positions: Any, here: str, there: str) -> str:
    left, right = (
        np.asarray(side.toarray() if hasattr(side, "toarray") else side) for side in (one, other)
    )
    if left.shape != right.shape:
        return f"{what} of shape {left.shape} where the notebook has {right.shape}"
    for at, (mine, theirs) in enumerate(zip(left, right, strict=True)):
        if difference(np.atleast_1d(mine), np.atleast_1d(theirs)) != 0.0:
            place = f"{what} of raw row {int(positions[at])}"
            return f"{place} {here} {_shown(mine)}, {there} {_shown(theirs)}"
    return f"{what} differs"


def _shown(value: Any) -> str:
    if isinstance(value, np.ndarray):
        value = value.tolist()
    text = repr(value.item() if isinstance(value, np.generic) else value)
    return text if len(text) <= 60 else f"{text[:57]}..."
