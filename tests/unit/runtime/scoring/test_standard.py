"""Standard scores in scoring: by the training rows' numbers, whatever a request holds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cellmark_runtime.scoring.standard import z_scores


@pytest.mark.parametrize(
    ("values", "mean", "spread", "expected"),
    [
        (pd.Series([3.0, np.nan, 7.0]), 3.0, 2.0, [0.0, np.nan, 2.0]),
        (np.array([5]), 3.0, 2.0, [1.0]),
        (
            pd.DataFrame({"a": [1, 5], "b": [0.0, 1.0]}),
            np.array([3.0, 0.0]),
            np.array([2.0, 0.5]),
            [[-1.0, 0.0], [1.0, 2.0]],
        ),
    ],
    ids=["a series", "a single row", "a frame"],
)
def test_measures_by_what_it_is_given(values, mean, spread, expected):
    np.testing.assert_array_equal(z_scores(values, mean, spread), expected)
