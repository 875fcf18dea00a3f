"""The target: found however it was taken from the raw frame, and never asked of a request."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cellmark.extract.answer.likeness import columns_like
from cellmark.extract.refusal import Refusal

from .conftest import Extract, proven

SETUP = """
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
df = read()
"""
FIT = "m = RandomForestClassifier(3, random_state=0).fit(X, y)\nm.predict(X)"
SPLIT_FIT = """
a, b, c, d = train_test_split(X, y, random_state=0)
m = RandomForestClassifier(3, random_state=0).fit(a, c)
m.predict(b)
"""

FOUND = {
    "by name": 'X, y = df[["income", "visits"]], df["bought"]',
    "by attribute": 'X = df[["income", "visits"]]\ny = df.bought',
    "dropped": 'X = df.drop(columns=["bought", "city", "job", "joined", "age"])\ny = df["bought"]',
    "selected with the features": """
        df = df[["income", "visits", "bought"]]
        X = df.drop("bought", axis=1)
        y = df["bought"]
        """,
    "popped": 'y = df.pop("bought")\nX = df[["income", "visits"]]',
    "mapped": """
        df["bought"] = df["bought"].map({"no": 0, "yes": 1})
        X = df[["income", "visits"]]
        y = df["bought"]
        """,
    "encoded in place": """
        df["bought"] = LabelEncoder().fit_transform(df["bought"])
        X = df[["income", "visits"]]
        y = df["bought"].values
        """,
    "compared": 'X = df[["income", "visits"]]\ny = (df["bought"] == "yes").astype(int)',
    "as an array": """
        X = df[["income", "visits"]].to_numpy()
        y = np.where(df["bought"].values == "yes", 1, 0).ravel()
        """,
    "a dummy of it": """
        df = pd.get_dummies(df.drop(columns=["joined", "job", "age"]), drop_first=True)
        X = df.drop(columns=["bought_yes"])
        y = df["bought_yes"]
        """,
    "renamed columns": """
        df.columns = df.columns.str.upper()
        X = df[["INCOME", "VISITS"]]
        y = df["BOUGHT"]
        """,
    "by position": 'X = df[["income", "visits"]]\ny = df.iloc[:, -1]',
    "by position, as an array": """
        X = df[["income", "visits"]].values
        y = df.values[:, -1].astype(str)
        """,
    "and the features by position too": """
        part = df[["income", "visits", "bought"]]
        X = part.iloc[:, :-1].values
        y = part.iloc[:, -1].to_numpy()
        """,
    "among names by position": """
        part = df[["visits", "bought", "income"]]
        X = part[part.columns[[0, 2]]]
        y = part[part.columns[1]]
        """,
    "in the midst of positions": """
        part = df[["visits", "bought", "income"]]
        y = part["bought"]
        X = part.iloc[:, 0:3].drop(columns=["bought"])
        """,
    "through a name": 'label = "bought"\nX = df[["income", "visits"]]\ny = df[label]',
}


@pytest.mark.parametrize("fit", [FIT, SPLIT_FIT], ids=["all rows", "split"])
@pytest.mark.parametrize("source", FOUND.values(), ids=FOUND.keys())
def test_is_found(source: str, fit: str, extract: Extract, people: pd.DataFrame) -> None:
    derived = extract([("data", SETUP), ("preprocess", source), ("train", fit)], read=people.copy)
    assert derived.truth.target == {"bought"}
    assert "bought" not in [field.name for field in derived.signature.inputs]
    proven(derived, 5)


AS_FEATURE = {
    "itself": """
        df["bought"] = (df["bought"] == "yes").astype(int)
        X = df[["income", "bought"]]
        y = df["bought"]
        """,
    "whatever is left": """
        df["bought"] = (df["bought"] == "yes").astype(int)
        X = df.drop(columns=["city", "job", "joined", "age"])
        y = df["bought"]
        """,
}


@pytest.mark.parametrize("source", AS_FEATURE.values(), ids=AS_FEATURE.keys())
def test_is_refused_as_a_feature(source: str, extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(Refusal, match="without the target bought"):
        extract([("data", SETUP), ("preprocess", source), ("train", FIT)], read=people.copy)


QUANTITIES = {
    "of two, by name": 'df["y"] = (df["income"] * 2 > df["visits"]).astype(int)',
    "of two, by attribute": 'df["y"] = (df.income * 2 > df.visits).astype(int)',
    "of the row behind": 'df["y"] = (df.income.shift(-1) > 3000).astype(int)',
    "of the row before": 'df["y"] = (df["income"].diff() > 0).astype(int)',
}


@pytest.mark.parametrize("source", QUANTITIES.values(), ids=QUANTITIES.keys())
def test_what_a_quantity_is_made_of_stays_a_feature(
    source: str, extract: Extract, people: pd.DataFrame
) -> None:
    learn = 'X, y = df[["income", "visits"]], df["y"]'
    derived = extract(
        [("data", SETUP), ("preprocess", f"{source}\n{learn}"), ("train", FIT)], read=people.copy
    )
    assert derived.truth.target == frozenset()
    assert [field.name for field in derived.signature.inputs] == ["income", "visits"]
    proven(derived, 5)


def test_a_regression_target(extract: Extract, people: pd.DataFrame) -> None:
    source = """
    X = df[["age", "visits"]].fillna(df[["age", "visits"]].median())
    y = np.log1p(df["income"])
    m = LinearRegression().fit(X, y)
    """
    derived = extract([("data", SETUP), ("preprocess train", source)], read=people.copy)
    assert derived.truth.target == {"income"}
    assert derived.signature.output.task == "regression"


RAW = pd.DataFrame(
    {
        "flag": ["a", "b", "a", "b", "b", "a"],
        "price": [5.0, 1.5, 9.0, 2.5, 7.0, 4.0],
        "name": list("uvwxyz"),
        "same": 1,
    }
)
ORDER = [np.arange(6)]


@pytest.mark.parametrize(
    ("target", "columns"),
    [
        ([1, 0, 1, 0, 0, 1], {"flag"}),
        ([1, 0, 1, 0, 1, 1], set()),
        (np.log(RAW["price"]), {"price"}),
        (-RAW["price"], {"price"}),
        (RAW["price"] % 2, set()),
        ([3, 3, 3, 3, 3, 3], set()),
        (np.zeros((6, 2)), set()),
    ],
)
def test_likeness(target: object, columns: set[str]) -> None:
    assert columns_like(target, RAW, ORDER) == columns


def test_likeness_at_other_rows() -> None:
    picked = np.array([4, 0, 1])
    target = RAW["flag"].iloc[picked].eq("a")
    assert columns_like(target, RAW, [np.array([0, 1, 2]), picked]) == set()
    both = np.array([4, 0, 1, 2])
    assert columns_like(RAW["flag"].iloc[both].eq("a"), RAW, [both]) == {"flag"}


def test_computed_from_several_columns_leaves_them_features(
    extract: Extract, people: pd.DataFrame
) -> None:
    source = """
    df["spare"] = df["income"] - 100 * df["visits"]
    X = df[["income", "visits"]]
    y = df["spare"] > 2000
    """
    derived = extract([("data", SETUP), ("preprocess", source), ("train", FIT)], read=people.copy)
    assert [field.name for field in derived.signature.inputs] == ["income", "visits"]
    proven(derived, 5)
