"""Plain values as tagged JSON that comes back exactly: same type, same dtype, same bits."""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
from collections.abc import Callable, Iterable
from importlib import import_module

from ..errors import CellmarkError
from .beside import column_at, keep_column

__all__ = ["TAG", "Json", "NotEncodable", "decode_value", "encode_value", "tagged"]

Json = str | int | float | bool | list["Json"] | dict[str, "Json"] | None

# A JSON object with this key stands for a value that JSON has no word for.
TAG = "$type"
_LIBRARIES = {"numpy": ".arrays", "pandas": ".tables", "polars": ".polars_values"}


class NotEncodable(CellmarkError):
    """A value that has no exact JSON form here; another format may keep it."""


def encode_value(value: object) -> Json:
    """The JSON form of a value, decoded by `decode_value` to exactly the same value.

    Covers Python's own plain values and containers, numpy scalars and arrays, pandas indexes,
    series, frames, dtypes and time values, and polars series, frames and dtypes. Subclasses are not
    taken for their base.
    Raises: NotEncodable for anything else.
    """
    kind = type(value)
    if value is None or kind in (str, bool):
        return value  # type: ignore[return-value]
    encoder = _ENCODERS.get(kind)
    if encoder is not None:
        return encoder(value)
    # pandas.NaT and its kin live in C modules (pandas._libs...), so the root decides.
    library = _LIBRARIES.get(kind.__module__.partition(".")[0])
    if library is None:
        raise not_encodable(value)
    encoded: Json = import_module(library, __package__).encode(value)
    return encoded


def decode_value(encoded: Json) -> object:
    """The value behind its JSON form. Runs no code that the JSON names.

    Raises: NotEncodable if a tag is not one of ours.
    """
    if isinstance(encoded, list):
        return [decode_value(item) for item in encoded]
    if not isinstance(encoded, dict):
        return encoded
    if TAG not in encoded:
        return {key: decode_value(item) for key, item in encoded.items()}
    return _decode_tagged(str(encoded[TAG]), encoded)


def tagged(kind: str, **parts: Json) -> dict[str, Json]:
    """The JSON object that stands for a value of this kind."""
    return {TAG: kind, **parts}


def not_encodable(value: object) -> NotEncodable:
    kind = type(value)
    return NotEncodable(f"value of type {kind.__module__}.{kind.__qualname__}", "has no JSON form")


def _decode_tagged(kind: str, encoded: dict[str, Json]) -> object:
    decoder = _DECODERS.get(kind)
    if decoder is not None:
        return decoder(encoded)
    library = _LIBRARIES.get(kind.partition(".")[0])
    if library is None:
        raise NotEncodable("frozen value", f"unknown tag {kind!r}", "a tag that Cellmark writes")
    return import_module(library, __package__).decode(kind, encoded)


def _encode_int(value: int) -> Json:
    # Python refuses to print integers of over 4300 digits, and no reader could use them.
    if value.bit_length() > 10_000:
        raise not_encodable(value)
    return value


def _encode_float(value: float) -> Json:
    if math.isfinite(value):
        return value
    # Bits, not a word: a NaN has a sign and a payload.
    return tagged("float", bits=struct.pack(">d", value).hex())


def _encode_list(value: list[object]) -> Json:
    parts = keep_column(value)
    if parts is not None:
        return tagged("column", **parts)
    return [encode_value(item) for item in value]


def _encode_dict(value: dict[object, object]) -> Json:
    if all(type(key) is str for key in value) and TAG not in value:
        return {str(key): encode_value(item) for key, item in value.items()}
    pairs: list[Json] = [[encode_value(key), encode_value(item)] for key, item in value.items()]
    return tagged("dict", items=pairs)


def _encode_set(value: Iterable[object]) -> Json:
    # Sorted by text: a set's own order changes from process to process.
    return tagged(type(value).__name__, items=sorted(map(encode_value, value), key=json.dumps))


def _encode_datetime(value: dt.datetime) -> Json:
    # Other zones keep rules outside the value; only UTC means the same everywhere.
    if value.tzinfo not in (None, dt.UTC) or value.fold:
        raise not_encodable(value)
    return tagged("datetime", iso=value.isoformat())


def _encode_timedelta(value: dt.timedelta) -> Json:
    parts: list[Json] = [value.days, value.seconds, value.microseconds]
    return tagged("timedelta", parts=parts)


def _items(encoded: dict[str, Json]) -> list[object]:
    return [decode_value(item) for item in encoded["items"]]  # type: ignore[union-attr]


def _decode_dict(encoded: dict[str, Json]) -> object:
    pairs: list[list[Json]] = encoded["items"]  # type: ignore[assignment]
    return {decode_value(key): decode_value(item) for key, item in pairs}


_ENCODERS: dict[type, Callable[..., Json]] = {
    int: _encode_int,
    float: _encode_float,
    list: lambda value: _encode_list(value),
    dict: _encode_dict,
    tuple: lambda value: tagged("tuple", items=[encode_value(item) for item in value]),
    set: _encode_set,
    frozenset: _encode_set,
    bytes: lambda value: tagged("bytes", hex=value.hex()),
    dt.date: lambda value: tagged("date", iso=value.isoformat()),
    dt.datetime: _encode_datetime,
    dt.timedelta: _encode_timedelta,
}
_DECODERS: dict[str, Callable[..., object]] = {
    "float": lambda encoded: struct.unpack(">d", bytes.fromhex(encoded["bits"]))[0],
    "dict": _decode_dict,
    "column": lambda encoded: column_at({k: v for k, v in encoded.items() if k != TAG}),
    "tuple": lambda encoded: tuple(_items(encoded)),
    "set": lambda encoded: set(_items(encoded)),
    "frozenset": lambda encoded: frozenset(_items(encoded)),
    "bytes": lambda encoded: bytes.fromhex(encoded["hex"]),
    "date": lambda encoded: dt.date.fromisoformat(encoded["iso"]),
    "datetime": lambda encoded: dt.datetime.fromisoformat(encoded["iso"]),
    "timedelta": lambda encoded: dt.timedelta(*encoded["parts"]),
}
