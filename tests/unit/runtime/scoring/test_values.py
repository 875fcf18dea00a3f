import datetime as dt
import json
import math
import struct

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cellmark_runtime.scoring.values import NotEncodable, decode_value, encode_value


def through_json(value):
    return decode_value(json.loads(json.dumps(encode_value(value), allow_nan=False)))


def assert_same(found, value):
    assert type(found) is type(value)
    if isinstance(value, pd.DataFrame):
        pd.testing.assert_frame_equal(found, value, check_exact=True, check_freq=True)
    elif isinstance(value, pd.Series):
        pd.testing.assert_series_equal(found, value, check_exact=True, check_freq=True)
    elif isinstance(value, pd.Index):
        pd.testing.assert_index_equal(found, value, exact=True)
        assert getattr(found, "freq", None) == getattr(value, "freq", None)
    elif isinstance(value, np.ndarray):
        assert (found.dtype, found.shape, found.flags.f_contiguous) == (
            value.dtype,
            value.shape,
            value.flags.f_contiguous,
        )
        assert value.dtype == object or found.tobytes() == value.tobytes()
        np.testing.assert_array_equal(found, value)
    elif isinstance(value, pd.Categorical):
        assert_same(pd.Series(found), pd.Series(value))
    elif isinstance(value, float):
        assert struct.pack(">d", found) == struct.pack(">d", value)
    else:
        assert found is value or found == value


scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(codec=None))
    | st.dates()
    | st.timedeltas()
    | st.binary()
)
keys = st.text() | st.integers() | st.booleans() | st.tuples(st.integers(), st.text())
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.tuples(inner, inner)
        | st.dictionaries(keys, inner, max_size=4)
        | st.dictionaries(st.sampled_from(["$type", "items", "a"]), inner)
        | st.frozensets(st.text(), max_size=4)
    ),
    max_leaves=12,
)


@given(values)
@settings(deadline=None)
def test_plain_values_come_back_exactly(value):
    found = through_json(value)
    # repr tells 1 from True and 1.0, -0.0 from 0.0, and keeps the order of a dict.
    if "frozenset" not in repr(value):
        assert repr(found) == repr(value)
    assert encode_value(found) == encode_value(value)


@given(
    hnp.arrays(
        hnp.floating_dtypes(sizes=(16, 32, 64))
        | hnp.integer_dtypes()
        | hnp.boolean_dtypes()
        | hnp.datetime64_dtypes(max_period="s")
        | hnp.unicode_string_dtypes(max_len=4),
        hnp.array_shapes(min_dims=0, min_side=0, max_side=4),
    )
)
@settings(deadline=None)
def test_arrays_come_back_bit_by_bit(array):
    found = through_json(array)
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.tobytes() == array.tobytes()


@given(st.lists(st.floats() | st.none()), st.sampled_from(["float64", "float32", "Float64"]))
@settings(deadline=None)
def test_series_come_back_exactly(numbers, dtype):
    with np.errstate(over="ignore"):
        series = pd.Series(numbers, dtype=dtype)
    assert_same(through_json(series), series)


@pytest.mark.parametrize(
    "value",
    [
        -0.0,
        math.inf,
        np.float64(1.5),
        np.float32(0.1),
        np.int8(-3),
        np.bool_(True),
        np.str_("é"),
        np.datetime64("2020-01-01T00:00:01", "ms"),
        np.timedelta64(5, "D"),
        np.dtype("f4"),
        np.array([[1.0, 2.0], [3.0, 4.0]], order="F"),
        np.array(["a", None, 1.5, np.float32(2)], dtype=object),
        np.array([1, 2], dtype=">i4"),
        pd.Series(["a", None, "ü"], name="text"),
        pd.Series(["a", np.nan], dtype=object),
        pd.Series(["a", pd.NA], dtype="string"),
        pd.Series([True, None], dtype="boolean"),
        pd.Series([1, None], dtype="UInt8"),
        pd.Series([True, None, 1.5, "x"], dtype=object),
        pd.Series(["b", "a", None], dtype=pd.CategoricalDtype(["b", "a", "c"], ordered=True)),
        pd.Series([1.0, 2.0], index=pd.Index([3, 1], name="key")),
        pd.Series([1.0], index=pd.MultiIndex.from_tuples([("a", 1)], names=["x", None])),
        pd.Series(pd.to_datetime(["2020-01-01", None])),
        pd.Series(pd.to_datetime(["2020-07-01", None])).dt.tz_localize("Europe/Berlin"),
        pd.Series(pd.to_timedelta([1, None], unit="s")),
        pd.cut(pd.Series([1, 2, 3]), 2),
        pd.Index(["a", "b"], name="level"),
        pd.Index([], dtype=object),
        pd.RangeIndex(1, 9, 2, name="r"),
        pd.CategoricalIndex(["a", None]),
        pd.date_range("2020", periods=3, freq="D", tz="UTC"),
        pd.IntervalIndex.from_breaks([0.0, 1.5, 2.0], closed="left"),
        pd.Interval(0, 1),
        pd.Categorical(["a"], categories=["b", "a"]),
        pd.CategoricalDtype(),
        pd.CategoricalDtype([3, 1], ordered=True),
        pd.StringDtype(),
        pd.Timestamp("2020-01-01 03:04:05.123456789"),
        pd.Timestamp("2020-07-01", tz="America/New_York"),
        pd.Timedelta(5, "s"),
        pd.NaT,
        pd.NA,
        dt.datetime(2020, 1, 1, 2, tzinfo=dt.UTC),
        pd.DataFrame(
            {"a": [1, 2], "b": ["x", None], "c": pd.Categorical(["u", "v"])}, index=[5, 6]
        ),
        pd.DataFrame([[1, 2.5]], columns=["same", "same"]),
        pd.DataFrame({"a": pd.Series(["x", None], index=["r", "r"], dtype=object)}),
        pd.DataFrame(),
        pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).pivot(index="b", columns="a", values="a"),
        pd.DataFrame({"b": list("xyx"), "v": [1, 2, 3]}).groupby("b")["v"].agg(["mean", "std"]),
    ],
    ids=lambda value: f"{type(value).__name__}-{getattr(value, 'dtype', '')}",
)
def test_library_values_come_back_exactly(value):
    assert_same(through_json(value), value)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        len,
        1j,
        10**5000,
        dt.datetime(2020, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1))),
        np.array([1j]),
        np.zeros(1, dtype=[("a", "i4")]),
        type("Text", (str,), {})("a"),
        pd.period_range("2020", periods=2, freq="M"),
        pd.arrays.SparseArray([0, 1]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_json_can_not_keep_exactly_is_refused(value):
    with pytest.raises(NotEncodable):
        encode_value([value])


@pytest.mark.parametrize("tag", ["os.system", "pickle", "numpyx.array"])
def test_a_foreign_tag_is_refused(tag):
    with pytest.raises(NotEncodable, match="unknown tag"):
        decode_value({"$type": tag})
