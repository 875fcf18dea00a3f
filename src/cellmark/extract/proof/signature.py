"""Infer the Signature: the raw columns that the path reads, as the training rows had them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pandas as pd

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.anyframe import as_pandas, is_polars
from cellmark_runtime.scoring.polars_frames import dtype_text
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Field, Kind, Scalar

from ..values.comparison import difference
from .running import accepted_of

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Column, Frame

__all__ = ["KINDS", "field_of", "needed_columns", "widened"]

_MOST_CATEGORIES = 100
KINDS: dict[str, Kind] = {
    "b": "boolean",
    "i": "integer",
    "u": "integer",
    "f": "number",
    "M": "datetime",
}
_POLARS_KINDS: dict[str, Kind] = {
    "Boolean": "boolean",
    "Date": "datetime",
    "Datetime": "datetime",
    "Enum": "string",
    "Float32": "number",
    "Float64": "number",
    "String": "string",
    **{f"{sign}Int{bits}": "integer" for sign in ("", "U") for bits in (8, 16, 32, 64)},
}

Features = Callable[[Any], Any]


def needed_columns(
    features: Features,
    tried: tuple[Frame, Frame],
    optional: frozenset[Hashable],
    problem: type[Exception],
) -> tuple[Hashable, ...]:
    """Raw columns without which the features are not the same, in the raw frame's order.

    Args: tried: raw rows that have features, and rows that are refused, which they must also be
    without the column; `optional` columns (the target) are taken as absent throughout.
    """
    taken, refused = tried
    columns = [name for name in taken.columns if name not in optional]
    expected = features(taken[columns])
    needed = []
    for name in columns:
        rest = [other for other in columns if other != name]
        try:
            same = difference(features(taken[rest]), expected) == 0.0
            if not same or len(accepted_of(features, refused[rest])):
                needed.append(name)
        except problem:
            needed.append(name)
    return tuple(needed)


def widened(raw: Any, target: frozenset[Hashable], policies: Policies) -> Any:
    """The raw frame with room for a missing value in each column, if a policy takes them.

    pandas has none for whole numbers and truths: it reads a column with a gap as floats. All rows
    of a batch share a dtype, so one gap would change how the others are read.
    """
    if policies.unexpected_missing == "reject" or is_polars(raw):
        return raw
    narrow = [name for name in raw.columns if name not in target and _is_narrow(raw[name].dtype)]
    return raw.astype(dict.fromkeys(narrow, "float64"))


def _is_narrow(dtype: Any) -> bool:
    return isinstance(dtype, np.dtype) and dtype.kind in "biu"


def field_of(column: Column) -> Field:
    """The field that a raw column makes.

    Raises: CellmarkError for a type that a request can't carry.
    """
    if is_polars(column):
        return _polars_field(column)
    return _field(column, _kind(column), str(column.dtype))


def _polars_field(column: Any) -> Field:
    """A polars column's own dtype and levels; JSON has one word for null and NaN, polars two."""
    name = column.dtype.base_type().__name__
    kind = _POLARS_KINDS.get(name)
    if kind is None:
        raise _no_field(column, "Cast it in the data cell, in the statement that reads it.")
    if column.dtype.is_float() and column.is_nan().any():
        fix = "Make it null in the statement that reads: `.fill_nan(None)`."
        raise _no_field(column, fix, "NaN")
    field = _field(as_pandas(column), kind, dtype_text(column.dtype))
    if name != "Enum":
        return field
    return msgspec.structs.replace(field, categories=tuple(column.dtype.categories))


def _field(column: pd.Series, kind: Kind, dtype: str) -> Field:
    present = column.dropna()
    numbers = kind in {"number", "integer"} and len(present) > 0
    return Field(
        name=str(column.name),
        kind=kind,
        dtype=dtype,
        nullable=bool(column.isna().any()),
        minimum=float(present.min()) if numbers else None,
        maximum=float(present.max()) if numbers else None,
        categories=_categories(present) if kind == "string" else None,
    )


def _kind(column: pd.Series) -> Kind:
    kind = KINDS.get(getattr(column.dtype, "kind", ""))
    if kind is not None:
        return kind
    named = isinstance(column.dtype, pd.CategoricalDtype)
    values = column.cat.categories if named else column
    if pd.api.types.infer_dtype(values, skipna=True) in {"string", "empty"}:
        return "string"
    raise _no_field(column, "Convert it in the data cell, in the statement that reads it.")


def _no_field(column: Any, fix: str, holds: str = "") -> CellmarkError:
    return CellmarkError(
        f"column {column.name!r} of the raw frame",
        f"it holds {holds}" if holds else f"its values are of type {column.dtype}",
        "numbers, texts, true and false, or dates",
        fix,
    )


def _categories(present: pd.Series) -> tuple[Scalar, ...] | None:
    """Known values of a text column that repeats few of them; free text has none."""
    levels = sorted(present.unique())
    few = len(levels) <= _MOST_CATEGORIES and len(levels) * 2 <= len(present)
    return tuple(str(level) for level in levels) if few else None
