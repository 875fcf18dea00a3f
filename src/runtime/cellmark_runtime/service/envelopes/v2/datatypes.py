"""Datatypes of tensors: what each holds, as JSON and as bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

from ....types.signature import Kind
from ...requests.body import BadBody

__all__ = ["DATATYPES", "OF_KIND", "packed", "unpacked"]

# By the letter that `struct` has for it; text has a length before it.
_LETTERS = {
    "BOOL": "?",
    "INT8": "b",
    "INT16": "h",
    "INT32": "i",
    "INT64": "q",
    "UINT8": "B",
    "UINT16": "H",
    "UINT32": "I",
    "UINT64": "Q",
    "FP16": "e",
    "FP32": "f",
    "FP64": "d",
}
DATATYPES = (*_LETTERS, "BYTES")
OF_KIND: dict[Kind, str] = {
    "number": "FP64",
    "integer": "INT64",
    "boolean": "BOOL",
    "string": "BYTES",
    "datetime": "BYTES",
}
_LENGTH = struct.Struct("<I")


def unpacked(name: str, datatype: str, count: int, raw: bytes) -> list[Any]:
    """The values of a tensor's bytes. NaN, which is all that numbers have for it, is missing.

    Raises: BadBody (400) where these are not `count` values of the datatype.
    """
    if datatype == "BYTES":
        values: list[Any] = list(_texts(name, raw))
    else:
        letter = _LETTERS[datatype]
        size = struct.calcsize(f"<{letter}")
        if len(raw) != size * count:
            raise _wrong(name, f"{len(raw)} bytes", f"{size * count}, for {count} of {datatype}")
        values = [
            None if value != value else value for value in struct.unpack(f"<{count}{letter}", raw)
        ]
    if len(values) != count:
        raise _wrong(name, f"{len(values)} texts", f"{count}, as its shape says")
    return values


def packed(datatype: str, values: Sequence[Any]) -> bytes | None:
    """The bytes of these values; None where the datatype has none for one of them."""
    try:
        if datatype == "BYTES":
            texts = [value.encode() for value in values]
            return b"".join(_LENGTH.pack(len(text)) + text for text in texts)
        if datatype == "FP64":
            values = [float("nan") if value is None else value for value in values]
        return struct.pack(f"<{len(values)}{_LETTERS[datatype]}", *values)
    except (AttributeError, OverflowError, struct.error):
        return None


def _texts(name: str, raw: bytes) -> Iterator[str]:
    at = 0
    while at < len(raw):
        if at + _LENGTH.size > len(raw):
            raise _wrong(name, "bytes that end within a length", "a length and a text for each")
        (length,) = _LENGTH.unpack_from(raw, at)
        at += _LENGTH.size
        text = raw[at : at + length]
        if len(text) < length:
            raise _wrong(name, "bytes that end within a text", f"{length} bytes for it")
        try:
            yield text.decode()
        except UnicodeDecodeError as problem:
            raise _wrong(name, "bytes that are no UTF-8", "text in UTF-8") from problem
        at += length


def _wrong(name: str, received: str, expected: str) -> BadBody:
    return BadBody(400, f"input {name[:80]!r}: received {received}", f"Send {expected}.")
