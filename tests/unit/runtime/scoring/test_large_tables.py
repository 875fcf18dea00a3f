"""Frozen tables of many rows: arrays in a file of their own, exactly what they were."""

from __future__ import annotations

import json
import math
import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from cellmark_runtime.errors import BundleError
from cellmark_runtime.scoring.beside import STRUCTURE
from cellmark_runtime.scoring.persistence import dump, load_frozen

ROWS = 12_000
RANDOM = np.random.default_rng(0)
NAMES = [f"user {at}" for at in range(ROWS)]
CITIES = RANDOM.choice(["Bern", "Oslo", "Rome", "Zürich"], ROWS)
FLOATS = np.where(RANDOM.random(ROWS) < 0.1, np.nan, RANDOM.normal(size=ROWS))
ODD_NAN = np.frombuffer(bytes.fromhex("0100000000fcff7f0000000000000840"), "f8")


def objects(*values: Any) -> pd.Series:
    return pd.Series([*values] * (ROWS // len(values)), dtype=object)


# Each is one column of a frame of over 10,000 values.
PANDAS = {
    "texts": pd.Series(NAMES),
    "few texts, many rows": pd.Series(CITIES),
    "texts, some missing": pd.Series(np.where(CITIES == "Oslo", None, CITIES)),
    "objects: texts and None": objects("a", None, "", "b"),
    "objects: texts and NaN": objects("a", math.nan, "b", "ä"),
    "objects: texts, NaN and None": objects("a", math.nan, None, "b"),
    "objects: other things": objects("a", 1, 2.5, True),
    "objects: whole numbers": objects(1, None, -3, 2**62),
    "objects: large whole numbers": objects(1, 2**70, 3, 4),
    "objects: truths": objects(True, None, False, True),
    "floats": pd.Series(FLOATS),
    "floats with a NaN of other bits": pd.Series(np.resize(ODD_NAN, ROWS)),
    "small floats": pd.Series(FLOATS.astype("f4")),
    "whole numbers": pd.Series(np.arange(ROWS, dtype="i2")),
    "truths": pd.Series(CITIES == "Oslo"),
    "whole numbers, some missing": pd.Series(np.arange(ROWS), dtype="Int32").where(FLOATS > 0),
    "truths, some missing": pd.Series(CITIES == "Oslo", dtype="boolean").where(FLOATS > 0),
    "dates": pd.Series(pd.date_range("2024-01-01", periods=ROWS, freq="h")).where(FLOATS > 0),
    "dates in a zone": pd.Series(
        pd.date_range("2024-01-01", periods=ROWS, freq="h", tz="Europe/Oslo")
    ),
    "lengths of time": pd.Series(pd.to_timedelta(np.arange(ROWS), "s")),
    "categories": pd.Series(
        pd.Categorical(CITIES, ["Zürich", "Rome", "Oslo", "Bern"], ordered=True)
    ),
    "intervals": pd.Series(pd.cut(FLOATS, [-9, 0, 1, 9])),
}


def came_back(value: Any, folder: Path) -> Any:
    kept = dump("rates", value, folder)
    assert (kept.format, kept.file) == ("npz", "model/rates.npz")
    return load_frozen(folder, [kept])["rates"]


@pytest.mark.parametrize("column", PANDAS.values(), ids=PANDAS.keys())
def test_a_pandas_table_comes_back_exactly(column: pd.Series, tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": column, "again": column}).set_axis(
        pd.Index([f"row {at}" for at in range(len(column))], name="key")
    )
    found = came_back(frame, tmp_path)
    pd.testing.assert_frame_equal(found, frame, check_exact=True)
    # None is not NaN, and a NaN has bits.
    if column.dtype == object:
        assert [*map(repr, found["x"])] == [*map(repr, column)]
        assert [*map(type, found["x"])] == [*map(type, column)]
    if column.dtype == np.float64:
        assert found["x"].to_numpy().tobytes() == column.to_numpy().tobytes()


POLARS = {
    "texts": pl.Series(NAMES),
    "few texts": pl.Series(CITIES.tolist()),
    "texts, some null": pl.Series([None if each == "Oslo" else each for each in CITIES.tolist()]),
    "floats": pl.Series(FLOATS, nan_to_null=True),
    "NaN, not null": pl.Series(FLOATS),
    "whole numbers": pl.Series([None, *range(ROWS - 1)], dtype=pl.Int32),
    "truths": pl.Series((CITIES == "Oslo").tolist()),
    "dates": pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2025, 9, 1), "1h", eager=True),
    "levels": pl.Series(CITIES.tolist(), dtype=pl.Enum(["Rome", "Oslo", "Bern", "Zürich"])),
}


@pytest.mark.parametrize("column", POLARS.values(), ids=POLARS.keys())
def test_a_polars_table_comes_back_exactly(column: pl.Series, tmp_path: Path) -> None:
    frame = pl.DataFrame({"x": column, "again": column})
    found = came_back(frame, tmp_path)
    assert found.schema == frame.schema
    assert found.equals(frame, null_equal=True)


def test_a_series_with_two_keys_comes_back_exactly(tmp_path: Path) -> None:
    index = pd.MultiIndex.from_arrays([NAMES, CITIES], names=["name", "city"])
    series = pd.Series(FLOATS, index=index, name="rate")
    pd.testing.assert_series_equal(came_back(series, tmp_path), series, check_exact=True)


def test_what_came_back_may_be_written_into(tmp_path: Path) -> None:
    found = came_back(pd.DataFrame({"x": FLOATS}), tmp_path)
    found.loc[0, "x"] = 7.0
    assert found["x"].iloc[0] == 7.0


def test_the_file_says_what_it_is(tmp_path: Path) -> None:
    came_back(pd.DataFrame({"city": CITIES, "rate": FLOATS}), tmp_path)
    with zipfile.ZipFile(tmp_path / "model" / "rates.npz") as archive:
        told = json.loads(archive.read(STRUCTURE))
        assert {name for name in archive.namelist() if not name.endswith(".npy")} == {STRUCTURE}
    assert told["$type"] == "pandas.DataFrame"
    assert [each["name"] for each in told["data"]] == ["city", "rate"]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    frame = pd.DataFrame({"city": CITIES, "rate": FLOATS})
    folders = [tmp_path / "one", tmp_path / "two"]
    one, two = ((each, dump("rates", frame.copy(), each))[0] for each in folders)
    assert (one / "model/rates.npz").read_bytes() == (two / "model/rates.npz").read_bytes()


def test_a_small_table_stays_readable(tmp_path: Path) -> None:
    small = pd.DataFrame({"city": CITIES[:2000], "rate": FLOATS[:2000]})
    assert dump("rates", small, tmp_path).format == "json"


@pytest.mark.parametrize("member", ["0.npy", STRUCTURE], ids=["an array", "the structure"])
@pytest.mark.parametrize("damage", ["missing", "an object"])
def test_a_damaged_file_is_refused(member: str, damage: str, tmp_path: Path) -> None:
    kept = dump("rates", pd.DataFrame({"city": CITIES}), tmp_path)
    path = tmp_path / kept.file
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    if damage == "missing":
        del members[member]
    else:
        members[member] = pickle.dumps({"a": 1})
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    with pytest.raises(BundleError, match=r"model/rates\.npz.*is damaged"):
        load_frozen(tmp_path, [kept])
