"""Universal Binary JSON, as xgboost writes it: https://ubjson.org. Numbers are big-endian."""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any

import numpy as np

__all__ = ["decode"]

_DTYPES = {
    b"i": ">i1",
    b"U": ">u1",
    b"I": ">i2",
    b"l": ">i4",
    b"L": ">i8",
    b"d": ">f4",
    b"D": ">f8",
}
_DEEPEST = 50


def decode(data: bytes) -> Any:
    """The value in `data`; arrays of one type of number come as numpy arrays.

    Raises: ValueError if `data` is anything but one whole value.
    """
    reader = _Reader(data)
    try:
        value = reader.value(reader.take(1))
    except (struct.error, UnicodeDecodeError) as problem:
        raise ValueError(str(problem)) from problem
    if reader.place != len(data):
        raise ValueError(f"{len(data) - reader.place} bytes too many")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0
        self._depth = 0
        self._containers: dict[bytes, Callable[[], Any]] = {b"{": self._object, b"[": self._array}
        self._words: dict[bytes, Any] = {b"T": True, b"F": False, b"Z": None}

    def take(self, count: int) -> bytes:
        if count < 0 or self.place + count > len(self.data):
            raise ValueError(f"it ends in the middle, at byte {len(self.data)}")
        self.place += count
        return self.data[self.place - count : self.place]

    def value(self, marker: bytes) -> Any:
        if marker in self._words:
            return self._words[marker]
        if marker in _DTYPES:
            return self._number(marker)
        if marker in (b"S", b"C"):
            return self.take(1 if marker == b"C" else self._length()).decode()
        if marker not in self._containers or self._depth == _DEEPEST:
            raise ValueError(f"unknown marker {marker!r} at byte {self.place - 1}")
        self._depth += 1
        found = self._containers[marker]()
        self._depth -= 1
        return found

    def _number(self, marker: bytes) -> int | float:
        dtype = np.dtype(_DTYPES[marker])
        number: int | float = np.frombuffer(self.take(dtype.itemsize), dtype)[0].item()
        return number

    def _length(self) -> int:
        marker = self.take(1)
        if marker not in _DTYPES or _DTYPES[marker][1] == "f":
            raise ValueError(f"a length of type {marker!r} at byte {self.place - 1}")
        return int(self._number(marker))

    def _object(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while self.data[self.place : self.place + 1] != b"}":
            key = self.take(self._length()).decode()
            found[key] = self.value(self.take(1))
        self.place += 1
        return found

    def _array(self) -> Any:
        marker = self.data[self.place : self.place + 1]
        if marker == b"$":
            return self._typed()
        if marker == b"#":
            self.place += 1
            return [self.value(self.take(1)) for _ in range(self._length())]
        found = []
        while self.data[self.place : self.place + 1] != b"]":
            found.append(self.value(self.take(1)))
        self.place += 1
        return found

    def _typed(self) -> Any:
        _, marker, counted = self.take(1), self.take(1), self.take(1)
        if counted != b"#" or marker not in _DTYPES:
            raise ValueError(f"an array of type {marker!r} at byte {self.place - 1}")
        dtype = np.dtype(_DTYPES[marker])
        values = np.frombuffer(self.take(self._length() * dtype.itemsize), dtype)
        return values.astype(dtype.newbyteorder("="))
