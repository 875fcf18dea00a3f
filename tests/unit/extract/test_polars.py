"""What people write with polars between a table and a model: exact, or refused by cell and line."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

from .conftest import Extract, proven

IMPORTS = """
import numpy as np
import polars as pl
import polars.selectors as cs
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
"""
END = """
X = df.select("age", "income", "visits", "extra").fill_null(0)
y = (df["bought"] == "yes").cast(pl.Int8)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""


@pytest.fixture
def people(people: pd.DataFrame) -> pl.DataFrame:
    """The same eighty people as polars reads them."""
    known = people.astype(object).where(people.notna(), None)
    return pl.DataFrame({name: known[name].tolist() for name in known.columns})


def cells(source: str, end: str = END) -> list[tuple[str, str]]:
    """A notebook whose third cell makes the column `extra`."""
    return [("", IMPORTS), ("data", "df = read()"), ("preprocess", source), ("train evaluate", end)]


EXACT = {
    "kept": 'df = df.with_columns(extra=pl.col("income") / (pl.col("visits") + 1))',
    "eager mean": 'df = df.with_columns(extra=pl.col("age").fill_null(df["age"].mean()))',
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, extract: Extract, people: pl.DataFrame) -> None:
    derived = extract(cells(source), read=people.clone)
    assert derived.signature.frame == "polars"
    assert proven(derived, 25).max_abs_difference == 0.0
