"""Code of every build between a table and a model, and tables that libraries bring."""

from __future__ import annotations

import pytest

from .conftest import Cells, Exact

IMPORTS = """
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
"""
TRAIN = """
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
model.predict(X_test)
"""
FEATURES = """
X = df[["age", "income", "visits"]].fillna(0)
y = df["bought"]
"""
WRITTEN = {
    "arguments by star": """
        def scaled(d, *names, by=1, **others):
            for name in names:
                d[name] = d[name] * by
            return d
        df = scaled(df, "income", "visits", by=2)
        """,
    "nested function": """
        def outer(d):
            def inner(s):
                return s * 2
            d["income"] = inner(d["income"])
            return d
        df = outer(df)
        """,
    "closure": """
        def maker(k):
            def inner(s):
                return s * k
            return inner
        twice = maker(2)
        df["income"] = twice(df["income"])
        """,
    "dataclass": """
        from dataclasses import dataclass
        @dataclass
        class Config:
            factor: float = 2.0
        config = Config()
        df["income"] = df["income"] * config.factor
        """,
    "named tuple": """
        from collections import namedtuple
        Config = namedtuple("Config", "factor")
        config = Config(3)
        df["income"] = df["income"] * config.factor
        """,
    "branch on the rows": """
        if df["age"].isna().any():
            df["age"] = df["age"].fillna(df["age"].median())
        """,
    "loop over the columns of a kind": """
        for name in df.select_dtypes("number").columns:
            df[name] = df[name].fillna(df[name].median())
        """,
}


@pytest.mark.parametrize("source", WRITTEN.values(), ids=WRITTEN.keys())
def test_code_is_packaged_exactly(source: str, exact: Exact) -> None:
    cells = [("", IMPORTS), ("data", "df = read()"), ("preprocess", source)]
    exact([*cells, ("preprocess", FEATURES), ("train evaluate", TRAIN)])


def loaded(data: str, features: str = "X, y = df.drop(columns='target'), df['target']") -> Cells:
    return [("", IMPORTS), ("data", data), ("preprocess", features), ("train", TRAIN)]


LOADED = {
    "a bunch's frame": loaded("df = load_breast_cancer(as_frame=True).frame"),
    "a bunch's arrays": loaded(
        "data = load_breast_cancer()\n"
        "df = pd.DataFrame(data.data, columns=data.feature_names)\ndf['target'] = data.target"
    ),
    "features and target apart": loaded(
        "X, y = load_iris(return_X_y=True, as_frame=True)", "X.head()"
    ),
}


@pytest.mark.parametrize("cells", LOADED.values(), ids=LOADED.keys())
def test_a_table_that_a_library_brings(cells: Cells, exact: Exact) -> None:
    exact(cells)
