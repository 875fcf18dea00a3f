"""A group's statistic in scoring: the training rows', whatever a request holds."""

from __future__ import annotations

import polars as pl
import pytest

from cellmark_runtime.scoring.polars_groups import over_groups

ROWS = pl.DataFrame({"k": ["a", "b", None, "a"], "n": [1, 2, 3, 4]})
MEANS = pl.DataFrame({"k": ["a", None], "x": [1.5, 7.0]})


@pytest.mark.parametrize(
    ("by", "given"),
    [
        (["k"], [1.5, None, 7.0, 1.5]),
        ([pl.col("k")], [1.5, None, 7.0, 1.5]),
        ([pl.col("k").str.replace("b", "a")], [1.5, 1.5, 7.0, 1.5]),
    ],
    ids=["a name", "a column", "an expression"],
)
def test_gives_each_row_its_group_of_training(by: list[object], given: list[object]) -> None:
    found = ROWS.select(over_groups(MEANS, *by))
    assert found.columns == ["x"]
    assert found["x"].to_list() == given


def test_takes_several_keys_and_keeps_their_order() -> None:
    table = pl.DataFrame({"k": ["a", "a"], "n": [4, 1], "len": [10, 20]}).cast({"len": pl.UInt32})
    found = ROWS.with_columns(over_groups(table, ["k", "n"]).alias("y"))["y"]
    assert found.to_list() == [20, None, None, 10]
    assert found.dtype == pl.UInt32


def test_no_rows_give_none() -> None:
    assert ROWS.clear().select(over_groups(MEANS, "k"))["x"].to_list() == []
