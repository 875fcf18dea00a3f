import pandas as pd
import pytest

from cellmark_runtime.errors import RowError
from cellmark_runtime.scoring.dummies import with_categories


def test_one_row_gets_the_dummy_columns_of_all():
    frame = pd.DataFrame({"plan": ["a", "b", None], "kept": [1, 2, 3]})
    known = {"plan": ["a", "b"]}
    every = pd.get_dummies(frame)
    one = pd.get_dummies(with_categories(frame.iloc[1:2], known))
    pd.testing.assert_frame_equal(one, every.iloc[1:2])
    pd.testing.assert_frame_equal(pd.get_dummies(with_categories(frame, known)), every)


def test_a_series_with_missing_values():
    series = pd.Series(["b", None], name="plan", index=[4, 5])
    changed = with_categories(series, ["a", "b"])
    assert changed.cat.categories.tolist() == ["a", "b"]
    assert changed.isna().tolist() == [False, True]
    assert changed.index.tolist() == [4, 5]


@pytest.mark.parametrize("values", [["a", "B"], ["a", "zzz"]])
def test_another_value_is_refused_by_position(values):
    series = pd.Series(values, name="plan", index=[40, 50])
    with pytest.raises(RowError) as caught:
        with_categories(series, ["a", "b"])
    assert (caught.value.row, caught.value.field) == (1, "plan")
    assert 'one of "a", "b"' in str(caught.value)


def test_the_data_given_are_left_alone():
    frame = pd.DataFrame({"plan": ["a"]})
    before = frame.copy()
    with_categories(frame, {"plan": ["a", "b"]})
    pd.testing.assert_frame_equal(frame, before)
