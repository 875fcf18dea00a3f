"""Any change of content changes a fingerprint; nothing else does."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cellmark.capture.fingerprints import fingerprint, is_data

ROWS = 20_500


def frame() -> pd.DataFrame:
    at = np.arange(ROWS)
    return pd.DataFrame(
        {
            "number": at * 0.5,
            "whole": at,
            "flag": at % 2 == 0,
            "text": [f"t{i % 7}" for i in at],
            "mixed": [None if i % 5 == 0 else (i if i % 2 else f"m{i}") for i in at],
            "when": pd.date_range("2024-01-01", periods=ROWS, freq="h"),
            "zoned": pd.date_range("2024-01-01", periods=ROWS, freq="h", tz="Europe/Rome"),
            "kind": pd.Categorical([f"k{i % 3}" for i in at]),
            "masked": pd.array([None if i % 4 == 0 else i for i in at], dtype="Int64"),
            "logical": pd.array([None if i % 4 == 0 else i % 3 == 0 for i in at], dtype="boolean"),
            "period": pd.period_range("2024-01", periods=ROWS, freq="h"),
        }
    )


def changed(column: str, row: int, value: object) -> pd.DataFrame:
    other = frame()
    other.loc[row, column] = value
    return other


CHANGES = {
    "row 20,000 of a float column": changed("number", 20_000, -1.0),
    "row 20,000 of a text column": changed("text", 20_000, "other"),
    "an object": changed("mixed", 20_001, "other"),
    "one flag": changed("flag", 3, True),
    "a masked integer": changed("masked", 5, 6),
    "a value gone missing": changed("masked", 5, None),
    "a masked flag": changed("logical", 5, True),
    "a category": changed("kind", 20_000, "k1"),
    "shifted times": frame().assign(when=lambda f: f["when"] + pd.Timedelta("1h")),
    "shifted zoned times": frame().assign(zoned=lambda f: f["zoned"] + pd.Timedelta("1ns")),
    "another zone": frame().assign(zoned=lambda f: f["zoned"].dt.tz_convert("UTC")),
    "a shifted period": frame().assign(period=lambda f: f["period"] + 1),
    "another dtype": frame().astype({"whole": "int32"}),
    "a column's name": frame().rename(columns={"whole": "entire"}),
    "the columns' order": frame()[["whole", *[c for c in frame() if c != "whole"]]],
    "the rows' order": frame().iloc[::-1].reset_index(drop=True),
    "the index": frame().set_index(pd.RangeIndex(1, ROWS + 1)),
    "the index's name": frame().rename_axis("row"),
    "one row less": frame().iloc[:-1],
    "one column less": frame().drop(columns="number"),
    "ordered categories": frame().assign(kind=lambda f: f["kind"].cat.as_ordered()),
    "an unused category": frame().assign(kind=lambda f: f["kind"].cat.add_categories("k9")),
}
REFERENCE = fingerprint(frame())


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_changes_the_digest(change):
    assert fingerprint(CHANGES[change]).digest != REFERENCE.digest


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(lambda f: f.copy(), id="a copy"),
        pytest.param(lambda f: pd.concat([f.iloc[:100], f.iloc[100:]]), id="pieced together"),
        pytest.param(lambda f: f.iloc[:, ::-1].iloc[:, ::-1], id="strided"),
    ],
)
def test_equal_content_has_an_equal_digest(same):
    other = same(frame())
    other.index = pd.RangeIndex(ROWS)
    assert fingerprint(other) == REFERENCE


def test_it_names_shape_columns_and_dtypes():
    assert REFERENCE.shape == (ROWS, 11)
    assert REFERENCE.rows == ROWS
    assert [c.name for c in REFERENCE.columns][:3] == ["number", "whole", "flag"]
    assert REFERENCE.columns[1].dtype == "int64"


def test_columns_that_did_not_change_keep_their_digests():
    other = {c.name: c.digest for c in fingerprint(CHANGES["one flag"]).columns}
    different = [c.name for c in REFERENCE.columns if other[c.name] != c.digest]
    assert different == ["flag"]


def test_borders_between_strings_count():
    assert fingerprint(pd.Series(["ab", "c"])) != fingerprint(pd.Series(["a", "bc"]))
    mixed = [pd.Series(["1", 1], dtype=object), pd.Series([1, "1"], dtype=object)]
    assert fingerprint(mixed[0]) != fingerprint(mixed[1])


@pytest.mark.parametrize(
    "value",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": []}),
        pd.DataFrame([[1, 2]], columns=["x", "x"]),
        pd.DataFrame({"a": [1]}, index=pd.MultiIndex.from_tuples([("u", 1)])),
        pd.DataFrame({("a", 1): [1], ("b", 2): [2]}),
        pd.Series([{"a": 1}, [2], (3,)]),
        pd.Series([1, 2], index=["x", "y"], name=3),
        np.zeros((0, 3)),
        np.arange(12).reshape(3, 4)[:, ::2],
        np.array(["a", None], dtype=object),
    ],
    ids=lambda value: f"{type(value).__name__}{getattr(value, 'shape', '')}",
)
def test_odd_shapes_have_one_too(value):
    assert is_data(value)
    assert fingerprint(value) == fingerprint(value.copy())


def test_a_scalar_is_no_data():
    assert not any(map(is_data, [1, "x", None, np.float64(2), [1, 2], np.array(1)]))


def test_another_process_finds_the_same_digest():
    code = (
        "import pandas as pd; from cellmark.capture.fingerprints import fingerprint;"
        "f = pd.DataFrame({'a': ['x', 'y' * 9], 'b': [1, None], 'c': pd.Categorical(['u', 'v'])});"
        "print(fingerprint(f).digest)"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    }
    assert len(digests) == 1


def polars_frame() -> pl.DataFrame:
    return pl.DataFrame(
        {
            "number": [0.5, None, 1.5],
            "whole": [1, 2, None],
            "text": ["a", None, "c"],
            "kind": pl.Series(["u", "v", "u"], dtype=pl.Enum(["u", "v"])),
            "when": pl.Series([1, 2, None], dtype=pl.Int64).cast(pl.Datetime("us")),
            "list": [[1], [], None],
        }
    )


@pytest.mark.parametrize(
    "other",
    [
        polars_frame().with_columns(pl.col("number").fill_null(0.0)),
        polars_frame().with_columns(pl.col("whole").cast(pl.Int32)),
        polars_frame().with_columns(text=pl.Series(["a", None, "d"])),
        polars_frame().with_columns(pl.col("when") + pl.duration(microseconds=1)),
        polars_frame().rename({"list": "lists"}),
        polars_frame().reverse(),
        polars_frame()["number"],
    ],
)
def test_a_polars_frame_has_a_fingerprint_of_its_content(other: pl.DataFrame | pl.Series) -> None:
    assert is_data(other)
    assert fingerprint(polars_frame()) == fingerprint(polars_frame())
    assert fingerprint(other).digest != fingerprint(polars_frame()).digest
    assert fingerprint(polars_frame()).shape == (3, 6)
