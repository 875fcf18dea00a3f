"""polars in a service: rows decoded into the training schema, frozen values back exactly."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from typing import Any

import pandas as pd
import polars as pl
import pytest

from cellmark_runtime import InvalidRows
from cellmark_runtime.errors import RowError
from cellmark_runtime.scoring.anyframe import as_pandas, rows_at, without
from cellmark_runtime.scoring.frames import frame_of
from cellmark_runtime.scoring.lone_rows import worked_out
from cellmark_runtime.scoring.polars_dummies import with_dummies
from cellmark_runtime.scoring.values import NotEncodable, decode_value, encode_value
from cellmark_runtime.types.signature import Field, Output, Signature

SIGNATURE = Signature(
    inputs=(
        Field("text", "string", "String", nullable=True),
        Field("number", "number", "Float64", nullable=True),
        Field("small", "integer", "UInt8", nullable=True),
        Field("flag", "boolean", "Boolean", nullable=True),
        Field("level", "string", "Enum", categories=("s", "m", "l")),
        Field("day", "datetime", "Date", nullable=True),
        Field("moment", "datetime", "Datetime[ms, Europe/Oslo]", nullable=True),
    ),
    output=Output("regression", "number"),
    frame="polars",
)
ROW: dict[str, Any] = {
    "text": "x",
    "number": 1.5,
    "small": 7,
    "flag": True,
    "level": "m",
    "day": "2024-02-29",
    "moment": "2024-05-31T13:45:00+02:00",
}
EMPTY: dict[str, Any] = dict.fromkeys(ROW) | {"level": "s"}
SCHEMA = {
    "text": pl.String(),
    "number": pl.Float64(),
    "small": pl.UInt8(),
    "flag": pl.Boolean(),
    "level": pl.Enum(["s", "m", "l"]),
    "day": pl.Date(),
    "moment": pl.Datetime("ms", "Europe/Oslo"),
}


@pytest.mark.parametrize("rows", [[ROW], [ROW, EMPTY], [EMPTY], [EMPTY, EMPTY]])
def test_rows_get_the_training_schema_and_null_stays_null(rows: list[dict[str, Any]]) -> None:
    frame = frame_of(rows, SIGNATURE)
    assert dict(frame.schema) == SCHEMA
    assert frame["number"].to_list() == [row["number"] for row in rows]
    assert frame["moment"].null_count() == sum(row["moment"] is None for row in rows)


def test_what_a_row_says_is_what_the_frame_holds() -> None:
    frame = frame_of([ROW | {"more": 1}], SIGNATURE)
    assert frame.columns == list(SCHEMA)
    assert frame["day"].to_list() == [dt.date(2024, 2, 29)]
    assert frame["moment"][0].isoformat() == "2024-05-31T13:45:00+02:00"
    assert frame["moment"].cast(pl.Int64).to_list() == [1_717_155_900_000]


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("small", 300, "from 0 to 255"),
        ("level", "xl", "one of"),
        ("day", "2024-02-29T10:00:00", "a date"),
        ("moment", "2024-05-31T13:45:00", "offset"),
        ("flag", 1, "true or false"),
    ],
)
def test_what_a_column_can_not_hold_is_refused(column: str, value: object, said: str) -> None:
    with pytest.raises(InvalidRows, match=said):
        frame_of([ROW | {column: value}], SIGNATURE)


def test_frames_are_taken_as_rows_are() -> None:
    frame = frame_of([ROW, EMPTY], SIGNATURE)
    assert frame_of(frame.with_columns(more=1), SIGNATURE).equals(frame)
    assert frame_of(frame.with_columns(pl.col("small").cast(pl.Int64)), SIGNATURE).equals(frame)
    nan = frame.with_columns(number=pl.lit(float("nan")))
    assert frame_of(nan, SIGNATURE)["number"].null_count() == 2
    with pytest.raises(InvalidRows, match=r"null|one of"):
        frame_of(frame.with_columns(level=pl.lit(None, dtype=pl.Enum(["s", "m", "l"]))), SIGNATURE)


def test_frames_of_the_other_library_are_taken() -> None:
    fields = (Field("a", "integer", "Int64"), Field("d", "datetime", "Date"))
    of_polars = Signature(fields, Output("regression", "number"), frame="polars")
    pandas = pd.DataFrame({"a": [1, 2], "d": pd.to_datetime(["2024-01-01", "2024-01-02"])})
    polars = pl.DataFrame({"a": [1, 2], "d": [dt.date(2024, 1, 1), dt.date(2024, 1, 2)]})
    assert frame_of(pandas, of_polars).equals(polars)
    of_pandas = Signature((Field("a", "integer", "int64"),), Output("regression", "number"))
    assert frame_of(polars, of_pandas).equals(pandas[["a"]])


VALUES = {
    "floats": pl.Series("x", [1.5, None, float("nan"), -0.0, 5e-324]),
    "singles": pl.Series("x", [0.1, None], dtype=pl.Float32),
    "whole numbers": pl.Series("x", [2**63 + 1, None], dtype=pl.UInt64),
    "texts": pl.Series("", ["a", None, ""]),
    "dates": pl.Series("d", [dt.date(2024, 2, 29), None]),
    "moments": pl.Series("d", [1, None], dtype=pl.Int64).cast(pl.Datetime("ns", "Europe/Oslo")),
    "spans": pl.Series("d", [1, -1], dtype=pl.Int64).cast(pl.Duration("ms")),
    "levels": pl.Series("e", ["b", "a", None], dtype=pl.Enum(["b", "a", "c"])),
    "lists": pl.Series("l", [[1.5, None], None, []], dtype=pl.List(pl.Float64)),
    "nothing": pl.Series("n", [], dtype=pl.Int8),
    "a frame": pl.DataFrame({"k": ["a", "b"], "m": [0.1, 0.2]}),
}


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES.keys())
def test_frozen_values_come_back_the_same(value: pl.Series | pl.DataFrame) -> None:
    back: Any = decode_value(json.loads(json.dumps(encode_value(value))))
    assert type(back) is type(value)
    assert back.equals(value)
    assert encode_value(back) == encode_value(value)
    frame, other = (v if isinstance(v, pl.DataFrame) else v.to_frame() for v in (back, value))
    assert frame.schema == other.schema


@pytest.mark.parametrize(
    "dtype", [pl.Float64, pl.Int8(), pl.Enum(["a", "b"]), pl.Datetime("us"), pl.List(pl.String)]
)
def test_dtypes_come_back_the_same(dtype: Any) -> None:
    back = decode_value(encode_value(dtype))
    assert back == dtype
    assert isinstance(back, type) == isinstance(dtype, type)


@pytest.mark.parametrize(
    "value",
    [pl.Series(["a"], dtype=pl.Categorical), pl.col("a").mean(), pl.DataFrame({"a": 1}).lazy()],
)
def test_what_has_no_exact_form_is_refused(value: object) -> None:
    with pytest.raises(NotEncodable):
        encode_value(value)


KNOWN = {"city": {"Oslo": None, "Bern": "city_Bern", None: "city_null"}}


def test_dummies_are_the_training_rows() -> None:
    given = with_dummies(pl.DataFrame({"a": [1, 2], "city": ["Bern", None]}), KNOWN)
    expected = {"a": [1, 2], "city_Bern": [1, 0], "city_null": [0, 1]}
    assert given.to_dict(as_series=False) == expected
    assert given.schema["city_Bern"] == pl.UInt8


def test_an_unknown_value_has_no_dummy() -> None:
    with pytest.raises(RowError) as refused:
        with_dummies(pl.Series("city", ["Bern", "Osloo"]), KNOWN)
    assert (refused.value.row, refused.value.field) == (1, "city")
    assert "Did you mean" in refused.value.fix


def test_a_lone_row_is_worked_out_as_one_of_many() -> None:
    frame = pl.DataFrame({"x": [1867.43, 2905.23, 3000.01, 4123.77, 3333.33]})

    def features(rows: pl.DataFrame) -> pl.DataFrame:
        return rows.select((pl.col("x") - 2943.19) / 837.718296602596)

    batch = features(frame)["x"].to_list()
    alone = [worked_out(features, rows_at(frame, [at]))["x"].to_list() for at in range(5)]
    assert alone == [[value] for value in batch]
    assert worked_out(lambda rows: rows.filter(pl.col("x") > 9e9), frame[[0]]).height == 0


def test_one_way_to_handle_either_frame() -> None:
    polars = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
    assert without(polars, ["a"]).columns == ["b"]
    assert rows_at(polars, [1, 0])["b"].to_list() == ["y", "x"]
    assert as_pandas(polars)["a"].isna().tolist() == [False, True]


def test_polars_is_imported_only_where_it_is_used() -> None:
    code = (
        "import sys, pandas, cellmark_runtime.scoring.model, cellmark.extract.derive\n"
        "sys.exit('polars' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
