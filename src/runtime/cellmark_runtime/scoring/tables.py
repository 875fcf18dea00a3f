"""pandas values as tagged JSON. Imported only when a value needs it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from .values import Json, decode_value, encode_value, not_encodable, tagged

__all__ = ["decode", "encode"]


def encode(value: object) -> Json:
    """The JSON form of a pandas value. Raises: NotEncodable."""
    if value is pd.NaT or value is pd.NA:
        return tagged("pandas.NaT" if value is pd.NaT else "pandas.NA")
    encoder = _ENCODERS.get(type(value))
    if encoder is not None:
        return encoder(value)
    # Every other index (text, numbers, dates, categories) is its array and its name.
    if isinstance(value, pd.Index):
        return _encode_index(value)
    if isinstance(value, pd.api.extensions.ExtensionDtype):
        return _encode_dtype(value)
    raise not_encodable(value)


def decode(kind: str, encoded: dict[str, Any]) -> object:
    """The pandas value behind its JSON form."""
    parts = {key: decode_value(item) for key, item in encoded.items()}
    return _DECODERS[kind](parts)


def _encode_time(value: Any) -> Json:
    kind = f"pandas.{type(value).__name__}"
    zone = getattr(value, "tzinfo", None)
    count = int(np.asarray(value.asm8).view("i8"))
    return tagged(kind, count=count, unit=value.unit, zone=_encode_zone(zone))


def _encode_zone(zone: Any) -> str | None:
    if zone is None:
        return None
    text = str(zone)
    if str(pd.Timestamp(0, tz=text).tzinfo) != text:
        raise not_encodable(zone)
    return text


def _decode_timestamp(parts: dict[str, Any]) -> pd.Timestamp:
    moment = pd.Timestamp(np.datetime64(parts["count"], parts["unit"]))
    return moment if parts["zone"] is None else moment.tz_localize("UTC").tz_convert(parts["zone"])


def _encode_dtype(dtype: Any) -> Json:
    if isinstance(dtype, np.dtype):
        return encode_value(dtype)
    if isinstance(dtype, pd.CategoricalDtype):
        categories = None if dtype.categories is None else encode(dtype.categories)
        return tagged("pandas.CategoricalDtype", categories=categories, ordered=dtype.ordered)
    if isinstance(dtype, pd.StringDtype):
        missing = "NA" if getattr(dtype, "na_value", pd.NA) is pd.NA else "nan"
        return tagged("pandas.StringDtype", storage=dtype.storage, missing=missing)
    if isinstance(dtype, pd.DatetimeTZDtype):
        return tagged("pandas.DatetimeTZDtype", unit=dtype.unit, zone=_encode_zone(dtype.tz))
    if dtype.name in _MASKED:
        return tagged("pandas.MaskedDtype", name=dtype.name)
    raise not_encodable(dtype)


_MASKED = {"boolean", "Float32", "Float64"} | {
    f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64)
}


def _decode_string_dtype(parts: dict[str, Any]) -> pd.StringDtype:
    # pandas before 2.3 knows only the pd.NA flavour, and no such argument.
    if parts["missing"] == "NA":
        return pd.StringDtype(parts["storage"])
    return pd.StringDtype(parts["storage"], na_value=np.nan)


def _encode_array(array: Any) -> dict[str, Json]:
    """The parts `dtype` and `data` of an index's or a column's values."""
    # Exactly this type: text arrays are subclasses of it.
    if type(array) is pd.arrays.NumpyExtensionArray:
        array = array.to_numpy()
    if isinstance(array, np.ndarray):
        return {"dtype": None, "data": encode_value(array)}
    if isinstance(array, (pd.arrays.DatetimeArray, pd.arrays.TimedeltaArray)):
        return {"dtype": _encode_dtype(array.dtype), "data": encode_value(array.asi8)}
    if isinstance(array, pd.Categorical):
        return {"dtype": _encode_dtype(array.dtype), "data": encode_value(array.codes)}
    if isinstance(array, pd.arrays.IntervalArray):
        sides = [encode_value(np.asarray(side)) for side in (array.left, array.right)]
        return {"dtype": tagged("pandas.Closed", closed=array.closed), "data": sides}
    return {"dtype": _encode_dtype(array.dtype), "data": _encode_missing_as_null(array)}


def _encode_missing_as_null(array: Any) -> Json:
    missing = array.isna()
    return encode_value([None if gone else item for item, gone in zip(array, missing, strict=True)])


def _decode_array(dtype: Any, data: Any) -> Any:
    if dtype is None:
        return data
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(data, dtype=dtype)
    if isinstance(dtype, str):
        return pd.arrays.IntervalArray.from_arrays(*data, closed=dtype)
    if isinstance(dtype, np.dtype):
        return pd.array(data.view(dtype), dtype=dtype)
    if isinstance(dtype, pd.DatetimeTZDtype):
        moments = pd.DatetimeIndex(data.view(f"M8[{dtype.unit}]"), tz="UTC")
        return moments.tz_convert(dtype.tz).array
    return pd.array(data, dtype=dtype)


def _encode_index(index: Any) -> Json:
    parts = _encode_array(index.array)
    frequency = getattr(index, "freqstr", None)
    return tagged("pandas.Index", name=encode_value(index.name), freq=frequency, **parts)


def _decode_index(parts: dict[str, Any]) -> Any:
    array = _decode_array(parts["dtype"], parts["data"])
    # Without copying the dtype pandas would infer one, and turn object into text.
    index = pd.Index(array, dtype=array.dtype, name=parts["name"])
    if parts["freq"] is not None:
        index.freq = parts["freq"]
    return index


def _encode_range(index: pd.RangeIndex) -> Json:
    bounds: list[Json] = [index.start, index.stop, index.step]
    return tagged("pandas.RangeIndex", bounds=bounds, name=encode_value(index.name))


def _encode_multi(index: pd.MultiIndex) -> Json:
    levels = [encode(level) for level in index.levels]
    codes = [encode_value(np.asarray(code)) for code in index.codes]
    return tagged(
        "pandas.MultiIndex", levels=levels, codes=codes, names=encode_value(list(index.names))
    )


def _encode_series(series: Any) -> Json:
    parts = _encode_array(series.array)
    return tagged(
        "pandas.Series", index=encode(series.index), name=encode_value(series.name), **parts
    )


def _decode_series(parts: dict[str, Any]) -> Any:
    array = _decode_array(parts["dtype"], parts["data"])
    return pd.Series(array, index=parts["index"], name=parts["name"], dtype=array.dtype)


def _encode_frame(frame: Any) -> Json:
    # By position: names may repeat. The rows' labels are kept once, with the frame.
    numbered = frame.reset_index(drop=True)
    data: list[Json] = [_encode_series(numbered.iloc[:, at]) for at in range(frame.shape[1])]
    return tagged(
        "pandas.DataFrame", columns=encode(frame.columns), index=encode(frame.index), data=data
    )


def _decode_frame(parts: dict[str, Any]) -> Any:
    index = parts["index"]
    # As series: of a bare array of objects pandas would infer a type.
    columns = {place: series.set_axis(index) for place, series in enumerate(parts["data"])}
    frame = pd.DataFrame(columns, index=index)
    frame.columns = parts["columns"]
    return frame


_ENCODERS: dict[type, Callable[[Any], Json]] = {
    pd.Timestamp: _encode_time,
    pd.Timedelta: _encode_time,
    pd.Interval: lambda value: tagged(
        "pandas.Interval",
        left=encode_value(value.left),
        right=encode_value(value.right),
        closed=value.closed,
    ),
    pd.RangeIndex: _encode_range,
    pd.MultiIndex: _encode_multi,
    pd.Series: _encode_series,
    pd.DataFrame: _encode_frame,
    pd.Categorical: lambda value: tagged("pandas.Categorical", **_encode_array(value)),
}
_DECODERS: dict[str, Callable[[dict[str, Any]], object]] = {
    "pandas.NaT": lambda _: pd.NaT,
    "pandas.NA": lambda _: pd.NA,
    "pandas.Timestamp": _decode_timestamp,
    "pandas.Timedelta": lambda parts: pd.Timedelta(np.timedelta64(parts["count"], parts["unit"])),
    "pandas.Interval": lambda parts: pd.Interval(parts["left"], parts["right"], parts["closed"]),
    "pandas.Closed": lambda parts: parts["closed"],
    "pandas.CategoricalDtype": lambda parts: pd.CategoricalDtype(
        parts["categories"], parts["ordered"]
    ),
    "pandas.StringDtype": _decode_string_dtype,
    "pandas.DatetimeTZDtype": lambda parts: pd.DatetimeTZDtype(parts["unit"], parts["zone"]),
    "pandas.MaskedDtype": lambda parts: pd.api.types.pandas_dtype(parts["name"]),
    "pandas.Index": _decode_index,
    "pandas.RangeIndex": lambda parts: pd.RangeIndex(*parts["bounds"], name=parts["name"]),
    "pandas.MultiIndex": lambda parts: pd.MultiIndex(
        parts["levels"], parts["codes"], names=parts["names"], verify_integrity=False
    ),
    "pandas.Series": _decode_series,
    "pandas.DataFrame": _decode_frame,
    "pandas.Categorical": lambda parts: _decode_array(parts["dtype"], parts["data"]),
}
