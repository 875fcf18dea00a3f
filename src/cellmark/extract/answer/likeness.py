"""Recognise the target among the raw columns by its values, where no statement names it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.anyframe import as_pandas, rows_at

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["columns_like"]

_Array = np.ndarray[Any, Any]


def columns_like(target: Any, raw: Frame, guesses: Iterable[_Array]) -> frozenset[Hashable]:
    """Raw columns of which `target` is a renaming of the values, or a rising or falling function.

    `guesses` are positions at which the raw rows of the target's values may be, in order.
    """
    values = np.asarray(target)
    if values.ndim != 1:
        return frozenset()
    for positions in guesses:
        part = as_pandas(rows_at(raw, positions))
        found = {name for name in part.columns if _is_like(values, part[name].to_numpy())}
        if found:
            return frozenset(found)
    return frozenset()


def _is_like(values: _Array, column: _Array) -> bool:
    ours, levels = pd.factorize(values)
    theirs, _ = pd.factorize(column)
    if len(levels) * 2 <= len(values):
        return len(levels) > 1 and np.array_equal(ours, theirs)
    # Nearly all values differ: then a column of names would pass for a renaming as well.
    if values.dtype.kind not in "biuf" or column.dtype.kind not in "biuf":
        return False
    order = np.argsort(values, kind="stable")
    return _is_monotone(np.asarray(column, dtype=float)[order])


def _is_monotone(values: _Array) -> bool:
    steps = np.diff(values)
    rises, falls = bool((steps >= 0).all()), bool((steps <= 0).all())
    return (rises or falls) and bool((steps != 0).mean() > 0.5)
