"""Frames put one below the other, prepared together, and taken apart again."""

from __future__ import annotations

import pandas as pd
import pytest

from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal

from .conftest import Extract, proven

READ = """
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.utils import resample
train, test = read(), new()
"""
FIT = """
model = LinearRegression().fit(X_train, y_train)
answers = model.predict(X_test)
"""
TOGETHER = {
    "told apart by their number": (
        """
        y_train = train["income"]
        both = pd.concat([train, test])
        both["age"] = both["age"].fillna(both["age"].median())
        both = pd.get_dummies(both[["age", "visits", "city"]])
        X_train, X_test = both[:len(train)], both[len(train):]
        """,
        "both = pd.concat([test])",
    ),
    "numbered anew": (
        """
        y_train = train.pop("income")
        both = pd.concat([train, test], axis=0, ignore_index=True)
        both = pd.get_dummies(both[["age", "visits", "city"]].fillna(0))
        X_train = both.iloc[:len(train)]
        X_test = both.iloc[len(train):]
        """,
        "both = pd.concat([test], axis=0, ignore_index=True)",
    ),
    "told apart by a column": (
        """
        train["is_train"] = 1
        test["is_train"] = 0
        both = pd.concat((train, test), sort=False)
        both["age"] = both["age"].fillna(both["age"].median())
        both["city"] = both["city"].astype("category").cat.codes
        known, asked = both[both["is_train"] == 1], both[both["is_train"] == 0]
        X_train, y_train = known[["age", "visits", "city"]], known["income"]
        X_test = asked[["age", "visits", "city"]]
        """,
        "both = pd.concat([test], sort=False)",
    ),
    "told apart by the missing target": (
        """
        both = pd.concat([train, test])
        both["age"] = both["age"].fillna(both["age"].mean())
        known = both[both["income"].notna()]
        X_train, y_train = known[["age", "visits"]], known["income"]
        X_test = both[both["income"].isna()][["age", "visits"]]
        """,
        "both = pd.concat([test])",
    ),
    "the other way round": (
        """
        y_train = train["income"]
        both = pd.concat([test, train])[["age", "visits"]]
        both = both.fillna(both.median())
        X_test, X_train = both[:len(test)], both[len(test):]
        """,
        "both = pd.concat([test])",
    ),
}


def stacked(extract: Extract, people: pd.DataFrame, prepare: str, read: str = READ) -> Derived:
    new = people.drop(columns="income").iloc[10:45].reset_index(drop=True)
    cells = [("data", read), ("preprocess", prepare), ("train", FIT)]
    return extract(cells, read=people.copy, new=new.copy)


@pytest.mark.parametrize(("prepare", "written"), TOGETHER.values(), ids=TOGETHER.keys())
def test_prepared_together_a_request_is_one_of_the_frames(
    extract: Extract, people: pd.DataFrame, prepare: str, written: str
) -> None:
    derived = stacked(extract, people, prepare)
    assert written in derived.steps
    assert derived.path.source.name == "test"
    assert not any(isinstance(value, pd.DataFrame) for value in derived.values.values())
    proof = proven(derived)
    compared = {check.name: check.rows for check in proof.checks}
    assert compared["the notebook's training rows, in one batch"] == 80
    assert compared["the notebook's other rows, in one batch"] == 35
    assert proof.unproven == ()


def test_parts_of_one_frame_are_put_together_again(extract: Extract, people: pd.DataFrame) -> None:
    prepare = """
    df = df.fillna({"age": df["age"].median()})
    few, many = df[df["bought"] == "yes"], df[df["bought"] != "yes"]
    more = resample(few, replace=True, n_samples=60, random_state=0)
    df = pd.concat([more, many])
    X, y = df[["age", "visits"]], df["bought"] == "yes"
    """
    fit = "model = LinearRegression().fit(X, y)\nanswers = model.predict(X)"
    read = READ.replace("train, test = read(), new()", "df = read()")
    cells = [("data", read), ("preprocess", prepare), ("train", fit)]
    derived = extract(cells, read=people.copy)
    assert "df = pd.concat([many])" in derived.steps
    compared = {check.name: check.rows for check in proven(derived).checks}
    assert compared["the notebook's training rows, in one batch"] == 60 + 40


def test_keys_are_refused(extract: Extract, people: pd.DataFrame) -> None:
    prepare = """
    both = pd.concat([train, test], keys=["train", "test"])
    X_train, X_test = both.loc["train"][["visits"]], both.loc["test"][["visits"]]
    y_train = train["income"]
    """
    with pytest.raises(Refusal, match="numbers the frames that it puts") as refused:
        stacked(extract, people, prepare)
    assert (refused.value.cell, refused.value.line) == (2, 1)
    assert "test['is_train'] = 0" in refused.value.fix


def test_columns_beside_each_other_stay(extract: Extract, people: pd.DataFrame) -> None:
    prepare = """
    X = pd.concat([df[["visits"]], pd.get_dummies(df["city"])], axis=1)
    """
    fit = "model = LinearRegression().fit(X, df['income'])\nanswers = model.predict(X)"
    read = READ.replace("train, test = read(), new()", "df = read()")
    derived = extract([("data", read), ("preprocess", prepare), ("train", fit)], read=people.copy)
    assert "], axis=1)" in derived.steps
    assert proven(derived).rows == 80
