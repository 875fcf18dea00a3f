"""Digests of what a variable holds, by column, to see what a statement changed in place."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import xxhash

__all__ = ["Contents", "changed_parts", "contents_of"]

Contents = Mapping[Hashable, int]
_WHOLE = ""
_LONGEST_REPR = 100_000


def contents_of(value: Any) -> Contents | None:
    """Digest of each column of a frame, or of the whole of another mutable value.

    None for what can't change in place or is not followed.
    """
    if isinstance(value, pd.DataFrame):
        order = xxhash.xxh3_64_intdigest(repr(list(value.columns)).encode())
        found: dict[Hashable, int] = {_WHOLE: order}
        for at, name in enumerate(value.columns):
            found[name, at] = _digest(value.iloc[:, at])
        return found
    if isinstance(value, pd.Series | np.ndarray):
        return {_WHOLE: _digest(value)}
    if isinstance(value, list | dict | set):
        return {_WHOLE: xxhash.xxh3_64_intdigest(repr(value)[:_LONGEST_REPR].encode())}
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


def _digest(values: Any) -> int:
    if isinstance(values, pd.Series):
        array = values.array
        if not isinstance(array, np.ndarray) and array.dtype.kind not in "biufmM":
            return _hashed(values)
        values = values.to_numpy()
    if values.dtype.kind in "biufcmM":
        return xxhash.xxh3_64_intdigest(np.ascontiguousarray(values).view(np.uint8).data)
    return _hashed(pd.Series(values.ravel(), copy=False))


def _hashed(series: pd.Series) -> int:
    try:
        rows = pd.util.hash_pandas_object(series, index=False).to_numpy()
    except TypeError:  # unhashable objects in the column
        rows = np.array([hash(repr(item)) for item in series], dtype=np.int64)
    return xxhash.xxh3_64_intdigest(rows.data)
