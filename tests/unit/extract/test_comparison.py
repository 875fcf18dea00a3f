"""Differences to the last bit, whatever the containers are."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from cellmark.extract.values.comparison import difference, magnitudes, within
from cellmark_runtime.scoring.anyframe import rows_at

NAN = float("nan")
CASES = {
    "equal": ([1.0, 2.0], [1.0, 2.0], 0.0),
    "apart": ([1.0, 2.0], [1.0, 2.5], 0.5),
    "missing and missing": ([NAN, 2.0], [NAN, 2.0], 0.0),
    "missing and not": ([NAN, 2.0], [1.0, 2.0], math.inf),
    "infinity and infinity": ([math.inf], [math.inf], 0.0),
    "infinity and not": ([math.inf], [1.0], math.inf),
    "whole and broken numbers": ([1, 2], [1.0, 2.0], 0.0),
    "true and 1": ([True, False], [1, 0], 0.0),
    "texts": (["a", "b"], ["a", "b"], 0.0),
    "other texts": (["a", "b"], ["a", "c"], math.inf),
    "text and number": (["1"], [1], math.inf),
    "missing texts": (np.array(["a", None], object), np.array(["a", np.nan], object), 0.0),
    "longer": ([1.0], [1.0, 2.0], math.inf),
    "flat and column": (np.zeros((2, 1)), np.zeros(2), math.inf),
    "empty": (np.zeros((0, 3)), np.zeros((0, 3)), 0.0),
    "complex": (np.array([1 + 1j]), np.array([1 + 2j]), 1.0),
    "sparse": (sparse.csr_matrix([[1.0, 0.0]]), np.array([[1.0, 0.0]]), 0.0),
    "sparse, apart": (sparse.csr_matrix([[1.0, 0.0]]), sparse.csr_matrix([[0.0, 0.0]]), 1.0),
    "sparse, written otherwise": (
        sparse.csr_matrix(([1.0, 1.0, 0.0], [0, 0, 1], [0, 3]), shape=(1, 2)),
        sparse.csr_matrix([[2.0, 0.0]]),
        0.0,
    ),
    "sparse, missing and not": (
        sparse.csr_matrix([[NAN, 0.0]]),
        sparse.csr_matrix([[0.0, 1.0]]),
        math.inf,
    ),
    "sparse, missing and missing": (
        sparse.csr_matrix([[NAN, 0.0]]),
        sparse.csr_matrix([[NAN, 0.0]]),
        0.0,
    ),
    "sparse, of other width": (
        sparse.csr_matrix((1, 2**40)),
        sparse.csr_matrix((1, 2**41)),
        math.inf,
    ),
    "sparse and far too wide to write out": (
        sparse.csr_matrix((1, 2**40)),
        sparse.csr_matrix((1, 2**40)),
        0.0,
    ),
    "frames": (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1.0, 2.0]}), 0.0),
    "frames with other labels": (
        pd.DataFrame({"a": [1, 2]}),
        pd.DataFrame({"a": [1, 2]}, index=[5, 6]),
        0.0,
    ),
    "frames with other columns": (pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1]}), math.inf),
    "frames in another order": (
        pd.DataFrame({"a": [1], "b": [1]}),
        pd.DataFrame({"b": [1], "a": [1]}),
        math.inf,
    ),
    "frames of several types": (
        pd.DataFrame({"a": [1.0], "b": ["x"]}),
        pd.DataFrame({"a": [1.5], "b": ["x"]}),
        0.5,
    ),
    "a column twice": (
        pd.DataFrame([[1, 2]], columns=["a", "a"]),
        pd.DataFrame([[1, 3]], columns=["a", "a"]),
        1.0,
    ),
    "categories": (pd.Series(["a"], dtype="category"), pd.Series(["a"]), 0.0),
    "nullable": (pd.Series([1, None], dtype="Int64"), pd.Series([1, None], dtype="Int64"), 0.0),
    "dates": (
        pd.Series(pd.to_datetime(["2020-01-01", None])),
        pd.Series(pd.to_datetime(["2020-01-01", None])),
        0.0,
    ),
    "a frame and its values": (pd.DataFrame({"a": [1.0]}), np.array([[1.0]]), 0.0),
}


@pytest.mark.parametrize(("one", "other", "expected"), CASES.values(), ids=CASES.keys())
def test_difference(one: Any, other: Any, expected: float) -> None:
    assert difference(one, other) == expected
    assert difference(other, one) == expected


@given(arrays(np.float64, (3, 2)))
def test_everything_equals_itself(values: np.ndarray[Any, Any]) -> None:
    assert difference(values, values.copy()) == 0.0
    assert difference(pd.DataFrame(values), pd.DataFrame(values.copy())) == 0.0


@given(st.floats(allow_nan=False, allow_infinity=False, width=32), st.integers(0, 2))
def test_the_smallest_change_is_seen(value: float, at: int) -> None:
    one = np.full(3, float(value))
    other = one.copy()
    other[at] = np.nextafter(other[at], np.inf)
    assert difference(one, other) > 0.0


@pytest.mark.parametrize(
    "values",
    [
        np.arange(6).reshape(3, 2),
        pd.DataFrame(np.arange(6).reshape(3, 2), index=[7, 8, 9]),
        sparse.csr_matrix(np.arange(6).reshape(3, 2)),
    ],
)
def test_rows_by_position(values: Any) -> None:
    assert difference(rows_at(values, np.array([2, 0])), np.array([[4, 5], [0, 1]])) == 0.0


def test_sparse_columns_are_measured_without_writing_out_their_zeros() -> None:
    one = sparse.csr_matrix([[4.0, 0.0, NAN], [-8.0, 1.0, 0.0]])
    other = one + sparse.csr_matrix([[0.0, 0.0, 0.0], [0.0, 0.5, 0.0]])
    assert magnitudes(one) == [8.0, 1.0, 0.0]
    one[0, 2] = other[0, 2] = 3.0
    assert within(one, other, [0.0, 0.5, 0.0])
    assert not within(one, other, [1.0, 0.4, 0.0])
