"""The Signature: the raw columns that are really read, as the training rows had them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.cluster import KMeans
from sklearn.ensemble import IsolationForest
from sklearn.neighbors import KNeighborsRegressor

from cellmark.extract.proof.output import output_of
from cellmark.extract.proof.signature import field_of
from cellmark.extract.proof.truth import Scored
from cellmark_runtime.errors import CellmarkError

from .conftest import Extract

SETUP = """
import pandas as pd
from sklearn.linear_model import LogisticRegression
df = read()
"""
FIT = 'm = LogisticRegression(max_iter=50).fit(X, df["bought"])\nm.predict(X)'

READ = {
    "by name": ('X = df[["income", "visits"]]', ["income", "visits"]),
    "not what is dropped": (
        'X = df.drop(columns=["city", "job", "joined", "age", "bought"])',
        ["income", "visits"],
    ),
    "by type": (
        'X = df.drop(columns="age").select_dtypes("number")',
        ["income", "visits"],
    ),
    "in a loop": (
        'X = pd.DataFrame()\nfor c in ["visits", "income"]:\n    X[c] = df[c] * 2',
        ["income", "visits"],
    ),
    "behind a group": (
        'X = df[["visits"]].assign(m=df["city"].map(df.groupby("city")["income"].mean()))',
        ["city", "visits"],
    ),
    "by position": ("X = df.iloc[:, [1, 4]]", ["income", "visits"]),
    "by position of names": (
        "X = df[df.columns[[1, 4]]].rename(columns=str.upper)",
        ["income", "visits"],
    ),
    "one by position": ("X = df.iloc[:, 1].to_frame()", ["income"]),
}


@pytest.mark.parametrize(("source", "columns"), READ.values(), ids=READ.keys())
def test_holds_the_columns_that_are_read(
    source: str, columns: list[str], extract: Extract, people: pd.DataFrame
) -> None:
    derived = extract([("data", SETUP), ("train", source), ("train", FIT)], read=people.copy)
    assert [field.name for field in derived.signature.inputs] == columns


FIELDS = {
    "number": (pd.Series([1.5, np.nan, 3.0]), ("number", True, 1.5, 3.0, None)),
    "integer": (pd.Series([1, 2, 3]), ("integer", False, 1.0, 3.0, None)),
    "boolean": (pd.Series([True, False, True]), ("boolean", False, None, None, None)),
    "few texts": (pd.Series(["b", "a", "b", "a"]), ("string", False, None, None, ("a", "b"))),
    "missing text": (
        pd.Series(["b", None, "b", "b", "b"]),
        ("string", True, None, None, ("b",)),
    ),
    "free text": (pd.Series(["one", "two", "three"]), ("string", False, None, None, None)),
    "date": (
        pd.Series(pd.to_datetime(["2020-01-01", None])),
        ("datetime", True, None, None, None),
    ),
    "category": (
        pd.Series(["b", "a", "b", "a"], dtype="category"),
        ("string", False, None, None, ("a", "b")),
    ),
    "all missing": (pd.Series([np.nan, np.nan]), ("number", True, None, None, None)),
    "nullable integer": (pd.Series([1, None], dtype="Int64"), ("integer", True, 1.0, 1.0, None)),
}


@pytest.mark.parametrize(("column", "expected"), FIELDS.values(), ids=FIELDS.keys())
def test_field(column: pd.Series, expected: tuple[object, ...]) -> None:
    field = field_of(column.rename("c"))
    assert field.name == "c"
    assert field.dtype == str(column.dtype)
    assert (
        field.kind,
        field.nullable,
        field.minimum,
        field.maximum,
        field.categories,
    ) == expected


def test_a_type_that_no_request_carries() -> None:
    with pytest.raises(CellmarkError, match="column 'c' of the raw frame"):
        field_of(pd.Series([[1], [2]], name="c"))


class Plain:
    pass


class Classes:
    classes_ = np.array(["no", "yes"])


@pytest.mark.parametrize(
    ("estimator", "scored", "expected"),
    [
        (Plain(), ([1.5],), ("regression", "number", None, False)),
        (Plain(), ([1],), ("other", "integer", None, False)),
        (Classes(), (["no"],), ("classification", "string", ("no", "yes"), False)),
        (Classes(), (["no"], [[1, 0]]), ("classification", "string", ("no", "yes"), True)),
        (IsolationForest(), ([1],), ("outlier detection", "integer", None, False)),
        (KMeans(), ([1],), ("clustering", "integer", None, False)),
        (KNeighborsRegressor(), ([1],), ("regression", "integer", None, False)),
    ],
)
def test_output(
    estimator: object, scored: tuple[list[object], ...], expected: tuple[object, ...]
) -> None:
    output = output_of(estimator, None, Scored(None, *scored, *[None] * (2 - len(scored))))
    assert (output.task, output.kind, output.classes, output.probabilities) == expected
