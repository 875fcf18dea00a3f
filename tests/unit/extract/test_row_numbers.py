"""Sets of row numbers."""

from __future__ import annotations

import numpy as np
import pytest

from cellmark.extract.values.row_numbers import all_of, but

NONE = np.empty(0, dtype=np.intp)


@pytest.mark.parametrize(
    ("rows", "taken", "left"),
    [
        (5, np.array([1, 3, 3]), [0, 2, 4]),
        (np.array([4, 2, 9]), np.array([2, 100_000]), [4, 9]),
        (3, NONE, [0, 1, 2]),
        (0, np.array([1]), []),
        (NONE, NONE, []),
    ],
)
def test_rows_but_those_taken(rows: int | np.ndarray, taken: np.ndarray, left: list[int]) -> None:
    assert but(rows, taken).tolist() == left


@pytest.mark.parametrize(
    ("parts", "rows"),
    [([np.array([3, 1]), np.array([1, 0])], [0, 1, 3]), ([NONE, np.array([2])], [2]), ([], [])],
)
def test_each_row_once(parts: list[np.ndarray], rows: list[int]) -> None:
    assert all_of(parts).tolist() == rows
