"""What a statement changed in place is seen: by column, through views, aliases and containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cellmark.extract.values.contents import changed_parts, contents_of
from cellmark.extract.values.variables import Variables


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": [1.0, np.nan, 3.0],
            "k": [1, 2, 3],
            "t": ["x", None, "z"],
            "d": pd.to_datetime(["2020-01-01", "2020-01-02", None]),
            "c": pd.Series(["u", "v", "u"], dtype="category"),
            "i": pd.array([1, None, 3], dtype="Int64"),
            "o": pd.Series([[1], {2}, None], dtype=object),
        }
    )


def setting(place: Any, value: Any) -> Callable[[pd.DataFrame], None]:
    def change(df: pd.DataFrame) -> None:
        df.loc[place] = value

    return change


FRAME_CHANGES: dict[str, tuple[Callable[[pd.DataFrame], Any], frozenset[str] | None]] = {
    "nothing": (lambda df: df.describe(), frozenset()),
    "a number": (setting((0, "n"), 5.0), frozenset({"n"})),
    "a missing number": (setting((1, "n"), 0.0), frozenset({"n"})),
    "a text": (setting((0, "t"), "y"), frozenset({"t"})),
    "a date": (setting((0, "d"), pd.Timestamp("2021-01-01")), frozenset({"d"})),
    "a category": (setting((0, "c"), "v"), frozenset({"c"})),
    "a nullable": (setting((1, "i"), 7), frozenset({"i"})),
    "inside an object": (lambda df: df.at[0, "o"].append(2), frozenset({"o"})),
    "two columns": (setting((0, ["n", "k"]), 9), frozenset({"n", "k"})),
    "another type": (lambda df: df.isetitem(1, df["k"].astype(float)), frozenset({"k"})),
    "a new column": (lambda df: df.insert(0, "new", 1), frozenset({"new"})),
    "a column less": (lambda df: df.pop("k"), frozenset({"k"})),
    "the order of columns": (lambda df: df.insert(0, "o", df.pop("o")), None),
    "the labels": (lambda df: df.set_axis([5, 6, 7], axis=0), frozenset()),
    "the labels, in place": (lambda df: setattr(df, "index", [5, 6, 7]), None),
    "the names": (
        lambda df: setattr(df, "columns", ["m", *df.columns[1:]]),
        frozenset({"n", "m"}),
    ),
    "through inplace": (lambda df: df.fillna({"n": 0.0}, inplace=True), frozenset({"n"})),
}


@pytest.mark.parametrize(("change", "parts"), FRAME_CHANGES.values(), ids=FRAME_CHANGES.keys())
def test_changed_columns(
    change: Callable[[pd.DataFrame], Any], parts: frozenset[str] | None
) -> None:
    df = frame()
    before = contents_of(df)
    change(df)
    after = contents_of(df)
    assert before is not None
    assert after is not None
    assert changed_parts(before, after) == parts


class Opaque:
    __slots__ = ()


VALUE_CHANGES: dict[str, tuple[Any, Callable[[Any], Any], bool]] = {
    "list": ([1, 2], lambda v: v.append(3), True),
    "list, read": ([1, 2], lambda v: sorted(v), False),
    "dict": ({"a": 1}, lambda v: v.update(b=2), True),
    "dict, same keys": ({"a": 1}, lambda v: v.update(a=2), True),
    "set": ({1}, lambda v: v.add(2), True),
    "nested list": ([[1], [2]], lambda v: v[1].append(3), True),
    "frame in a dict": ({"f": frame()}, lambda v: v["f"].insert(0, "new", 1), True),
    "array in a list": ([np.zeros(3)], lambda v: v[0].fill(1), True),
    "object in a list": ([Opaque()], lambda v: v.__setitem__(0, Opaque()), True),
    "object in a list, read": ([Opaque()], lambda v: len(v), False),
    "long list": (list(range(100_000)), lambda v: v.__setitem__(99_999, 0), True),
    "array": (np.arange(6), lambda v: v.__setitem__(3, 9), True),
    "array, through a view": (np.arange(6), lambda v: v[::2].fill(9), True),
    "array, reshaped": (np.arange(6), lambda v: setattr(v, "shape", (2, 3)), True),
    "array of texts": (np.array(["a", "b"], object), lambda v: v.__setitem__(0, "c"), True),
    "array without rows": (np.zeros((3, 0)), lambda v: v.sum(), False),
    "array without shape": (np.array(5.0), lambda v: v.fill(6), True),
    "series": (pd.Series([1, 2]), lambda v: v.__setitem__(0, 5), True),
    "series labels": (pd.Series([1, 2]), lambda v: setattr(v, "index", [4, 5]), True),
    "series equal to its labels": (
        pd.Series([4, 5], index=[4, 5]),
        lambda v: (v.__setitem__(4, 8), setattr(v, "index", [8, 5])),
        True,
    ),
}


@pytest.mark.filterwarnings("ignore:Setting the shape:DeprecationWarning")
@pytest.mark.parametrize(
    ("value", "change", "changes"), VALUE_CHANGES.values(), ids=VALUE_CHANGES.keys()
)
def test_changed_values(value: Any, change: Callable[[Any], Any], changes: bool) -> None:
    before = contents_of(value)
    change(value)
    after = contents_of(value)
    assert before is not None
    assert after is not None
    assert changed_parts(before, after) == (None if changes else frozenset())


@pytest.mark.parametrize("value", [1, "a", None, (1, 2), object(), frame])
def test_other_values_are_not_followed(value: object) -> None:
    assert contents_of(value) is None


class Unreadable(list[int]):
    def __iter__(self) -> Any:
        raise RuntimeError

    def __len__(self) -> int:
        raise RuntimeError


def test_a_value_that_cant_be_looked_at_is_not_followed() -> None:
    assert contents_of(Unreadable([1])) is None


def test_variables_tell_changed_from_rebound() -> None:
    df = frame()
    names: dict[str, Any] = {"df": df, "alias": df, "n": 1, "kept": [1], "_own": [1]}
    variables = Variables(names)
    variables.begin()
    df.loc[0, "n"] = 9.0
    names["n"] = 2
    names["fresh"] = df[["n"]]
    names["kept"].append(2)
    names["_own"].append(2)
    changes = variables.end()
    assert changes.changed == {
        "df": frozenset({"n"}),
        "alias": frozenset({"n"}),
        "kept": None,
    }
    assert changes.rebound == {"n", "fresh"}
    assert [name for name, _ in changes.fresh_frames] == ["fresh"]


def test_variables_look_again_at_each_statement() -> None:
    names: dict[str, Any] = {"a": [1]}
    variables = Variables(names)
    seen = []
    for change in (lambda: names["a"].append(2), lambda: None, lambda: names.update(a=[1])):
        variables.begin()
        change()
        changes = variables.end()
        seen.append((changes.changed, changes.rebound))
    assert seen == [({"a": None}, frozenset()), ({}, frozenset()), ({}, frozenset({"a"}))]


def polars_frame() -> pl.DataFrame:
    return pl.DataFrame({"n": [1.0, None, 3.0], "t": ["x", None, "z"]})


POLARS = {
    "a value": (lambda frame: frame.__setitem__((0, "n"), 9.0), {"n"}),
    "a column put in": (lambda frame: frame.insert_column(0, pl.Series("k", [1, 2, 3])), {"k"}),
    "a column taken out": (lambda frame: frame.drop_in_place("t"), {"t"}),
    "rows put on": (lambda frame: frame.extend(frame.clone()), {"n", "t"}),
    "nothing": (lambda frame: frame.with_columns(n=pl.lit(0)), set()),
}


@pytest.mark.parametrize(("change", "parts"), POLARS.values(), ids=POLARS.keys())
def test_what_changes_in_a_polars_frame_is_seen(
    change: Callable[[pl.DataFrame], None], parts: set[str]
) -> None:
    frame = polars_frame()
    before = contents_of(frame)
    change(frame)
    after = contents_of(frame)
    assert before is not None
    assert after is not None
    assert changed_parts(before, after) == parts
