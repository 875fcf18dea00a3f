"""Fitted estimators of two Runs, compared by what they learnt and not by how long it took."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from cellmark.core.difference import Severity

__all__ = ["apart"]

_DEPTH = 12


def apart(before: bytes, after: bytes, tolerance: float) -> tuple[Severity, str]:
    """How two estimators (joblib) differ whose bytes do, and the part that does.

    They come from the project's own store, whose content is loaded by the project that wrote it.
    """
    import joblib

    try:
        one, other = (joblib.load(io.BytesIO(content)) for content in (before, after))
    except Exception as fault:  # noqa: BLE001
        # Other versions of a library may refuse what the Run's version wrote.
        return "real", f"can't be read with the packages of now: {type(fault).__name__}"
    worst: tuple[Severity, str] = ("cosmetic", "how long it took, or how it lay in memory")
    for part, severity in _parts(one, other, tolerance, "", _DEPTH):
        if severity == "real":
            return severity, part
        worst = (severity, part)
    return worst


def _parts(
    one: Any, other: Any, tolerance: float, name: str, depth: int
) -> Iterator[tuple[str, Severity]]:
    """The parts that differ; what only tells a time is passed over."""
    if "time" in name.rpartition(".")[2] or not depth:
        return
    if type(one) is not type(other):
        yield name, "real"
    elif isinstance(one, np.ndarray | np.generic | float):
        yield from _numbers(np.asarray(one), np.asarray(other), tolerance, name, depth)
    elif isinstance(one, str | bytes | int):
        if one != other:
            yield name, "real"
    else:
        yield from _inside(_members(one), _members(other), tolerance, name, depth - 1)


def _inside(
    one: dict[Any, Any], other: dict[Any, Any], tolerance: float, name: str, depth: int
) -> Iterator[tuple[str, Severity]]:
    if one.keys() != other.keys():
        yield name, "real"
        return
    for key in one:
        yield from _parts(one[key], other[key], tolerance, f"{name}.{key}", depth)


def _members(value: Any) -> dict[Any, Any]:
    """What a value is made of, by name or place."""
    if isinstance(value, dict):
        return value
    if isinstance(value, set | frozenset):
        value = sorted(map(repr, value))
    if isinstance(value, list | tuple):
        return dict(enumerate(value))
    return dict(_state(value) or {})


def _state(value: Any) -> Any:
    if isinstance(value, type) or callable(value):
        return None
    if hasattr(value, "__getstate__") and hasattr(value, "node_count"):
        return value.__getstate__()  # a scikit-learn tree
    return getattr(value, "__dict__", None) or None


def _numbers(
    one: Any, other: Any, tolerance: float, name: str, depth: int
) -> Iterator[tuple[str, Severity]]:
    if one.shape != other.shape or one.dtype != other.dtype:
        yield name, "real"
    elif one.dtype.names:
        for field in one.dtype.names:
            yield from _numbers(one[field], other[field], tolerance, f"{name}.{field}", depth)
    elif one.dtype.hasobject:
        yield from _parts(one.tolist(), other.tolist(), tolerance, name, depth - 1)
    elif not np.array_equal(one, other, equal_nan=one.dtype.kind in "fc"):
        close = one.dtype.kind in "fc" and _close(one, other, tolerance)
        yield name, "within tolerance" if close else "real"


def _close(one: Any, other: Any, tolerance: float) -> bool:
    if not one.size:
        return True
    largest = float(np.nanmax(np.abs(one)))
    return bool(np.allclose(one, other, rtol=0.0, atol=tolerance * largest, equal_nan=True))
