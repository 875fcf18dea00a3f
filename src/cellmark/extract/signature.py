"""Infer the Signature: the raw columns that the path reads, as the training rows had them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.signature import Field, Kind, Scalar

from .comparison import difference

__all__ = ["KINDS", "field_of", "needed_columns"]

_MOST_CATEGORIES = 100
KINDS: dict[str, Kind] = {
    "b": "boolean",
    "i": "integer",
    "u": "integer",
    "f": "number",
    "M": "datetime",
}

Features = Callable[[pd.DataFrame], Any]


def needed_columns(
    features: Features, raw: pd.DataFrame, optional: frozenset[Hashable], problem: type[Exception]
) -> tuple[Hashable, ...]:
    """Raw columns without which the features are not the same, in the raw frame's order.

    `optional` columns (the target) are taken as absent throughout. Tried on the rows of `raw`.
    """
    columns = [name for name in raw.columns if name not in optional]
    expected = features(raw[columns])
    needed = []
    for name in columns:
        rest = raw[[other for other in columns if other != name]]
        try:
            if difference(features(rest), expected) != 0.0:
                needed.append(name)
        except problem:
            needed.append(name)
    return tuple(needed)


def field_of(column: pd.Series) -> Field:
    """The field that a raw column makes.

    Raises: CellmarkError for a type that a request can't carry.
    """
    kind = _kind(column)
    present = column.dropna()
    numbers = kind in {"number", "integer"} and len(present) > 0
    return Field(
        name=str(column.name),
        kind=kind,
        dtype=str(column.dtype),
        nullable=bool(column.isna().any()),
        minimum=float(present.min()) if numbers else None,
        maximum=float(present.max()) if numbers else None,
        categories=_categories(present) if kind == "string" else None,
    )


def _kind(column: pd.Series) -> Kind:
    kind = KINDS.get(getattr(column.dtype, "kind", ""))
    if kind is not None:
        return kind
    if all(isinstance(value, str) for value in column.dropna()):
        return "string"
    raise CellmarkError(
        f"column {column.name!r} of the raw frame",
        f"its values are of type {column.dtype}",
        "numbers, texts, true and false, or dates",
        "Convert it in the data cell, in the statement that reads it.",
    )


def _categories(present: pd.Series) -> tuple[Scalar, ...] | None:
    """Known values of a text column that repeats few of them; free text has none."""
    levels = sorted(present.unique())
    few = len(levels) <= _MOST_CATEGORIES and len(levels) * 2 <= len(present)
    return tuple(str(level) for level in levels) if few else None
