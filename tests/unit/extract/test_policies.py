"""Packaging proves that the stated policies can be kept, or says which can't."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.derive import Derived
from cellmark_runtime.errors import CheckFailed
from cellmark_runtime.types.policies import Policies

from .conftest import Extract, proven

CELL = """
from sklearn.{home} import {kind} as Model
X = pd.get_dummies(df[["age", "income", "visits", "city", "job"]])
model = Model().fit(X, df["bought"])
"""
TREES = CELL.format(home="ensemble", kind="HistGradientBoostingClassifier")
BAYES = CELL.format(home="naive_bayes", kind="GaussianNB").replace(
    "X = ", 'df["age"] = df["age"].fillna(30)\nX = '
)

Check = Callable[..., list[str]]


@pytest.fixture
def checked(extract: Extract, people: pd.DataFrame) -> Check:
    """Prove a model of people under policies; gives the names of the checks made of them."""

    def run(cell: str, frame: pd.DataFrame | None = None, **policies: str) -> list[str]:
        stated = Policies(**policies)  # type: ignore[arg-type]
        read = (people if frame is None else frame).copy
        cells = [("", "import pandas as pd"), ("data", "df = read()"), ("train", cell)]
        derived: Derived = extract(cells, choices=Choices(policies=stated), read=read)
        proof = proven(derived, 15, stated)
        return [check.name for check in proof.checks if check.name.startswith("policy")]

    return run


def test_none_but_the_defaults_needs_no_check(checked: Check) -> None:
    assert checked(TREES) == []


def test_missing_values_are_scored_where_the_model_takes_them(checked: Check) -> None:
    assert checked(TREES, unexpected_missing="score") == ["policy unexpected_missing=score"]


def test_a_model_that_takes_no_missing_value_can_t_promise_to(checked: Check) -> None:
    with pytest.raises(CheckFailed, match=r"missing=score: a missing value in 'income' can't"):
        checked(BAYES, unexpected_missing="score")


def test_unseen_is_missing_where_a_column_may_be(checked: Check) -> None:
    assert checked(TREES, unseen_category="missing") == ["policy unseen_category=missing"]


def test_unseen_can_t_be_missing_where_none_ever_was(checked: Check, people: pd.DataFrame) -> None:
    with pytest.raises(CheckFailed, match="category=missing: no column of categories may be"):
        checked(TREES, people.dropna(), unseen_category="missing")


def test_unseen_is_other_where_training_has_one(checked: Check, people: pd.DataFrame) -> None:
    named = people.assign(city=people["city"].replace("Rome", "Other"))
    assert checked(TREES, named, unseen_category="other") == ["policy unseen_category=other"]


def test_unseen_can_t_be_other_where_training_has_none(checked: Check) -> None:
    with pytest.raises(CheckFailed, match=r"no column .* has a category named other"):
        checked(TREES, unseen_category="other")


def test_extra_columns_are_refused(checked: Check) -> None:
    assert checked(TREES, extra_column="reject") == ["policy extra_column=reject"]


def test_a_filter_may_refuse_missing_values_all_the_same(checked: Check) -> None:
    dropped = BAYES.replace("X = pd", 'df = df.dropna(subset=["income", "visits"])\nX = pd')
    assert checked(dropped, unexpected_missing="score") == ["policy unexpected_missing=score"]
