"""Digests of what a variable holds, by column, to see what a statement changed in place."""

from __future__ import annotations

import marshal
from collections.abc import Hashable, Mapping
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd
import xxhash

from cellmark_runtime.scoring.anyframe import is_frame, is_polars

from .digests import columns_of, digest_of, of_bytes, of_index, of_text
from .local import is_own

__all__ = ["Contents", "changed_parts", "contents_of"]

Contents = Mapping[Hashable, Hashable]
_WHOLE = ""
_MOST_ELEMENTS = 10_000
_DEEPEST = 4


def contents_of(value: Any) -> Contents | None:
    """Digest of each column of a frame, or of the whole of another mutable value.

    None for what can't change in place, is not followed, or can't be looked at.
    """
    try:
        if isinstance(value, pd.DataFrame):
            return _of_frame(value, _DEEPEST)
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
    one, other = _by_name(before), _by_name(after)
    if not one and not other:
        return frozenset() if before == after else None
    differing = {name for name in {*one, *other} if one.get(name) != other.get(name)}
    if not differing and before[_WHOLE] != after[_WHOLE]:
        return None
    return frozenset(differing)


def _by_name(contents: Contents) -> dict[Hashable, list[Hashable]]:
    """The digests of the columns of each name: names may repeat."""
    found: dict[Hashable, list[Hashable]] = {}
    for key, digest in contents.items():
        if isinstance(key, tuple):
            found.setdefault(key[0], []).append(digest)
    return found


def _of_frame(frame: pd.DataFrame, depth: int) -> Contents:
    def element(value: Any) -> Hashable:
        return _element(value, depth - 1)

    order = (of_text(repr(list(frame.columns))), of_index(frame.index, element))
    found = dict(columns_of(frame, element))
    columns: dict[Hashable, Hashable] = {
        (name, at): found[at] for at, name in enumerate(frame.columns)
    }
    return {_WHOLE: order, **columns}


def _of_polars(value: Any) -> Contents:
    """Polars changes in place too: `frame[0, "age"] = 1`, `insert_column`, `extend`."""
    if not is_frame(value):
        return {_WHOLE: _polars_series(value)}
    columns: dict[Hashable, Hashable] = {
        (each.name, at): _polars_series(each) for at, each in enumerate(value)
    }
    return {_WHOLE: of_text(repr(value.columns)), **columns}


def _polars_series(series: Any) -> Hashable:
    return series.name, str(series.dtype), of_bytes(series.hash().to_numpy())


def _element(value: Any, depth: int) -> Hashable:
    """Digest of a value and of what it holds; of other objects, which one it is."""

    def element(part: Any) -> Hashable:
        return _element(part, depth - 1)

    if isinstance(value, pd.DataFrame):
        return tuple(_of_frame(value, depth).values())
    if is_polars(value):
        return tuple(_of_polars(value).values())
    if isinstance(value, pd.Series):
        return digest_of(value.array, element), of_index(value.index, element)
    if isinstance(value, np.ndarray):
        return digest_of(value, element)
    try:
        return xxhash.xxh3_128_intdigest(marshal.dumps(value, 2))
    except ValueError:  # not plain data throughout
        pass
    if not isinstance(value, list | tuple | dict | set) or depth <= 0:
        return id(value)
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return (len(value), *(element(part) for part in islice(parts, _MOST_ELEMENTS)))
