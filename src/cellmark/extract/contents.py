"""Digests of what a variable holds, by column, to see what a statement changed in place."""

from __future__ import annotations

import marshal
from collections.abc import Hashable, Iterable, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import xxhash

from cellmark_runtime.scoring.anyframe import is_frame, is_polars

from .local import is_own

__all__ = ["Contents", "changed_parts", "contents_of"]

Contents = Mapping[Hashable, int]
_WHOLE = ""
_MOST_ELEMENTS = 10_000
_DEEPEST = 4


def contents_of(value: Any) -> Contents | None:
    """Digest of each column of a frame, or of the whole of another mutable value.

    None for what can't change in place, is not followed, or can't be looked at.
    """
    try:
        if isinstance(value, pd.DataFrame):
            return _of_frame(value)
        if is_polars(value):
            return _of_polars(value)
        if isinstance(value, pd.Series | np.ndarray | list | dict | set | bytearray):
            return {_WHOLE: _element(value, _DEEPEST)}
        if is_own(type(value)) and hasattr(value, "__dict__"):
            return {_WHOLE: _element(vars(value), _DEEPEST)}
    except Exception:  # noqa: BLE001 - an odd value is never the author's problem
        return None
    return None


def changed_parts(before: Contents, after: Contents) -> frozenset[Hashable] | None:
    """Column names that were changed, added or removed; None where that can't be said by column.

    Empty when nothing changed.
    """
    names = {key[0] for key in {*before, *after} if isinstance(key, tuple)}
    if not names:
        return frozenset() if before == after else None
    differing = {name for name in names if _column(before, name) != _column(after, name)}
    if not differing and before[_WHOLE] != after[_WHOLE]:
        return None
    return frozenset(differing)


def _column(contents: Contents, name: Hashable) -> list[int]:
    return [digest for key, digest in contents.items() if isinstance(key, tuple) and key[0] == name]


def _of_frame(frame: pd.DataFrame) -> Contents:
    order = _joined([_text(repr(list(frame.columns))), _labels(frame.index)])
    columns: dict[Hashable, int] = {
        (name, at): _series(frame.iloc[:, at]) for at, name in enumerate(frame.columns)
    }
    return {_WHOLE: order, **columns}


def _of_polars(value: Any) -> Contents:
    """Polars changes in place too: `frame[0, "age"] = 1`, `insert_column`, `extend`."""
    if not is_frame(value):
        return {_WHOLE: _polars_series(value)}
    columns: dict[Hashable, int] = {
        (each.name, at): _polars_series(each) for at, each in enumerate(value)
    }
    return {_WHOLE: _text(repr(value.columns)), **columns}


def _polars_series(series: Any) -> int:
    hashes = xxhash.xxh3_64_intdigest(series.hash().to_numpy().data)
    return _joined([_text(f"{series.name} {series.dtype}"), hashes])


def _element(value: Any, depth: int) -> int:
    """Digest of a value and of what it holds; of other objects, which one it is."""
    if isinstance(value, pd.DataFrame):
        return _joined(_of_frame(value).values())
    if is_polars(value):
        return _joined(_of_polars(value).values())
    if isinstance(value, pd.Series):
        return _joined([_series(value), _labels(value.index)])
    if isinstance(value, np.ndarray):
        return _joined([_text(f"{value.dtype} {value.shape}"), _values(value)])
    try:
        return xxhash.xxh3_64_intdigest(marshal.dumps(value, 2))
    except ValueError:  # not plain data throughout
        pass
    if not isinstance(value, list | tuple | dict | set) or depth == 0:
        return id(value)
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    elements = (_element(part, depth - 1) for part in islice(parts, _MOST_ELEMENTS))
    return _joined([len(value), *elements])


def _series(series: pd.Series) -> int:
    return _joined([_text(str(series.dtype)), _values(series)])


def _labels(index: pd.Index) -> int:
    return _text(repr(index)) if isinstance(index, pd.RangeIndex) else _series(index.to_series())


def _values(values: Any) -> int:
    if isinstance(values, pd.Series):
        array = values.array
        if not isinstance(array, np.ndarray) and array.dtype.kind not in "biufmM":
            return _hashed(values)
        values = values.to_numpy()
    if values.dtype.kind in "biufcmM":
        return xxhash.xxh3_64_intdigest(np.ascontiguousarray(values).ravel().view(np.uint8).data)
    return _hashed(pd.Series(values.ravel(), copy=False))


def _hashed(series: pd.Series) -> int:
    try:
        rows = pd.util.hash_pandas_object(series, index=False).to_numpy()
    except TypeError:  # unhashable objects in the column
        rows = np.array([hash(repr(item)) for item in series], dtype=np.int64)
    return xxhash.xxh3_64_intdigest(rows.data)


def _text(text: str) -> int:
    return xxhash.xxh3_64_intdigest(text.encode(errors="backslashreplace"))


def _joined(digests: Iterable[int]) -> int:
    return _text(" ".join(map(str, digests)))
