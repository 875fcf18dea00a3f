"""Columns of one frame given to another: scoring prepares a request once, in one frame's way."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from cellmark.extract.written import write_derived
from cellmark_runtime.errors import CellmarkError

from .conftest import Extract, proven

IMPORTS = """
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
"""
READ = {
    "one file": "df = read()\ntrain, test = train_test_split(df, random_state=0)",
    "two files": "train = read()\ntest = read().iloc[10:40].drop(columns='income')",
}
DUMMIES = """
y_train = train["income"]
X_train = pd.get_dummies(train[["visits", "city"]])
X_test = pd.get_dummies(test[["visits", "city"]])
"""
GIVEN = {
    "reindex": (
        "X_test = X_test.reindex(columns=X_train.columns, fill_value=0)",
        "X_test = X_test.reindex(columns=frozen.x_train_columns, fill_value=0)",
    ),
    "reindex along an axis": (
        "X_test = X_test.reindex(X_train.columns, axis=1).fillna(0)",
        "X_test = X_test.reindex(frozen.x_train_columns, axis=1).fillna(0)",
    ),
    "subscript": ("X_test = X_test[X_train.columns]", "X_test = X_test[frozen.x_train_columns]"),
    "loc": (
        "X_test = X_test.loc[:, X_train.columns]",
        "X_test = X_test.loc[:, frozen.x_train_columns]",
    ),
    "a list of names": (
        "names = X_train.columns.tolist()\nX_test = X_test[names]",
        "X_test = X_test[frozen.names]",
    ),
    "columns that are missing": (
        "for name in set(X_train.columns) - set(X_test.columns):\n    X_test[name] = 0\n"
        "X_test = X_test[X_train.columns]",
        "for name in set(frozen.x_train_columns) - set(X_test.columns):",
    ),
    "align": (
        'X_train, X_test = X_train.align(X_test, join="left", axis=1, fill_value=0)',
        "X_test = X_test.reindex(columns=frozen.x_test_columns, fill_value=0)",
    ),
    "align the other way": (
        "X_test, X_train = X_test.align(X_train, join='right', axis=1)",
        "X_test = X_test.reindex(columns=frozen.x_test_columns)",
    ),
}
FIT = "model = LinearRegression().fit(X_train, y_train)\nanswers = model.predict(X_test)"


@pytest.mark.parametrize("read", READ.values(), ids=READ.keys())
@pytest.mark.parametrize(("given", "written"), GIVEN.values(), ids=GIVEN.keys())
def test_columns_of_the_training_frame_are_frozen(
    extract: Extract, people: pd.DataFrame, given: str, written: str, read: str
) -> None:
    cells = [("data", IMPORTS + read), ("preprocess", DUMMIES + given), ("train", FIT)]
    derived = extract(cells, read=people.copy)
    assert written in derived.steps
    assert derived.steps.count("get_dummies") == 1, "a request is prepared once"
    assert not any(isinstance(value, pd.DataFrame) for value in derived.values.values())
    proof = proven(derived)
    assert proof.max_abs_difference < 1e-9
    assert proof.unproven == ()


LACKING = {
    **{
        name: GIVEN[name][0]
        for name in GIVEN
        if name not in {"subscript", "loc", "a list of names"}
    },
    "at once": "X_test = pd.get_dummies(test[['visits', 'city']]).reindex("
    "columns=X_train.columns, fill_value=0)",
}
WITHOUT_ROME = "train = read()\ntest = read().query('city != \"Rome\"').drop(columns='income')"


@pytest.mark.parametrize("given", LACKING.values(), ids=LACKING.keys())
def test_a_category_that_test_rows_lack_is_one_of_the_training_rows(
    extract: Extract, people: pd.DataFrame, given: str, tmp_path: Path
) -> None:
    given = given.replace("axis=1)", "axis=1, fill_value=0)") if "align(X_train" in given else given
    cells = [("data", IMPORTS + WITHOUT_ROME), ("preprocess", DUMMIES + given), ("train", FIT)]
    derived = extract(cells, read=people.copy)
    assert derived.values["test_categories"]["city"][-1] == "Rome"
    proof = proven(derived)
    compared = {check.name: check.rows for check in proof.checks}
    assert compared["the notebook's training rows, in one batch"] == 80
    assert proof.unproven == ()
    data = write_derived(derived, tmp_path, {}).data
    assert [(each.name, each.rows) for each in data] == [("test", 49), ("train", 80)]


def test_categories_of_the_test_rows_alone_have_no_column(
    extract: Extract, people: pd.DataFrame
) -> None:
    read = WITHOUT_ROME + ".replace({'city': {'Oslo': 'Lima'}})"
    cells = [("data", IMPORTS + read), ("preprocess", DUMMIES + LACKING["reindex"]), ("train", FIT)]
    derived = extract(cells, read=people.copy)
    assert derived.values["test_categories"]["city"] == ["Bern", "Lima", "Oslo", "Rome"]
    assert proven(derived).unproven == ()


def test_a_first_category_that_test_rows_lack_is_refused(
    extract: Extract, people: pd.DataFrame
) -> None:
    """Without Bern, the notebook's own test rows lose Oslo as their first category."""
    prepare = DUMMIES.replace('"city"]])', '"city"]], drop_first=True)') + GIVEN["reindex"][0]
    read = WITHOUT_ROME.replace("Rome", "Bern")
    cells = [("data", IMPORTS + read), ("preprocess", prepare), ("train", FIT)]
    with pytest.raises(CellmarkError, match="get_dummies"):
        proven(extract(cells, read=people.copy))


def test_columns_of_the_same_rows_stay_as_written(extract: Extract, people: pd.DataFrame) -> None:
    prepare = """
    other = df[["visits", "city"]]
    X = df.reindex(columns=other.columns)
    X["city"] = X["city"].str.len()
    """
    fit = "model = LinearRegression().fit(X, df['income'])\nanswers = model.predict(X)"
    cells = [("data", IMPORTS + "df = read()"), ("preprocess", prepare), ("train", fit)]
    derived = extract(cells, read=people.copy)
    assert "X = df.reindex(columns=other.columns)" in derived.steps
    assert proven(derived).rows == 80


def test_the_target_is_none_of_the_columns(extract: Extract, people: pd.DataFrame) -> None:
    prepare = """
    test = test[["visits", "age"]].reindex(columns=train[["age", "income", "visits"]].columns)
    known = train[["age", "income", "visits"]]
    test = test.reindex(columns=known.columns)
    X_train, X_test = known.drop(columns="income").fillna(0), test.drop(columns="income").fillna(0)
    y_train = train["income"]
    """
    cells = [("data", IMPORTS + READ["one file"]), ("preprocess", prepare), ("train", FIT)]
    derived = extract(cells, read=people.copy)
    assert derived.values["known_columns"].tolist() == ["age", "visits"]
    assert proven(derived).rows == 80
