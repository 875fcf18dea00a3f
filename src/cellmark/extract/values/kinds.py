"""Kind: whether a value follows the input's rows, sums them up, or is neither."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from typing import Any, Literal, Protocol

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.anyframe import (
    as_pandas,
    is_column,
    is_frame,
    is_polars,
)

from .local import is_own
from .native import is_native

__all__ = ["ATOMIC", "Kind", "is_estimator", "kind_of", "length_of", "rows_behind", "rows_given"]

Kind = Literal["rows", "filtered", "aggregate", "estimator", "other"]


class _HasFrame(Protocol):
    @property
    def frame(self) -> Any: ...


# Exact types of single values that can't change.
ATOMIC = frozenset(
    (
        *(bool, int, float, complex, str, bytes, type(None)),
        *(np.bool_, np.int32, np.int64, np.float32, np.float64, pd.Timestamp, pd.Timedelta),
    )
)
_LOOKED_AT = 1_000
_SCALARS = (
    int,
    float,
    complex,
    str,
    bytes,
    bool,
    type(None),
    np.generic,
    dt.date,
    dt.time,
    dt.timedelta,
    pd.Timestamp,
    pd.Timedelta,
    np.dtype,
    pd.api.extensions.ExtensionDtype,
)


def is_estimator(value: object) -> bool:
    """Whether `value` is an estimator instance: it fits, and answers or has settings.

    A booster that a function of its library trains is one too.
    """
    # Of the class: `pl.col` has any attribute that it is asked for.
    kind = type(value)
    if is_native(kind):
        return True
    if isinstance(value, type) or not hasattr(kind, "fit"):
        return False
    return any(hasattr(kind, name) for name in ("get_params", "transform", "predict"))


def length_of(value: Any) -> int | None:
    """Rows of an array-like, None for all else."""
    if isinstance(value, pd.DataFrame | pd.Series | pd.Index):
        return len(value)
    if is_polars(value) and (is_frame(value) or is_column(value)):
        return len(value)
    if isinstance(value, np.ndarray | pd.api.extensions.ExtensionArray) and value.ndim >= 1:
        return len(value)
    shape = getattr(value, "shape", None)
    if type(value).__module__.startswith("scipy.sparse") and isinstance(shape, tuple):
        return int(shape[0])
    return None


def rows_given(value: object) -> int | None:
    """Rows of what may be a model's answer: a column, a table or a list."""
    return len(value) if isinstance(value, list) else length_of(value)


def kind_of(value: Any, row_counts: Collection[int]) -> Kind:
    """Class of a value, given the numbers of rows that the raw frame and its parts have.

    Length is a first guess (a 12-row table of a 12-row frame is taken for rows);
    the proof, one row at a time, is what decides.
    """
    length = length_of(value)
    if length is not None:
        if length in row_counts or _lies_across(value, row_counts):
            return "rows"
        return "aggregate" if _plain_elements(value) else "other"
    if isinstance(value, _SCALARS):
        return "aggregate"
    if isinstance(value, list | tuple | set | frozenset | dict):
        return _container_kind(value, row_counts)
    if is_estimator(value):
        return "estimator"
    return _own_kind(value, row_counts) if is_own(type(value)) else "other"


def _own_kind(value: object, row_counts: Collection[int]) -> Kind:
    """An object of a class of the author's is kept whole, unless it holds rows."""
    parts = [kind_of(part, row_counts) for part in getattr(value, "__dict__", {}).values()]
    return "other" if {"rows", "filtered"} & {*parts} else "aggregate"


def _lies_across(value: Any, row_counts: Collection[int]) -> bool:
    """Whether rows lie along the second axis, as in `a, b = frame.values.T`."""
    shape: tuple[int, ...] = getattr(value, "shape", ())
    return len(shape) == 2 and shape[1] in row_counts


def _plain_elements(value: Any) -> bool:
    """Whether an array's elements are data: an array of a plot's axes is not."""
    if not isinstance(value, np.ndarray) or value.dtype != object:
        return True
    return all(isinstance(element, _SCALARS) for element in value.ravel()[:_LOOKED_AT])


def _container_kind(value: Collection[Any], row_counts: Collection[int]) -> Kind:
    if len(value) in row_counts:
        return "rows"
    parts = value.values() if isinstance(value, dict) else value
    plain = {*map(type, parts)} <= ATOMIC or all(
        kind_of(part, row_counts) == "aggregate" for part in parts
    )
    return "aggregate" if plain else "other"


def rows_behind(value: Any, sources: Iterable[_HasFrame]) -> int | None:
    """The number of rows of the raw frame that `value` is a part of; None if it is of none.

    A part has the raw frame's labels and, in a column at least, its values; a summary has not.
    """
    for source in sources:
        if is_polars(value):
            if _is_polars_part(value, source.frame):
                return len(source.frame)
            continue
        raw = as_pandas(source.frame)
        shared = [name for name in value.columns if name in raw.columns]
        if not (0 < len(value) < len(raw) and shared and raw.index.is_unique):
            continue
        positions = raw.index.get_indexer(value.index)
        if (positions >= 0).all() and any(
            _are_rows(value[name], raw[name], positions) for name in shared
        ):
            return len(raw)
    return None


def _is_polars_part(value: Any, raw: Any) -> bool:
    """Whether a polars frame holds fewer rows of `raw`, each whole; it has no labels to tell by."""
    whole = is_polars(raw) and {*raw.columns} <= {*value.columns} and 0 < len(value) < len(raw)
    if not whole:
        return False
    known = raw.hash_rows()
    return bool(value.select(raw.columns).hash_rows().is_in(known.implode()).all())


def _are_rows(values: Any, raw: Any, positions: np.ndarray[Any, Any]) -> bool:
    """Whether `values` are what `raw` holds at these positions; a few tell most that are not."""
    few = slice(_LOOKED_AT)
    if not raw.take(positions[few]).equals(values.iloc[few]):
        return False
    return bool(raw.take(positions).equals(values))
