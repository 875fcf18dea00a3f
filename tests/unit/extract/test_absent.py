"""The target among columns that the notebook prepares: scoring has them without it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

from cellmark.extract.refusal import Refusal

from .conftest import Extract, proven

READ = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.preprocessing import LabelEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
df = read()
df = df.drop(columns=["joined"])
df["age"] = df["age"].fillna(0)
"""
INCOME = """
X, y = df.select_dtypes("number").drop(columns="income"), df["income"]
model = LinearRegression().fit(X, y)
answers = model.predict(X)
"""
BOUGHT = """
X, y = df.drop("bought", axis=1), df["bought"]
model = DecisionTreeClassifier(max_depth=3).fit(X, y)
answers = model.predict(X)
"""


class Case(NamedTuple):
    """How the notebook prepares, what it learns, a line of the steps, and a frozen value."""

    prepare: str
    train: str
    written: str
    name: str = ""
    value: Any = None


CASES = {
    "a loop over columns of a type": Case(
        """
        for c in df.select_dtypes(["object", "str"]).columns:
            df[c] = LabelEncoder().fit_transform(df[c].astype(str))
        """,
        BOUGHT,
        "for c in frozen.select_dtypes_columns:",
        "select_dtypes_columns",
        ["city", "job"],
    ),
    "a loop over names": Case(
        """
        le = LabelEncoder()
        for c in ["city", "job", "bought"]:
            df[c] = le.fit_transform(df[c].astype(str))
        """,
        BOUGHT,
        "for c in ['city', 'job']:",
    ),
    "a loop over a variable": Case(
        """
        texts = ["city", "job", "bought"]
        for c in texts:
            df[c] = df[c].fillna("x").astype("category").cat.codes
        """,
        BOUGHT,
        "texts = ['city', 'job']",
    ),
    "a loop with statistics": Case(
        """
        for c in ("age", "income"):
            low, high = df[c].quantile(0.05), df[c].quantile(0.95)
            df[c] = df[c].clip(low, high)
        """,
        INCOME,
        "for c in ('age',):",
    ),
    "a loop over all columns": Case(
        """
        df = df.drop(columns=["city", "job", "bought"])
        for c in df.columns:
            df[c] = df[c].clip(upper=df[c].quantile(0.9))
        """,
        INCOME,
        "for c in df.columns:",
    ),
    "columns of a type": Case(
        """
        numbers = df.select_dtypes("number").columns
        df[numbers] = df[numbers].replace(0, np.nan).fillna(df[numbers].median())
        """,
        INCOME,
        "df[frozen.numbers] = df[frozen.numbers].replace(0, np.nan).fillna(frozen.median)",
        "numbers",
        ["age", "visits"],
    ),
    "a list of columns of a type": Case(
        """
        numbers = df.select_dtypes("number").columns.tolist()
        df[numbers] = df[numbers].apply(lambda s: s - s.mean())
        """,
        INCOME,
        "df[frozen.numbers].apply(lambda s: s - frozen.mean_by_name[s.name])",
        "numbers",
        ["age", "visits"],
    ),
    "values by column": Case(
        """
        numbers = [c for c in df.columns if df[c].dtype.kind in "if"]
        df[numbers] = (df[numbers] - df[numbers].mean()) / df[numbers].std()
        """,
        INCOME,
        "df[frozen.numbers] = (df[frozen.numbers] - frozen.mean) / frozen.std",
        "mean",
        None,
    ),
    "a list as written": Case(
        """
        numbers = ["age", "income", "visits"]
        df[numbers] = df[numbers] / df[numbers].max()
        """,
        INCOME,
        "numbers = ['age', 'visits']",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_scoring_has_the_columns_without_the_target(
    extract: Extract, people: pd.DataFrame, case: Case
) -> None:
    cells = [("data", READ), ("preprocess", case.prepare), ("train", case.train)]
    derived = extract(cells, read=people.copy)
    assert case.written in derived.steps
    assert not derived.truth.target & {field.name for field in derived.signature.inputs}
    if case.value is not None:
        assert list(derived.values[case.name]) == case.value
    elif case.name:
        assert derived.values[case.name].index.tolist() == ["age", "visits"]
    checks = {check.name: check.max_abs_difference for check in proven(derived).checks}
    assert checks["the notebook's training rows, in one batch"] == 0.0
    assert checks["target absent or present"] == 0.0


def test_no_statistic_of_the_target_is_kept(extract: Extract, people: pd.DataFrame) -> None:
    case = CASES["a loop with statistics"]
    cells = [("data", READ), ("preprocess", case.prepare), ("train", case.train)]
    kept = extract(cells, read=people.copy).values
    assert {type(value) for name, value in kept.items() if name != "model"} <= {float, np.float64}


def test_a_scaler_of_columns_with_the_target_is_refused(
    extract: Extract, people: pd.DataFrame
) -> None:
    prepare = """
    numbers = df.select_dtypes("number").columns
    df[numbers] = StandardScaler().fit_transform(df[numbers])
    """
    cells = [("data", READ), ("preprocess", prepare), ("train", INCOME)]
    with pytest.raises(Refusal, match="does not run for new rows") as refused:
        extract(cells, read=people.copy)
    assert (refused.value.cell, refused.value.line) == (2, 2)
    assert "y = df.pop('income')" in refused.value.fix


def test_texts_that_are_no_columns_stay(extract: Extract, people: pd.DataFrame) -> None:
    prepare = """
    known = ["bought", "Bern", "Oslo"]
    df["is_known"] = df["city"].isin(known)
    """
    train = BOUGHT.replace('df.drop("bought", axis=1)', 'df[["is_known", "visits"]]')
    cells = [("data", READ), ("preprocess", prepare), ("train", train)]
    derived = extract(cells, read=people.copy)
    assert 'known = ["bought", "Bern", "Oslo"]' in derived.steps
    assert proven(derived).rows == 80
