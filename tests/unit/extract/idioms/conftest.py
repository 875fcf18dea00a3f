"""What people write between a table and a model, as a notebook whose third cell it is.

A case must make the column `extra`. It is packaged exactly, also one row at a time, or refused by
cell and line.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pandas as pd
import pytest

from cellmark.extract.refusal import Refusal

from ..conftest import Extract, proven

IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier
"""
END = """
X = df[["age", "income", "visits", "extra"]].fillna(0)
y = (df["bought"] == "yes").astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = DecisionTreeClassifier(max_depth=4, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""
SINGLE_ROWS = 25

Check = Callable[[str], None]


class Refused(NamedTuple):
    """A case that must be refused: the line of its cell, a part of the message, the cell."""

    line: int
    reason: str
    source: str


def cells(source: str) -> list[tuple[str, str]]:
    """A notebook whose third cell makes the column `extra`."""
    return [
        ("", IMPORTS),
        ("data", "df = read()"),
        ("preprocess", source),
        ("train evaluate", END),
    ]


@pytest.fixture
def is_exact(extract: Extract, people: pd.DataFrame) -> Check:
    """Check that a case gives the notebook's own numbers to the last bit, however rows arrive."""

    def check(source: str) -> None:
        derived = extract(cells(source), read=people.copy)
        assert proven(derived, SINGLE_ROWS).max_abs_difference == 0.0

    return check


@pytest.fixture
def is_refused(extract: Extract, people: pd.DataFrame) -> Callable[[Refused], None]:
    """Check that a case is refused where and as it says, with a fix."""

    def check(case: Refused) -> None:
        with pytest.raises(Refusal) as refusal:
            proven(extract(cells(case.source), read=people.copy), SINGLE_ROWS)
        assert (refusal.value.cell, refusal.value.line) == (3, case.line)
        assert case.reason in str(refusal.value)
        assert refusal.value.fix

    return check
