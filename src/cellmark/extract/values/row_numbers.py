"""Sets of row numbers as arrays of integers, at the speed of memory.

`np.unique` and `np.setdiff1d` take seconds for a million of them: they hash, then sort.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

__all__ = ["all_of", "but"]

_Rows = np.ndarray[Any, Any]


def but(rows: _Rows | int, taken: _Rows) -> _Rows:
    """`rows`, or as many from the first on, that are not among those taken; in their order."""
    numbers = np.arange(rows) if isinstance(rows, int) else rows
    return numbers[np.isin(numbers, taken, invert=True)]


def all_of(parts: Sequence[_Rows]) -> _Rows:
    """The row numbers in any of `parts`, each once, ascending."""
    return np.flatnonzero(np.bincount(np.concatenate([np.empty(0, np.intp), *parts])))
