"""Fingerprints: compute the identity of a frame or array from all of its content.

Equal content gives equal digests in every process: strings count by their text, never by where
they lie. pandas and numpy are used only once the user's value shows that they are loaded.
"""

from __future__ import annotations

import json
import pickle
import re
import sys
from collections.abc import Iterable
from typing import Any

from cellmark.core.fingerprint import Column, Fingerprint

__all__ = ["fingerprint", "is_data", "is_polars"]

_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
_SIMPLE = (str, bytes, int, float, complex, bool, type(None))


def is_data(value: Any) -> bool:
    """Whether `value` is a frame, a series or an array that has a fingerprint."""
    pandas, numpy = sys.modules.get("pandas"), sys.modules.get("numpy")
    if pandas is not None and isinstance(value, pandas.DataFrame | pandas.Series):
        return True
    if is_polars(value):
        return True
    return numpy is not None and type(value) is numpy.ndarray and value.ndim > 0


def fingerprint(value: Any) -> Fingerprint:
    """The fingerprint of a value for which `is_data` holds."""
    if is_polars(value):
        return _of_polars(value)
    if not hasattr(value, "index"):
        return _of_array(value)
    if hasattr(value, "columns"):
        # By position: names may repeat.
        parts = [value.iloc[:, at] for at in range(value.shape[1])]
        columns = [_column(name, part) for name, part in zip(value.columns, parts, strict=True)]
        kind = "frame"
    else:
        columns, kind = [_column(value.name, value)], "series"
    index = _index_columns(value.index)
    return _assembled(kind, (len(value), len(columns)), columns, index)


def is_polars(value: Any) -> bool:
    """Whether `value` is a polars frame or series."""
    polars = sys.modules.get("polars")
    # A module that is just being imported has no such names yet.
    kinds = [getattr(polars, name, None) for name in ("DataFrame", "Series")]
    return any(kind is not None and isinstance(value, kind) for kind in kinds)


def _of_polars(value: Any) -> Fingerprint:
    parts = list(value) if hasattr(value, "columns") else [value]
    columns = [Column(part.name, str(part.dtype), _polars_digest(part)) for part in parts]
    kind = "frame" if hasattr(value, "columns") else "series"
    return _assembled(kind, (len(value), len(columns)), columns, [])


def _polars_digest(series: Any) -> str:
    if series.dtype.is_temporal():
        series = series.to_physical()
    if not series.dtype.is_numeric() or series.dtype.is_decimal():
        return _objects_digest(series.to_list())
    missing = _array_digest(series.is_null().to_numpy())
    return _digest((_array_digest(series.fill_null(0).to_numpy()) + missing).encode())


def _of_array(array: Any) -> Fingerprint:
    column = Column(name="", dtype=str(array.dtype), digest=_array_digest(array))
    return _assembled("array", array.shape, [column], [])


def _assembled(
    kind: str, shape: tuple[int, ...], columns: list[Column], index: list[Column]
) -> Fingerprint:
    described = [[c.name, c.dtype, c.digest] for c in (*index, *columns)]
    digest = _digest(json.dumps([kind, shape, len(index), described]).encode())
    return Fingerprint(digest=digest, kind=kind, shape=shape, columns=tuple(columns))


def _column(name: Any, series: Any) -> Column:
    label = name if isinstance(name, str) else repr(name)
    return Column(name=label, dtype=_dtype(series.dtype), digest=_series_digest(series))


def _dtype(dtype: Any) -> str:
    if hasattr(dtype, "categories") and hasattr(dtype, "ordered"):
        return f"category[{'ordered' if dtype.ordered else 'unordered'}]"
    return str(dtype)


def _index_columns(index: Any) -> list[Column]:
    if hasattr(index, "start") and hasattr(index, "step"):
        span = f"{index.start}:{index.stop}:{index.step}"
        return [Column(name=repr(index.name), dtype="range", digest=_digest(span.encode()))]
    levels = [index.get_level_values(level).to_series() for level in range(index.nlevels)]
    return [_column(repr(s.name), s) for s in levels]


def _series_digest(series: Any) -> str:
    dtype = series.dtype
    if hasattr(dtype, "categories") and hasattr(dtype, "ordered"):
        codes = _array_digest(series.cat.codes.to_numpy())
        return _digest((codes + _series_digest(series.cat.categories.to_series())).encode())
    if hasattr(dtype, "tz"):
        return _array_digest(series.dt.tz_convert("UTC").dt.tz_localize(None).to_numpy())
    if type(dtype).__name__ == "PeriodDtype":
        return _array_digest(series.astype("int64").to_numpy())
    if hasattr(dtype, "numpy_dtype") and dtype.kind in "iufb":
        # Masked arrays keep arbitrary bytes under the mask.
        missing = series.isna().to_numpy()
        values = series.to_numpy(dtype=dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(0))
        return _digest((_array_digest(values) + _array_digest(missing)).encode())
    if type(dtype).__module__.startswith("numpy"):
        return _array_digest(series.to_numpy())
    if _is_text(series):
        return _text_digest(series)
    return _objects_digest(series.astype(object).to_numpy())


def _is_text(series: Any) -> bool:
    return bool(sys.modules["pandas"].api.types.infer_dtype(series, skipna=True) == "string")


def _text_digest(series: Any) -> str:
    """Digest of strings by way of the distinct ones: most columns of text repeat themselves."""
    codes, distinct = series.factorize()
    return _digest((_array_digest(codes) + _objects_digest(distinct)).encode())


def _array_digest(array: Any) -> str:
    if array.dtype.hasobject:
        return _objects_digest(array.ravel())
    if not array.flags.c_contiguous:
        array = array.copy(order="C")
    return _digest(array.view("uint8") if array.size and array.ndim else b"")


def _objects_digest(values: Iterable[Any]) -> str:
    """Digest of Python objects: each one's length and content, so that borders count too."""
    parts = [_content(value) for value in values]
    lengths = ",".join(map(str, map(len, parts)))
    return _digest(lengths.encode() + b"\0" + b"".join(parts))


def _content(value: Any) -> bytes:
    if type(value) is str:
        return b"s" + value.encode("utf-8", "surrogatepass")
    if isinstance(value, _SIMPLE):
        return f"{type(value).__name__}:{value!r}".encode()
    try:
        return b"p" + pickle.dumps(value, protocol=5)
    except Exception:  # noqa: BLE001
        # Any class may refuse. Its text is a worse identity than its content, but never a crash;
        # where it lies in memory is none.
        text = _ADDRESS.sub("", str(value))
        return f"{type(value).__qualname__}:{text}".encode("utf-8", "surrogatepass")


def _digest(content: Any) -> str:
    import xxhash

    return xxhash.xxh3_128_hexdigest(content)
