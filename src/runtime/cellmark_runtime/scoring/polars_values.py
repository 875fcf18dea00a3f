"""polars series, frames and dtypes as tagged JSON. Imported only when a value needs it."""

from __future__ import annotations

from typing import Any

import polars as pl

from .values import Json, decode_value, encode_value, not_encodable, tagged

__all__ = ["decode", "encode"]

_PLAIN = frozenset(
    {"Boolean", "Date", "Float32", "Float64", "Null", "String", "Time"}
    | {f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)}
)


def encode(value: object) -> Json:
    """The JSON form of a polars value. Raises: NotEncodable."""
    if isinstance(value, pl.Series):
        return _encode_series(value)
    if isinstance(value, pl.DataFrame):
        return tagged("polars.DataFrame", columns=[_encode_series(each) for each in value])
    kind = value if isinstance(value, type) else type(value)
    if issubclass(kind, pl.DataType):
        return _encode_dtype(value)
    raise not_encodable(value)


def decode(kind: str, encoded: dict[str, Any]) -> object:
    """The polars value behind its JSON form."""
    return _DECODERS[kind](encoded)


def _encode_dtype(dtype: Any) -> dict[str, Json]:
    # A class stands for a dtype without parameters, as authors write it: `pl.Float64`.
    name, bare = dtype.base_type().__name__, isinstance(dtype, type)
    if name in _PLAIN:
        return tagged("polars.DataType", name=name, bare=bare)
    if name == "Enum" and not bare:
        return tagged("polars.Enum", categories=dtype.categories.to_list())
    if name in ("Datetime", "Duration") and not bare:
        zone = getattr(dtype, "time_zone", None)
        return tagged("polars.Times", name=name, unit=dtype.time_unit, zone=zone)
    if name == "List" and not bare:
        return tagged("polars.List", inner=_encode_dtype(dtype.inner))
    # Categorical above all: its codes hang on what else the process has seen.
    raise not_encodable(dtype)


def _decode_times(encoded: dict[str, Any]) -> Any:
    zone = [] if encoded["name"] == "Duration" else [encoded["zone"]]
    return getattr(pl, encoded["name"])(encoded["unit"], *zone)


def _decode_plain(encoded: dict[str, Any]) -> Any:
    kind = getattr(pl, encoded["name"])
    return kind if encoded["bare"] else kind()


def _encode_series(series: pl.Series) -> dict[str, Json]:
    dtype = _encode_dtype(series.dtype)
    # Times travel as their integer counts, which are exact in every unit.
    values = series.to_physical() if series.dtype.is_temporal() else series
    return tagged(
        "polars.Series", name=series.name, dtype=dtype, data=encode_value(values.to_list())
    )


def _decode_series(encoded: dict[str, Any]) -> pl.Series:
    dtype: Any = decode_value(encoded["dtype"])
    data: Any = decode_value(encoded["data"])
    name: str = encoded["name"]
    if isinstance(dtype, pl.DataType) and dtype.is_temporal():
        counts = pl.Int32 if dtype == pl.Date else pl.Int64
        return pl.Series(name, data, dtype=counts).cast(dtype)
    return pl.Series(name, data, dtype=dtype)


_DECODERS: dict[str, Any] = {
    "polars.DataType": _decode_plain,
    "polars.Enum": lambda encoded: pl.Enum(encoded["categories"]),
    "polars.Times": _decode_times,
    "polars.List": lambda encoded: pl.List(decode_value(encoded["inner"])),  # type: ignore[arg-type]
    "polars.Series": _decode_series,
    "polars.DataFrame": lambda encoded: pl.DataFrame(
        [_decode_series(column) for column in encoded["columns"]]
    ),
}
