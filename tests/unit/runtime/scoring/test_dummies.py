import pandas as pd
import pytest

from cellmark_runtime.errors import RowError
from cellmark_runtime.scoring.dummies import factorized, with_categories


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


@pytest.mark.parametrize("kind", ["array", "list"])
def test_an_array_becomes_categorical(kind):
    series = pd.Series(["b", None, "a"], dtype=object)
    data = series.to_numpy() if kind == "array" else series.tolist()
    assert with_categories(data, ["a", "b"]).codes.tolist() == [1, -1, 0]


@pytest.mark.parametrize("sentinel", [True, False])
def test_one_value_gets_the_code_it_had_among_all(sentinel):
    series = pd.Series(["b", "a", None, "b"], name="plan")
    codes, uniques = pd.factorize(series, use_na_sentinel=sentinel)
    for at in range(len(series)):
        code, kept = factorized(series.iloc[[at]], uniques)
        assert (code.tolist(), kept is uniques) == ([codes[at]], True)
    assert factorized(series, uniques)[0].dtype == codes.dtype


def test_a_value_without_a_code_is_refused_by_position():
    with pytest.raises(RowError) as caught:
        factorized(pd.Series(["a", "c"], name="plan"), pd.Index(["a", "b"]))
    assert (caught.value.row, caught.value.field) == (1, "plan")
