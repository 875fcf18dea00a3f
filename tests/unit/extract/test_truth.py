"""What the notebook itself computed: the rows that it tells something of, and those it does not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import IsolationForest
from sklearn.linear_model import LinearRegression
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


SHUFFLED = """
y = df["income"].to_numpy()
matrix = df[["age", "visits"]].fillna(0).to_numpy()
order = np.random.RandomState(3).permutation(len(matrix))
train, test = matrix[order[:45]], matrix[order[45:]]
kept = IsolationForest(contamination=0.1, random_state=0).fit_predict(train) == 1
train, y_train = train[kept], y[order[:45]][kept]
scaler = StandardScaler()
train = scaler.fit_transform(train)
test = scaler.transform(test)
model = LinearRegression().fit(train, y_train)
answers = model.predict(test)
"""


def test_rows_of_a_shuffled_matrix_are_told_by_what_is_in_them(
    extract: Extract, people: pd.DataFrame
) -> None:
    """The rows left out are outliers among the training rows, not the first ones of the table."""
    forest = {"np": np, "IsolationForest": IsolationForest, "StandardScaler": StandardScaler}
    derived = extract([READ, ("preprocess train", SHUFFLED)], read=people.copy, **forest)
    order = np.random.RandomState(3).permutation(80)
    assert set(order[45:]) <= set(derived.truth.accepted.tolist())
    assert len(derived.truth.accepted) == 75
    assert proven(derived).max_abs_difference < 1e-12


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


# -- rows of another frame than the one that requests bring

TWO = (
    "data",
    """
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    train, test = read(), new()
    """,
)
ALIKE = """
middle = train["age"].median()
train["age"] = train["age"].fillna(middle)
test["age"] = test["age"].fillna(middle)
"""
IN_A_LOOP = """
middle = train["age"].median()
for rows in [train, test]:
    rows["age"] = rows["age"].fillna(middle)
"""
OTHERWISE = """
middle = train["age"].median()
train["age"] = train["age"].fillna(0)
test["age"] = test["age"].fillna(middle)
"""
IN_ANOTHER_PLACE = """
train["age"] = train["age"].fillna(1)
test["years"] = test["years"].fillna(1)
test = test.rename(columns={"years": "age"})
"""
MADE_LONGER = """
test["age"] = test["age"].fillna(1)
train = train.fillna({"age": 1})
more = train[["age", "visits", "income"]].to_numpy()
train = pd.DataFrame([*more, *more[:9] * 1.01], columns=["age", "visits", "income"])
"""


def two_frames(extract: Extract, people: pd.DataFrame, prepare: str, **renamed: str) -> Derived:
    """Forty people to ask about, in another order, and eighty to learn from."""
    new = people.drop(columns="income").iloc[39::-1].reset_index(drop=True)
    new = new.rename(columns=renamed)
    cells = [TWO, ("preprocess", prepare), FIT]
    return extract(cells, read=people.copy, new=new.copy)


@pytest.mark.parametrize("prepare", [ALIKE, IN_A_LOOP], ids=["each", "in a loop"])
def test_training_rows_of_a_file_of_their_own_are_proven_too(
    extract: Extract, people: pd.DataFrame, prepare: str
) -> None:
    people.loc[70, "visits"] = 12
    derived = two_frames(extract, people, prepare)
    assert derived.path.source.name == "test"
    compared = {check.name: check.rows for check in proven(derived).checks}
    assert compared["the notebook's training rows, in one batch"] == 80
    assert compared["the notebook's other rows, in one batch"] == 40
    assert compared["permutation"] == 120
    assert derived.truth.unproven == ()
    fields = {field.name: field for field in derived.signature.inputs}
    assert fields["visits"].maximum == 12, "what only training rows hold is known"
    assert len(derived.truth.last.positions[0]) == 40, "golden rows are the last that were asked"


def test_training_rows_prepared_otherwise_are_refused(
    extract: Extract, people: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match="prepares the rows that the model learns from") as refused:
        proven(two_frames(extract, people, OTHERWISE))
    assert (refused.value.cell, refused.value.line) == (2, 2)
    assert "those of `train` count from 40" in refused.value.reason
    assert "in one function" in refused.value.fix


def test_steps_that_stop_for_the_training_rows_are_refused(
    extract: Extract, people: pd.DataFrame
) -> None:
    apart = """
    train["place"] = train["city"].map({"Bern": 0, "Oslo": 1, "Rome": 2}) - 1
    test["place"] = [["Bern", "Oslo"].index(city) - 1 for city in test["city"]]
    X, Z = train[["place"]], test[["place"]]
    """
    fit = "model = LinearRegression().fit(X, train['income'])\nanswers = model.predict(Z)"
    new = people[people["city"] != "Rome"].drop(columns="income").reset_index(drop=True)
    cells = [TWO, ("preprocess", apart), ("train", fit)]
    with pytest.raises(Refusal, match="does not run for the rows of `train`") as refused:
        extract(cells, read=people.copy, new=new.copy)
    assert (refused.value.cell, refused.value.line) == (2, 2)
    assert "in one function" in refused.value.fix


UNPROVEN = {
    "a column has another name": (
        IN_ANOTHER_PLACE,
        {"age": "years"},
        "80 rows that the model learns from in cell 3: `train`, whose rows they are, has no column "
        "years",
    ),
    "rows were made anew": (
        MADE_LONGER,
        {},
        "89 rows that the model learns from in cell 3: it is unclear which rows of a raw frame, "
        "like `test`, they are",
    ),
}


@pytest.mark.parametrize(("prepare", "renamed", "said"), UNPROVEN.values(), ids=UNPROVEN.keys())
def test_rows_that_can_t_be_compared_are_told(
    extract: Extract, people: pd.DataFrame, prepare: str, renamed: dict[str, str], said: str
) -> None:
    proof = proven(two_frames(extract, people, prepare, **renamed))
    assert proof.unproven == (said,)
    assert proof.rows == 40


def test_a_few_rows_to_look_at_are_not_told(extract: Extract, people: pd.DataFrame) -> None:
    look = "df = df.fillna({'age': 1})\nfew = pd.DataFrame({'age': [1.0], 'visits': [2]})"
    train = """
    model = LinearRegression().fit(df[["age", "visits"]], df["income"])
    print(model.predict(few))
    answers = model.predict(df[["age", "visits"]])
    """
    derived = extract([READ, ("preprocess", look), ("train", train)], read=people.copy)
    assert proven(derived).unproven == ()


# -- calls that can't be noted


class Choosy(LinearRegression):  # type: ignore[misc]
    """A model with an option whose truth can't be told."""

    def predict(self, rows: object, pred_contrib: object = None) -> object:
        return super().predict(rows)


ODD = "odd = model.predict(df[['age', 'visits']], pred_contrib=df['visits'])\n"


def odd_cells(train: str) -> list[tuple[str, str]]:
    prepare = "df = df.fillna({'age': 0})\nX, y = df[['age', 'visits']], df['income']"
    return [READ, ("preprocess", prepare), ("train", f"model = Choosy().fit(X, y)\n{train}")]


@pytest.mark.parametrize("train", [ODD + "answers = model.predict(X)", ODD])
def test_what_can_t_be_noted_disturbs_no_notebook_and_is_told(
    extract: Extract, people: pd.DataFrame, train: str
) -> None:
    proof = proven(extract(odd_cells(train), read=people.copy, Choosy=Choosy))
    assert proof.rows == 80
    assert [said[:36] for said in proof.unproven] == ["what the call in cell 3, line 2 did,"]
    assert "ValueError: The truth value of a Series is ambiguous" in proof.unproven[0]


def test_a_model_that_can_t_be_noted_is_refused_by_its_place(
    extract: Extract, people: pd.DataFrame
) -> None:
    train = "model = Ready()\nanswers = model.predict(X, pred_contrib=df['visits'])"
    cells = [*odd_cells("")[:2], ("train", train)]
    ready = lambda: Choosy().fit(people[["age", "visits"]].fillna(0), people["income"])  # noqa: E731
    with pytest.raises(Refusal, match="could not be noted") as refused:
        extract(cells, read=people.copy, Ready=ready)
    assert (refused.value.cell, refused.value.line) == (3, 2)
    assert "plain arguments" in refused.value.fix
