"""numpy scalars, dtypes and arrays as tagged JSON. Imported only when a value needs it."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from .beside import array_at, keep_array
from .values import Json, decode_value, encode_value, not_encodable, tagged

__all__ = ["decode", "encode"]

# Kinds whose `.tolist()` and back is exact; times travel as their integer counts.
_PLAIN = "biufU"
_TIMES = "mM"
_WIDEST_FLOAT = 8


def encode(value: object) -> Json:
    """The JSON form of a numpy scalar, dtype or array. Raises: NotEncodable."""
    if isinstance(value, np.dtype):
        return tagged("numpy.dtype", dtype=_dtype_text(value))
    if isinstance(value, np.generic):
        array = np.asarray(value)
        return tagged("numpy.scalar", dtype=_dtype_text(array.dtype), data=_encode_items(array)[0])
    if type(value) is np.ndarray:
        return _encode_array(value)
    raise not_encodable(value)


def decode(kind: str, encoded: dict[str, Any]) -> object:
    """The numpy value behind its JSON form."""
    if kind == "numpy.beside":
        return array_at(encoded["name"])
    dtype = np.dtype(encoded["dtype"])
    if kind == "numpy.dtype":
        return dtype
    if kind == "numpy.scalar":
        return _decode_items([encoded["data"]], dtype)[0]
    order = encoded["order"]
    return _decode_items(encoded["data"], dtype).reshape(encoded["shape"], order=order)


def _encode_array(array: np.ndarray[Any, Any]) -> Json:
    dtype = _dtype_text(array.dtype)
    name = keep_array(array)
    if name is not None:
        return tagged("numpy.beside", name=name)
    # Memory order is kept: BLAS sums differ in their last bits between the two.
    fortran = array.flags.f_contiguous and not array.flags.c_contiguous
    order: Literal["F", "C"] = "F" if fortran else "C"
    return tagged(
        "numpy.ndarray",
        dtype=dtype,
        shape=list(array.shape),
        order=order,
        data=_encode_items(array.ravel(order=order)),
    )


def _dtype_text(dtype: np.dtype[Any]) -> str:
    too_wide = dtype.kind == "f" and dtype.itemsize > _WIDEST_FLOAT
    if dtype.kind not in _PLAIN + _TIMES + "O" or too_wide or dtype.metadata:
        raise not_encodable(dtype)
    return "O" if dtype.kind == "O" else dtype.str


def _encode_items(array: np.ndarray[Any, Any]) -> Any:
    flat = array.reshape(-1)
    if flat.dtype.kind == "O":
        return encode_value([*flat])
    if flat.dtype.kind in _TIMES:
        flat = flat.astype(flat.dtype.newbyteorder("=")).view("i8")
    if flat.dtype.kind == "f":
        return [_encode_real(flat[place : place + 1]) for place in range(len(flat))]
    items: list[Json] = flat.tolist()
    return items


def _encode_real(single: np.ndarray[Any, Any]) -> Json:
    # NaN keeps its own bits: widening a narrow NaN to a double may change its payload.
    number = float(single[0])
    return (
        tagged("bits", hex=single.tobytes().hex()) if math.isnan(number) else encode_value(number)
    )


def _decode_items(data: list[Json], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    if dtype.kind == "O":
        # Long columns stand beside the JSON, under names.
        decoded: Any = decode_value(data)
        items = np.empty(len(decoded), dtype=object)
        items[:] = decoded
        return items
    if dtype.kind in _TIMES:
        return np.array(data, dtype="i8").view(dtype.newbyteorder("=")).astype(dtype)
    if dtype.kind == "f":
        return _decode_reals(data, dtype)
    return np.array(data, dtype=dtype)


def _decode_reals(data: list[Json], dtype: np.dtype[Any]) -> np.ndarray[Any, Any]:
    reals = np.zeros(len(data), dtype=dtype)
    for position, item in enumerate(data):
        if isinstance(item, dict) and "hex" in item:
            reals[position : position + 1] = np.frombuffer(bytes.fromhex(str(item["hex"])), dtype)
        else:
            reals[position] = decode_value(item)
    return reals
