import numpy as np
import pandas as pd
import pytest

from cellmark_runtime.scoring.groups import of_group


@pytest.mark.parametrize("by", ["k", ["k"], ["k", "n"], lambda label: label % 2])
def test_a_row_alone_gets_what_its_group_got_among_all(by: object) -> None:
    rows = pd.DataFrame({"k": list("abba"), "n": [1, 2, 2, 3], "x": [1.0, 2.0, 4.0, 5.0]})
    every = rows.groupby(by)["x"].transform("mean")
    table = rows.groupby(by)["x"].mean()
    pd.testing.assert_series_equal(of_group(rows.groupby(by), table), every)
    for at in range(len(rows)):
        alone = of_group(rows.iloc[[at]].groupby(by), table)
        pd.testing.assert_series_equal(alone, every.iloc[[at]])


def test_groups_unseen_in_training_and_rows_without_a_group_are_missing() -> None:
    rows = pd.DataFrame({"k": ["a", "c", None]}, index=[7, 7, 9])
    table = pd.Series([3], index=["a"], name="n")
    found = of_group(rows.groupby("k"), table)
    assert found.index.tolist() == [7, 7, 9]
    assert np.isnan(found.to_numpy()).tolist() == [False, True, True]


def test_no_rows_have_no_statistics() -> None:
    rows = pd.DataFrame({"k": pd.Series([], dtype=str)})
    table = pd.DataFrame({"x": [1.5]}, index=["a"])
    assert of_group(rows.groupby("k"), table).shape == (0, 1)
