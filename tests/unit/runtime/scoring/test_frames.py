import io
import json

import numpy as np
import pandas as pd
import pytest

from cellmark_runtime import InvalidRows
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.frames import frame_of
from cellmark_runtime.types.signature import Field, Output, Signature

CSV = """\
text,number,whole,flag,known,moment
x,1.5,1,True,a,2020-01-01
,,2,,b,
NA,-0.1,-3,False,a,2020-12-31 23:59:59
"""
KINDS = {
    "text": "string",
    "number": "number",
    "whole": "integer",
    "flag": "boolean",
    "known": "string",
    "moment": "datetime",
}


def read() -> pd.DataFrame:
    return pd.read_csv(io.StringIO(CSV), parse_dates=["moment"], date_format="ISO8601")


def signature(frame: pd.DataFrame) -> Signature:
    fields = tuple(
        Field(
            name,
            KINDS[name],
            str(column.dtype),
            nullable=bool(column.isna().any()),
            categories=("a", "b") if name == "known" else None,
        )
        for name, column in frame.items()
    )
    return Signature(fields, Output("other", "number"))


def as_json(frame: pd.DataFrame) -> list[dict[str, object]]:
    return json.loads(frame.to_json(orient="records", date_format="iso"))


def test_json_rows_become_what_read_csv_gives():
    frame = read()
    rows = as_json(frame)
    for row in rows:
        row["moment"] = row["moment"] and row["moment"].removesuffix("Z").removesuffix(".000")
    pd.testing.assert_frame_equal(frame_of(rows, signature(frame)), frame)


@pytest.mark.parametrize("row", [0, 1, 2])
def test_one_row_has_the_dtypes_of_many(row):
    frame = read()
    one = frame_of(frame.iloc[row : row + 1], signature(frame))
    pd.testing.assert_frame_equal(one, frame.iloc[row : row + 1].reset_index(drop=True))


def test_a_missing_text_is_the_dtypes_own_missing_value():
    """DataFrame([json]) would hold None, which scores otherwise."""
    frame = read()
    rows = frame_of(as_json(frame.drop(columns="moment").assign(moment=None)), signature(frame))
    assert type(rows["text"].iloc[1]) is type(frame["text"].iloc[1]) is float
    assert np.isnan(rows["flag"].iloc[1])


@pytest.mark.parametrize(
    ("kind", "dtype", "values", "expected"),
    [
        ("string", "object", ["a", None], pd.Series(["a", np.nan], dtype=object)),
        ("string", "string", ["a", None], pd.Series(["a", pd.NA], dtype="string")),
        ("string", "category", ["b", None], pd.Series(["b", None], dtype="category")),
        ("integer", "Int64", [3, None], pd.Series([3, pd.NA], dtype="Int64")),
        ("integer", "uint8", [3, 255], pd.Series([3, 255], dtype="uint8")),
        ("integer", "int64", [3, 4.0], pd.Series([3, 4], dtype="int64")),
        ("number", "float32", [0.1, None], pd.Series([0.1, np.nan], dtype="float32")),
        ("number", "float64", [10**30, None], pd.Series([1e30, np.nan])),
        ("number", "Float64", [1, None], pd.Series([1.0, pd.NA], dtype="Float64")),
        ("boolean", "boolean", [True, None], pd.Series([True, pd.NA], dtype="boolean")),
        (
            "datetime",
            "datetime64[ns, UTC]",
            ["2020-07-01T02:00:00+02:00", None],
            pd.Series(pd.to_datetime(["2020-07-01", None], utc=True).astype("datetime64[ns, UTC]")),
        ),
        (
            "datetime",
            "datetime64[ns]",
            [None, None],
            pd.Series([pd.NaT, pd.NaT], dtype="datetime64[ns]"),
        ),
    ],
)
def test_every_training_dtype(kind, dtype, values, expected):
    field = Field("x", kind, dtype, nullable=True)
    rows = [{"x": value, "more": 1} for value in values]
    found = frame_of(rows, Signature((field,), Output("other", "number")))
    pd.testing.assert_series_equal(found["x"], expected.rename("x"))


def test_columns_come_in_the_signatures_order_and_no_others():
    frame = read()
    shuffled = frame[list(frame.columns)[::-1]].assign(more=1)
    shuffled.index = [7, 8, 9]
    pd.testing.assert_frame_equal(frame_of(shuffled, signature(frame)), frame)


@pytest.mark.parametrize(
    ("column", "values", "reason"),
    [
        ("whole", [1.5, 2.0, 3.0], "type"),
        ("known", ["a", "b", "c"], "category"),
        ("number", [1.0, np.inf, 2.0], "range"),
        ("whole", [1, None, 3], "null"),
        ("text", [1, 2, 3], "type"),
    ],
)
def test_a_frame_is_checked_as_rows_are(column, values, reason):
    frame = read()
    with pytest.raises(InvalidRows) as caught:
        frame_of(frame.assign(**{column: values}), signature(frame))
    assert {fault.reason for fault in caught.value.faults} == {reason}
    assert {fault.field for fault in caught.value.faults} == {column}


def test_a_repeated_column_is_refused():
    frame = read()
    with pytest.raises(CellmarkError, match="'text' stands twice"):
        frame_of(frame[["text", *frame.columns]], signature(frame))
