"""Digests: what is remembered of the variables that a cell leaves, at a price that is bounded."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from cellmark.core.value import Value

from .fingerprints import _array_digest, _digest, fingerprint, is_data, is_polars
from .values import plain

__all__ = ["LIMIT", "value_of", "values_of"]

# Cells of a table that are looked at for one notebook cell: some milliseconds.
LIMIT = 200_000
# An object costs as much as this many numbers.
_OBJECT = 8
_SHORT = 120
# Steps of the coarse grid, as a part of the largest number: 2**-31 is 4.7e-10.
_GRID = 2.0**-31


def values_of(
    names: Iterable[str], namespace: Mapping[str, Any], limit: int = LIMIT
) -> dict[str, Value]:
    """Name -> Value of plain values, frames and arrays; each object is looked at once."""
    found: dict[str, Value] = {}
    seen: set[int] = set()
    for name in names:
        value = namespace.get(name)
        if name not in namespace or name.startswith("_") or id(value) in seen:
            continue
        if is_data(value):
            seen.add(id(value))
            cost = _cost(value)
            found[name] = value_of(value) if cost <= limit else _unseen(value)
            limit -= min(cost, limit)
        elif (short := _plain_value(value)) is not None:
            found[name] = short
    return found


def value_of(value: Any) -> Value:
    """The Value of something for which `is_data` holds."""
    about = fingerprint(value)
    shape = " x ".join(map(str, about.shape))
    return Value(about.kind, shape, about.digest[:16], _near(value))


def _plain_value(value: Any) -> Value | None:
    is_plain, found = plain(value)
    if not is_plain or found is None:
        return None
    text = json.dumps(found, sort_keys=True)
    is_number = isinstance(found, int | float) and not isinstance(found, bool)
    if is_number and math.isfinite(found):
        return Value("number", text)
    if len(text) <= _SHORT:
        return Value("plain", text)
    return Value("plain", f"{type(value).__name__} of {len(found)}", _digest(text.encode())[:16])


def _cost(value: Any) -> int:
    """How many numbers a frame or an array takes as long as."""
    if is_polars(value):
        parts = list(value) if hasattr(value, "columns") else [value]
        return sum(len(each) * (1 if each.dtype.is_numeric() else _OBJECT) for each in parts)
    if not hasattr(value, "dtypes") or not hasattr(value, "columns"):
        return int(value.size) * (_OBJECT if _is_slow(value.dtype) else 1)
    return sum(len(value) * (_OBJECT if _is_slow(kind) else 1) for kind in value.dtypes)


def _is_slow(dtype: Any) -> bool:
    return getattr(dtype, "kind", "O") not in "biufcmM"


def _unseen(value: Any) -> Value:
    kind = "frame" if hasattr(value, "columns") else "array"
    return Value(kind, " x ".join(map(str, getattr(value, "shape", ()))))


def _near(value: Any) -> tuple[str, ...]:
    """Two digests in which numbers count on a grid, shifted by half a step; () without floats."""
    if is_polars(value):
        return ()
    parts = _parts(value)
    if not any(part.dtype.kind == "f" for part in parts):
        return ()
    columns = [
        [_on_grid(part, shift) if part.dtype.kind == "f" else _bytes(part) for part in parts]
        for shift in (0.0, 0.5)
    ]
    return tuple(_digest(b"|".join(each))[:16] for each in columns)


def _parts(value: Any) -> list[Any]:
    if not hasattr(value, "index"):
        return [value]
    if not hasattr(value, "columns"):
        return [value.to_numpy()]
    return [value.iloc[:, at].to_numpy() for at in range(value.shape[1])]


def _bytes(part: Any) -> bytes:
    return _array_digest(part).encode()


def _on_grid(part: Any, shift: float) -> bytes:
    numpy = sys.modules["numpy"]
    numbers = part.astype("float64", copy=False)
    finite = numpy.isfinite(numbers)
    largest = float(numpy.abs(numbers[finite]).max()) if finite.any() else 0.0
    if largest == 0.0:
        return bytes(finite.tobytes())
    step = math.ldexp(_GRID, math.frexp(largest)[1])
    with numpy.errstate(all="ignore"):
        # Zero is added so that -0.0 is 0.0.
        return bytes((numpy.floor(numbers / step + shift) + 0.0).tobytes())
