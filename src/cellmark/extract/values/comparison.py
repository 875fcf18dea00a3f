"""How far two sets of rows or answers are apart, to the last bit."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from cellmark_runtime.scoring.anyframe import is_frame, is_polars, series_of

__all__ = ["difference", "magnitudes", "within"]


def difference(one: Any, other: Any) -> float:
    """Largest absolute difference of two tables of equal shape; 0.0 is equality to the last bit.

    Infinity where they can't be the same: other shapes, columns, texts, or missing elsewhere.
    Missing equals missing. Of tuples, what several models are asked about, the parts that both
    know are compared.
    """
    if isinstance(one, tuple) or isinstance(other, tuple):
        return max((difference(*pair) for pair in _both(one, other)), default=0.0)
    if is_frame(one) and is_frame(other) and is_polars(one) == is_polars(other):
        return _frames(one, other)
    if sparse.issparse(one) and sparse.issparse(other):
        return _sparse(one, other)
    return _arrays(_array(one), _array(other))


def magnitudes(values: Any) -> list[float]:
    """The largest absolute number in each column; 0.0 where a column holds no numbers."""
    if isinstance(values, tuple):
        return [most for part in values for most in magnitudes(part)]
    if sparse.issparse(values):
        return [*map(float, _tallest(values))]
    return [_magnitude(column) for column in _columns(values)]


def within(one: Any, other: Any, allowed: Sequence[float]) -> bool:
    """Whether no column differs by more than what is allowed for it, in absolute terms."""
    if isinstance(one, tuple) or isinstance(other, tuple):
        return _parts_within(one, other, [*allowed])
    apart = difference(one, other)
    if apart == 0.0 or math.isinf(apart):
        return apart == 0.0
    if sparse.issparse(one) and sparse.issparse(other):
        return bool((_tallest(one - other) <= np.asarray(allowed)).all())
    pairs = zip(_columns(one), _columns(other), strict=True)
    return all(_arrays(*pair) <= most for pair, most in zip(pairs, allowed, strict=True))


def _both(one: Any, other: Any) -> list[tuple[Any, Any]]:
    if not (isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other)):
        return [(np.empty(0), np.empty(1))]
    pairs = zip(one, other, strict=True)
    return [(left, right) for left, right in pairs if left is not None and right is not None]


def _parts_within(one: Any, other: Any, allowed: list[float]) -> bool:
    """The same for each part of a tuple; `allowed` is for the columns of all of `one`, in order."""
    if difference(one, other) == math.inf:
        return False
    for mine, theirs in zip(one, other, strict=True):
        count = len(magnitudes(mine))
        if theirs is not None and not within(mine, theirs, allowed[:count]):
            return False
        del allowed[:count]
    return True


def _columns(values: Any) -> list[np.ndarray[Any, Any]]:
    if is_frame(values):
        return [_array(column) for column in series_of(values)]
    array = _array(values)
    return list(array.T) if array.ndim == 2 else [array]


def _magnitude(column: np.ndarray[Any, Any]) -> float:
    if column.dtype.kind not in "fc" or not column.size:
        return 0.0
    finite = np.abs(column[np.isfinite(column)])
    return float(finite.max(initial=0.0))


def _frames(one: Any, other: Any) -> float:
    if list(one.columns) != list(other.columns) or len(one) != len(other):
        return math.inf
    pairs = zip(series_of(one), series_of(other), strict=True)
    return max((_arrays(_array(left), _array(right)) for left, right in pairs), default=0.0)


def _sparse(one: Any, other: Any) -> float:
    """As of arrays, without the zeros: hashed words have a million columns."""
    if one.shape != other.shape:
        return math.inf
    left, right = one.tocsr(copy=True), other.tocsr(copy=True)
    for matrix in (left, right):
        matrix.sum_duplicates()
    same = np.array_equal(left.indptr, right.indptr) and np.array_equal(left.indices, right.indices)
    if same:
        return _arrays(left.data, right.data)
    return _largest((left - right).data)


def _largest(data: np.ndarray[Any, Any]) -> float:
    apart = float(np.abs(data).max(initial=0.0))
    return math.inf if math.isnan(apart) else apart


def _tallest(matrix: Any) -> np.ndarray[Any, Any]:
    """The largest absolute number in each column."""
    sizes = abs(matrix.tocsc().astype(float))
    sizes.data[~np.isfinite(sizes.data)] = 0.0
    tallest: np.ndarray[Any, Any] = sizes.max(axis=0).toarray().ravel()
    return tallest


def _array(values: Any) -> np.ndarray[Any, Any]:
    if hasattr(values, "toarray"):
        values = values.toarray()
    return np.asarray(values)


def _arrays(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    if one.shape != other.shape:
        return math.inf
    if one.size == 0:
        return 0.0
    numeric = all(array.dtype.kind in "biufc" for array in (one, other))
    return _numbers(one, other) if numeric else _objects(one, other)


def _numbers(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    if "c" not in one.dtype.kind + other.dtype.kind:
        one, other = one.astype(np.float64), other.astype(np.float64)
    same = (one == other) | (np.isnan(one) & np.isnan(other))
    if same.all():
        return 0.0
    apart = np.abs(one[~same] - other[~same])
    return math.inf if np.isnan(apart).any() else float(apart.max())


def _objects(one: np.ndarray[Any, Any], other: np.ndarray[Any, Any]) -> float:
    left, right = pd.Series(one.ravel(), dtype=object), pd.Series(other.ravel(), dtype=object)
    same = (left == right) | (left.isna() & right.isna())
    return 0.0 if bool(same.all()) else math.inf
