"""What the notebook itself computed: the rows that it tells something of, and those it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.preprocessing import StandardScaler

from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal

from .conftest import Extract, proven

READ = (
    "data",
    """
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    df = read()
    """,
)
APART = """
train = df[:{until}].copy()
test = df[{since}:].copy()
middle = train["age"].median()
train["age"] = train["age"].fillna(middle)
test["age"] = test["age"].fillna(middle)
"""
FIT = (
    "train",
    """
    model = LinearRegression().fit(train[["age", "visits"]], train["income"])
    answers = model.predict(test[["age", "visits"]])
    """,
)


@pytest.mark.parametrize(
    ("until", "since", "known"),
    [(50, 50, range(80)), (40, 60, [*range(40), *range(60, 80)]), (30, 0, range(80))],
    ids=["all rows", "not the middle", "one within the other"],
)
def test_rows_taken_apart_by_position_are_proven_on_both_sides(
    extract: Extract, people: pd.DataFrame, until: int, since: int, known: list[int]
) -> None:
    prepare = APART.format(until=until, since=since)
    derived = extract([READ, ("preprocess", prepare), FIT], read=people.copy)
    assert derived.truth.accepted.tolist() == [*known]
    compared = {check.name: check.rows for check in proven(derived).checks}
    assert compared["the notebook's training rows, in one batch"] == until
    assert compared["the notebook's other rows, in one batch"] == 80 - since
    assert compared["permutation"] == len(known)


class Connected(StandardScaler):  # type: ignore[misc]
    """A scaler that holds something of which there can be no second."""

    def __deepcopy__(self, memo: object) -> Connected:
        raise RuntimeError("holds a connection")


AGAIN = """
scaler = Connected()
df[["visits"]] = scaler.fit_transform(df[["visits"]])
df[["age"]] = scaler.fit_transform(df[["age"]].fillna(0))
"""
ANEW = """
scaler = Connected()
scaler.fit(df[["visits"]])
df[["age"]] = scaler.fit_transform(df[["age"]].fillna(0))
"""
LEARN = (
    "train",
    """
    model = LinearRegression().fit(df[["age", "visits"]], df["income"])
    answers = model.predict(df[["age", "visits"]])
    """,
)


def without_copies(extract: Extract, people: pd.DataFrame, prepare: str) -> Derived:
    cells = [READ, ("preprocess", prepare), LEARN]
    return extract(cells, read=people.copy, Connected=Connected)


def test_an_estimator_that_can_t_be_copied_disturbs_no_notebook(
    extract: Extract, people: pd.DataFrame
) -> None:
    derived = without_copies(extract, people, ANEW)
    assert proven(derived).max_abs_difference < 1e-12
    assert np.isclose(derived.values["scaler"].mean_, people["age"].fillna(0).mean())


def test_its_earlier_state_is_refused_where_scoring_needs_it(
    extract: Extract, people: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match="holds a connection") as refused:
        without_copies(extract, people, AGAIN)
    assert (refused.value.cell, refused.value.line) == (2, 2)
    assert "under another name" in refused.value.fix
