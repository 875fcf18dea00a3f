"""Copies of what a notebook computed, as it stood then: content that was kept is kept once."""

from __future__ import annotations

import copy
import marshal
from collections.abc import Collection, Hashable
from typing import Any

import numpy as np
import pandas as pd
import xxhash

from cellmark_runtime.errors import CheckFailed

from .contents import Contents, contents_of
from .digests import Objects
from .kinds import ATOMIC

__all__ = ["Copies", "size_of"]

# Below this a copy costs less than the look whether there is one.
_LARGE = 100_000
_CONTAINERS = (list, tuple, set, dict)
# From pandas 3 on, what is written through one frame is not seen in its shallow copies.
_COPIES_ON_WRITE = int(pd.__version__.partition(".")[0]) >= 3


class Copies:
    """Keeps copies of large values by their content, and shares memory where pandas lets it."""

    def __init__(self) -> None:
        self._kept: dict[Hashable, Any] = {}

    def of(self, value: Any) -> Any:
        """A value that is as `value` is now, whatever becomes of that; None if there can't be one.

        Nobody may change it.
        """
        try:
            if type(value) in ATOMIC:
                return value
            key = _key(value) if size_of(value) >= _LARGE else None
            if key is None:
                return _copied(value)
            if key not in self._kept:
                self._kept[key] = _copied(value)
            return self._kept[key]
        except Exception:  # noqa: BLE001 - what can't be copied can't be kept
            return None

    def check(self) -> None:
        """Make sure that the copies are what they were.

        Raises: CheckFailed if one was changed through an array that shares its memory.
        """
        for key, kept in self._kept.items():
            if isinstance(kept, pd.DataFrame | pd.Series) and _key(kept) != key:
                names = kept.columns[:5] if isinstance(kept, pd.DataFrame) else [kept.name]
                columns = ", ".join(map(str, names))
                raise CheckFailed(
                    "the notebook",
                    f"a {type(kept).__name__} of {columns} was changed past pandas, through an "
                    "array that shares its memory",
                    "changes that pandas sees",
                    "Assign the changed values: `frame[column] = values`.",
                )


def size_of(value: Any) -> int:
    """Bytes that a copy of `value` takes, roughly; 0 for what is small or not known."""
    if isinstance(value, pd.DataFrame):
        return 8 * len(value) * max(int(value.shape[1]), 1)
    if isinstance(value, pd.Series | pd.Index):
        return 8 * len(value)
    if isinstance(value, np.ndarray):
        return int(value.nbytes)
    return 8 * len(value) if isinstance(value, _CONTAINERS) else 0


def _key(value: Any) -> Hashable | None:
    """What two values have in common that may share one copy; None if that can't be said."""
    if isinstance(value, pd.DataFrame | pd.Series):
        labels = (value.index.names, getattr(value, "name", ""), value.attrs)
        across = getattr(getattr(value, "columns", None), "names", None)
        return _joined(type(value), repr((*labels, across)), contents_of(value))
    if isinstance(value, np.ndarray):
        if value.dtype.hasobject and not (value.dtype == object and Objects.of(value).plain):
            return None
        order = value.flags.c_contiguous, value.flags.f_contiguous
        return _joined(type(value), order, contents_of(value))
    if type(value) in _CONTAINERS:
        try:
            return type(value), xxhash.xxh3_128_intdigest(marshal.dumps(value, 2))
        except ValueError:  # not plain data throughout
            return None
    return None


def _joined(kind: type, how: Hashable, contents: Contents | None) -> Hashable | None:
    return None if contents is None else (kind, how, *contents.items())


def _copied(value: Any) -> Any:
    if isinstance(value, pd.DataFrame | pd.Series) and size_of(value) >= _LARGE:
        return value.copy(deep=not _COPIES_ON_WRITE)
    if type(value) in _CONTAINERS and _is_flat(value):
        return copy.copy(value)
    return copy.deepcopy(value)


def _is_flat(value: Collection[Any]) -> bool:
    """Whether a container holds plain values only, so that there is nothing below to copy."""
    parts = value.values() if isinstance(value, dict) else value
    keys = value.keys() if isinstance(value, dict) else ()
    return {*map(type, parts), *map(type, keys)} <= ATOMIC
