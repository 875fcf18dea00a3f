"""Digests of arrays at the speed of memory: equal where the content is the same."""

from __future__ import annotations

import ctypes
import datetime
import decimal
import marshal
import weakref
from collections.abc import Callable, Hashable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import xxhash

__all__ = ["Objects", "columns_of", "digest_of", "of_bytes", "of_index", "of_text", "pieces_of"]

_CHUNK = 65_536
_MASKED = (pd.arrays.IntegerArray, pd.arrays.FloatingArray, pd.arrays.BooleanArray)
_TIMES = (pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray, pd.arrays.PeriodArray)
_ARROW = tuple(
    getattr(pd.arrays, name)
    for name in ("ArrowExtensionArray", "ArrowStringArray")
    if hasattr(pd.arrays, name)
)
_IMMUTABLE = (
    str,
    bytes,
    int,
    float,
    complex,
    type(None),
    type(pd.NA),
    type(pd.NaT),
    decimal.Decimal,
    datetime.date,
    datetime.time,
    datetime.timedelta,
    np.generic,
    pd.Period,
    pd.Interval,
)

_Array = np.ndarray[Any, Any]
# What stands for an element that is no plain data.
Element = Callable[[Any], Hashable]


def digest_of(array: Any, element: Element) -> Hashable:
    """Digest of an array of numpy or pandas; of what objects hold, `element` is asked."""
    if isinstance(array, np.ndarray):
        return _of_numpy(array, element)
    pieces = pieces_of(array)
    if pieces is None:
        hashes = pd.util.hash_pandas_object(pd.Series(array, copy=False), index=False)
        return str(array.dtype), of_bytes(hashes.to_numpy())
    return (
        str(array.dtype),
        len(array),
        *(_of_piece(piece, element) for piece in pieces),
    )


def of_index(index: pd.Index, element: Element) -> Hashable:
    """Digest of row or category labels."""
    if isinstance(index, pd.RangeIndex):
        return index.start, index.stop, index.step
    if isinstance(index, pd.MultiIndex):
        codes = tuple(of_bytes(np.asarray(part)) for part in index.codes)
        return codes, tuple(of_index(level, element) for level in index.levels)
    return digest_of(index.array, element)


def columns_of(frame: pd.DataFrame, element: Element) -> Iterator[tuple[int, Hashable]]:
    """Position and digest of each column."""
    # By the blocks in which pandas keeps columns of a type together: a thousand columns taken one
    # by one cost more than their digests.
    blocks = getattr(frame._mgr, "blocks", None)  # noqa: SLF001 - there is no public way
    if blocks is None:
        for at in range(frame.shape[1]):
            yield at, digest_of(frame.iloc[:, at].array, element)
        return
    for block in blocks:
        values, places = block.values, block.mgr_locs.as_array.tolist()
        if isinstance(values, np.ndarray) and values.ndim == 2:
            yield from zip(places, _of_rows(values, element), strict=True)
        else:
            yield places[0], digest_of(values, element)


def of_bytes(values: _Array) -> int:
    """Digest of the bytes of an array without objects."""
    if values.dtype.hasobject:
        raise TypeError(values.dtype)
    if values.size == 0:
        return 0
    if values.flags.f_contiguous:
        values = values.T
    if values.flags.c_contiguous:
        return xxhash.xxh3_128_intdigest(_raw(values).data)
    state = xxhash.xxh3_128()
    for start in range(0, len(values), _CHUNK):
        state.update(_raw(np.ascontiguousarray(values[start : start + _CHUNK])).data)
    return state.intdigest()


def of_text(text: str) -> int:
    return xxhash.xxh3_128_intdigest(text.encode(errors="backslashreplace"))


def pieces_of(array: Any) -> tuple[Any, ...] | None:
    """What an extension array is made of: arrays, labels, buffers, numbers; None if not known."""
    if isinstance(array, pd.arrays.NumpyExtensionArray):
        # `StringArray` is one, too.
        return (np.asarray(array),)
    if isinstance(array, _TIMES):
        return (array.asi8,)
    if isinstance(array, pd.Categorical):
        return (array.codes, array.categories)
    if isinstance(array, _MASKED):
        return (array._data, array._mask)  # noqa: SLF001 - to_numpy copies
    if isinstance(array, _ARROW):
        return _arrow_pieces(array)
    return None


def _arrow_pieces(array: Any) -> tuple[Any, ...] | None:
    chunks = array.__arrow_array__().chunks
    if any("dictionary" in str(chunk.type) for chunk in chunks):
        return None
    return tuple(
        part
        for chunk in chunks
        for part in ((chunk.offset, len(chunk)), *chunk.buffers())
        if part is not None
    )


def _of_piece(piece: Any, element: Element) -> Hashable:
    if isinstance(piece, np.ndarray):
        return _of_numpy(piece, element)
    if isinstance(piece, pd.Index):
        return of_index(piece, element)
    return piece if isinstance(piece, tuple) else xxhash.xxh3_128_intdigest(piece)


def _of_numpy(values: _Array, element: Element) -> Hashable:
    kind, shape = values.dtype.str, values.shape
    if values.dtype == object:
        return kind, shape, _of_objects(values, element)
    return kind, shape, of_bytes(values)


def _of_rows(values: _Array, element: Element) -> Iterator[Hashable]:
    """Digests of the rows of a block: each is a column of the frame."""
    kind = values.dtype.str
    if values.dtype == object:
        return ((kind, _of_objects(row, element)) for row in values)
    if values.size == 0 or values.flags.c_contiguous:
        raw = _raw(values) if values.size else values
        return ((kind, xxhash.xxh3_128_intdigest(row) if values.size else 0) for row in raw)
    return ((kind, digest) for digest in _of_strided_rows(values))


def _of_strided_rows(values: _Array) -> list[int]:
    """The same where rows are not in one piece: a part of all of them at a time."""
    states = [xxhash.xxh3_128() for _ in values]
    for start in range(0, values.shape[1], _CHUNK):
        part = _raw(np.ascontiguousarray(values[:, start : start + _CHUNK]))
        for state, row in zip(states, part, strict=True):
            state.update(row)
    return [state.intdigest() for state in states]


def _raw(values: _Array) -> _Array:
    """Bytes of a contiguous array, its first axis kept."""
    return np.atleast_1d(values).view(np.uint8)


# -- objects


class Objects:
    """Which objects an array holds. It keeps them, so that no other gets the place of one.

    `plain` says that none of them can change.
    """

    __slots__ = ("__weakref__", "_kept", "digest", "plain")

    def __init__(self, digest: int, values: _Array) -> None:
        self.digest = digest
        self._kept = values.copy()
        self.plain = all(issubclass(kind, _IMMUTABLE) for kind in set(map(type, values.flat)))

    @staticmethod
    def of(values: _Array) -> Objects:
        """The objects of an array of such; arrays that hold the same ones share them."""
        values = np.ascontiguousarray(values)
        pointers = (ctypes.c_char * values.nbytes).from_address(values.ctypes.data)
        digest = xxhash.xxh3_128_intdigest(pointers)
        known = _known_objects.get(digest)
        if known is None:
            known = _known_objects[digest] = Objects(digest, values)
        return known

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Objects) and other.digest == self.digest

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Objects({self.digest})"


_known_objects: weakref.WeakValueDictionary[int, Objects] = weakref.WeakValueDictionary()


def _of_objects(values: _Array, element: Element) -> Hashable:
    objects = Objects.of(values)
    if objects.plain:
        return objects
    state = xxhash.xxh3_128()
    flat = values.ravel()
    for start in range(0, flat.size, _CHUNK):
        items = flat[start : start + _CHUNK].tolist()
        try:
            state.update(marshal.dumps(items, 2))
        except ValueError:  # not plain data throughout
            state.update(repr([element(item) for item in items]).encode())
    return objects, state.intdigest()
