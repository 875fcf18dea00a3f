"""The proof finds what is wrong with a scoring module, and says where."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellmark.extract.derive import Derived
from cellmark.extract.proof.prove import Disagreement
from cellmark.extract.refusal import Refusal
from cellmark.extract.written import write_derived
from cellmark_runtime.errors import CheckFailed

from .conftest import Extract, StepsModel, proven

CELLS = [
    (
        "data",
        """
        import pandas as pd
        from sklearn.ensemble import RandomForestClassifier
        from sklearn.linear_model import LinearRegression
        from sklearn.model_selection import train_test_split
        df = read()
        """,
    ),
    (
        "preprocess",
        """
        df["age"] = df["age"].fillna(df["age"].median())
        df["ratio"] = df["income"] / (df["visits"] + 1)
        df["city_income"] = df["city"].map(df.groupby("city")["income"].mean())
        X = df[["age", "ratio", "city_income"]]
        y = df["bought"]
        """,
    ),
    (
        "train evaluate",
        """
        X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
        model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
        answers = model.predict(X_test)
        """,
    ),
]


@pytest.fixture
def derived(extract: Extract, people: pd.DataFrame) -> Derived:
    return extract(CELLS, read=people.copy)


def test_states_what_was_compared(derived: Derived) -> None:
    proof = proven(derived, 20)
    assert proof.rows == 80
    assert [(check.name, check.rows) for check in proof.checks] == [
        ("the notebook's training rows, in one batch", 60),
        ("the notebook's other rows, in one batch", 20),
        ("permutation", 80),
        ("random subset", 26),
        ("one row at a time", 20),
        ("rows as JSON", 20),
        ("target absent or present", 80),
    ]
    assert proof.max_abs_difference == 0.0


def with_steps(old: str, new: str) -> Callable[[Derived], Derived]:
    def change(derived: Derived) -> Derived:
        assert old in derived.steps
        return derived._replace(steps=derived.steps.replace(old, new))

    return change


def with_value(name: str, value: Any) -> Callable[[Derived], Derived]:
    def change(derived: Derived) -> Derived:
        assert name in derived.values
        return derived._replace(values={**derived.values, name: value})

    return change


WRONG = {
    "another constant": (
        with_steps('df["visits"] + 1', 'df["visits"] + 2'),
        r"cell 2, line 2: `df\['ratio'\] = .*`: gives other values in the scoring "
        r"module than in the notebook: `df` 'ratio' of raw row \d+ is .*, in the notebook .*\. "
        "Use only what",
    ),
    "another frozen value": (
        with_value("age_median", 1.0),
        r"cell 2, line 1: .*: `df` 'age' of raw row \d+ is 1.0, in the notebook",
    ),
    "a column less": (
        with_steps('["age", "ratio", "city_income"]', '["age", "ratio"]'),
        "80 rows are refused: .*yet now missing",
    ),
    "columns in another order": (
        with_steps('["age", "ratio", "city_income"]', '["ratio", "age", "city_income"]'),
        "80 rows are refused: .*in the same order",
    ),
    "rows in another order": (with_steps("return X_test", "return X_test[::-1]"), "features 'age'"),
    "rows left out": (with_steps("return X_test", "return X_test[1:]"), "80 rows give 79 features"),
    "a row's number": (
        with_steps('df["visits"] + 1', 'df["visits"] + 1 + (df.index > 79)'),
        None,
    ),
}


@pytest.mark.parametrize(("change", "said"), WRONG.values(), ids=WRONG.keys())
def test_refuses_other_numbers(
    change: Callable[[Derived], Derived], said: str | None, derived: Derived
) -> None:
    changed = change(derived)
    if said is None:  # a change that changes nothing
        assert proven(changed, 20).max_abs_difference == 0.0
        return
    with pytest.raises(CheckFailed, match=f"(?s){said}"):
        proven(changed, 20)


def test_a_row_that_is_refused_alone(derived: Derived) -> None:
    wrong = with_steps('df["visits"] + 1', 'df["visits"] + df["income"].iloc[79:80].sum() * 0 + 1')
    picky = with_steps('X = df[["age"', 'df.iloc[30]\n    X = df[["age"')
    with pytest.raises(CheckFailed, match="rows are refused"):
        proven(picky(wrong(derived)), 5)


DEPENDS = {
    "on the batch's mean": (
        'df["age"].fillna(frozen.age_median)',
        'df["age"] + df["income"].mean() - 2976.732',
        '`df["age"] = ',
    ),
    "on the row's place": (
        'df["visits"] + 1',
        'df["visits"] + 1 + (df.index > 40) * 0.0 + (df.index == 0) * (len(df) < 80)',
        '`df["ratio"] = ',
    ),
    "on the number of rows": (
        'df["visits"] + 1',
        'df["visits"] + len(df) / 80',
        '`df["ratio"] = ',
    ),
    "on the missing values of the batch": (
        'df["age"].fillna(frozen.age_median)',
        'df["age"].fillna(df["age"].median())',
        '`df["age"] = ',
    ),
}


@pytest.mark.parametrize(("old", "new", "statement"), DEPENDS.values(), ids=DEPENDS.keys())
def test_blames_the_statement_that_depends_on_other_rows(
    old: str, new: str, statement: str, derived: Derived
) -> None:
    with pytest.raises(CheckFailed) as problem:
        proven(with_steps(old, new)(derived), 40)
    said = str(problem.value).replace("'", '"')
    if isinstance(problem.value, Refusal):
        assert problem.value.cell == 2
        assert statement in said
    else:
        assert isinstance(problem.value, Disagreement)
        assert "raw row" in said


def test_blames_the_first_statement(derived: Derived) -> None:
    """What follows from a wrong column is not to blame."""
    wrong = with_steps('df["visits"] + 1', 'df["visits"] + df["visits"].mean() * 0 + len(df) / 80')
    with pytest.raises(Refusal) as refusal:
        proven(wrong(derived), 20)
    assert (refusal.value.cell, refusal.value.line) == (2, 2)


def test_state_kept_between_requests_is_found(derived: Derived) -> None:
    """A module that is right once and wrong the second time does not pass."""
    wrong = with_steps("def preprocess_2", "calls = []\n\ndef preprocess_2")(
        with_steps('df["visits"] + 1', 'df["visits"] + (calls.append(1) or len(calls))')(derived)
    )
    with pytest.raises(CheckFailed):
        proven(wrong, 20)


def test_another_model_is_found(derived: Derived, people: pd.DataFrame) -> None:
    model = derived.answering.estimator
    observed = derived.truth.observed
    flipped = tuple(
        each._replace(
            scored=each.scored._replace(
                predictions=np.where(each.scored.predictions == "no", "yes", "no")
            )
        )
        for each in observed
    )
    wrong = derived._replace(truth=derived.truth._replace(observed=flipped))
    with pytest.raises(Disagreement, match=r"predictions of raw row \d+ is '(no|yes)'"):
        proven(wrong, 5)
    assert model is derived.answering.estimator


def test_differences_of_summing_are_stated_and_pass(extract: Extract, people: pd.DataFrame) -> None:
    source = """
    X = df[["income", "visits"]]
    m = LinearRegression().fit(X, df["age"].fillna(0))
    """
    derived = extract([CELLS[0], ("train", source)], read=people.copy)
    assert proven(derived, 20).max_abs_difference < 1e-10


SPLIT_FIRST = """
X_train, X_test, y_train, y_test = train_test_split(
    df[["age", "income", "visits"]], df["bought"], random_state=0
)
X_train, X_test = X_train.copy(), X_test.copy()
X_test["ratio"] = X_test["income"] / (X_test["visits"] + 1)
X_test["high"] = X_test["ratio"] * 2
X_train["ratio"] = X_train["income"] / (X_train["visits"] + 1)
X_train["high"] = X_train["ratio"] * 2
model = RandomForestClassifier(3, random_state=0).fit(X_train.fillna(0), y_train)
answers = model.predict(X_test.fillna(0))
"""


def test_names_the_first_statement_in_the_rows_that_were_asked(
    extract: Extract, people: pd.DataFrame
) -> None:
    """The module has the test rows' statements; what follows from the wrong one is not to blame."""
    derived = extract([CELLS[0], ("preprocess train", SPLIT_FIRST)], read=people.copy)
    assert proven(derived, 5).max_abs_difference == 0.0
    wrong = with_steps('X_test["visits"] + 1', 'X_test["visits"] + 2')(derived)
    with pytest.raises(Refusal) as refusal:
        proven(wrong, 5)
    assert (refusal.value.cell, refusal.value.line) == (2, 5)
    row = int(re.findall(r"raw row (\d+)", str(refusal.value))[0])
    told = re.findall(r"is ([\d.]+), in the notebook ([\d.]+)\.", str(refusal.value))[0]
    income, visits = people["income"][row], people["visits"][row]
    assert tuple(map(float, told)) == pytest.approx((income / (visits + 2), income / (visits + 1)))
    assert "before the rows are split" in refusal.value.fix


def test_names_a_statement_that_was_left_out(derived: Derived) -> None:
    """What the module does not have is to blame, not what reads it."""
    left_out = with_steps('df["age"] = df["age"].fillna(frozen.age_median)\n', "pass\n")
    with pytest.raises(Refusal) as refusal:
        proven(left_out(derived), 5)
    assert (refusal.value.cell, refusal.value.line) == (2, 1)


@pytest.mark.parametrize("labels", ["numbers", "texts", "all the same", "shuffled"])
def test_names_the_row_whatever_its_label(
    labels: str, extract: Extract, people: pd.DataFrame
) -> None:
    derived = extract(CELLS, read=lambda: LABELS[labels](people))
    with pytest.raises(Refusal) as refusal:
        proven(with_steps('df["visits"] + 1', 'df["visits"] + 3')(derived), 5)
    assert (refusal.value.cell, refusal.value.line) == (2, 2)


def test_arrays_are_compared_too(extract: Extract, people: pd.DataFrame) -> None:
    source = """
    values = df[["income", "visits"]].to_numpy()
    values = values * 2.0
    values[:, 1] += 1.0
    m = LinearRegression().fit(values, df["age"].fillna(0))
    """
    derived = extract([CELLS[0], ("preprocess train", source)], read=people.copy)
    proven(derived, 5)
    with pytest.raises(Refusal) as refusal:
        proven(with_steps("+= 1.0", "+= 2.0")(derived), 5)
    assert (refusal.value.cell, refusal.value.line) == (2, 3)
    assert "`values` of raw row 0" in str(refusal.value)


def test_training_and_other_rows_prepared_apart(extract: Extract, people: pd.DataFrame) -> None:
    """The same statement on the test rows takes the test rows' mean: that is no scoring rule."""
    source = """
    train, test = train_test_split(df[["age", "income", "bought"]], random_state=0)
    train, test = train.copy(), test.copy()
    train["age"] = train["age"].fillna(train["age"].mean())
    test["age"] = test["age"].fillna(test["age"].mean())
    model = RandomForestClassifier(3, random_state=0).fit(train[["age", "income"]], train["bought"])
    model.predict(test[["age", "income"]])
    """
    derived = extract([CELLS[0], ("preprocess train", source)], read=people.copy)
    with pytest.raises(Refusal) as refusal:
        proven(derived, 5)
    assert (refusal.value.cell, refusal.value.line) == (2, 3)
    assert "prepares the rows that the model learns from otherwise" in str(refusal.value)
    assert re.search(
        r"'age' of raw row \d+ is .*, in the notebook .*\. Prepare both", str(refusal.value)
    )


SPLITS = {
    "as they are": "",
    "numbered anew": (
        "X_train = X_train.reset_index(drop=True)\nX_test = X_test.reset_index(drop=True)"
    ),
    "as arrays": "X_train, X_test = X_train.to_numpy(), X_test.to_numpy()",
    "scaled": (
        "from sklearn.preprocessing import StandardScaler\n"
        "s = StandardScaler()\nX_train = s.fit_transform(X_train)\nX_test = s.transform(X_test)"
    ),
}
LABELS = {
    "numbers": lambda frame: frame,
    "shuffled": lambda frame: frame.sample(frac=1, random_state=1),
    "texts": lambda frame: frame.set_axis([f"p{n}" for n in range(len(frame))], axis=0),
    "all the same": lambda frame: frame.set_axis([0] * len(frame), axis=0),
    "dates": lambda frame: frame.set_axis(pd.date_range("2020", periods=len(frame)), axis=0),
    "two levels": lambda frame: frame.set_index(["city", "visits"], append=True, drop=False),
    "a column": lambda frame: frame.assign(id=range(len(frame))[::-1]).set_index("id"),
}


@pytest.mark.parametrize("split", SPLITS.values(), ids=SPLITS.keys())
@pytest.mark.parametrize("labelled", LABELS.values(), ids=LABELS.keys())
def test_rows_are_found_whatever_their_labels(
    labelled: Callable[[pd.DataFrame], pd.DataFrame],
    split: str,
    extract: Extract,
    people: pd.DataFrame,
) -> None:
    train = f"""
X_train, X_test, y_train, y_test = train_test_split(
    df[["income", "visits"]], df["bought"], test_size=0.5, random_state=0
)
{split}
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""
    derived = extract([CELLS[0], ("train", train)], read=lambda: labelled(people))
    proof = proven(derived, 5)
    assert [check.rows for check in proof.checks[:2]] == [40, 40]


COINCIDING = """
for c in ["age", "income"]:
    df[c] = df[c].fillna(0) - df[c].mean()
df["city_income"] = df["city"].map(df.groupby("city")["income"].mean())
X = df[["age", "income", "city_income"]]
model = RandomForestClassifier(3, random_state=0).fit(X, df["bought"])
model.predict(X)
"""


def test_as_many_rows_as_columns(extract: Extract, people: pd.DataFrame) -> None:
    cells = [CELLS[0], ("train", COINCIDING)]
    assert proven(extract(cells, read=people.head(7).copy), 7).max_abs_difference == 0.0


def test_as_many_rows_as_groups(extract: Extract, people: pd.DataFrame) -> None:
    """No training row could tell: a mean of each group is kept although it is as long as rows."""
    few = people.drop_duplicates("city")
    derived = extract([CELLS[0], ("train", COINCIDING)], read=few.copy)
    assert proven(derived, 3).max_abs_difference == 0.0
    assert derived.values["income_mean_by_city"].to_dict() == (
        few.assign(income=few["income"] - few["income"].mean())
        .set_index("city")["income"]
        .to_dict()
    )


MERGED = """
from sklearn.ensemble import RandomForestRegressor
from sklearn.model_selection import train_test_split
df = read()
"""


def test_golden_rows_hold_their_own_answers_after_a_merge(
    extract: Extract, people: pd.DataFrame, tmp_path: Path
) -> None:
    """A merge numbers the rows anew: their labels then say nothing of the raw rows."""
    source = """
    part, rest = train_test_split(df, random_state=0)
    means = part.groupby("city", as_index=False)["income"].mean()
    means = means.rename(columns={"income": "usual"})
    rest = rest.merge(means, on="city", how="left")
    part = part.merge(means, on="city", how="left")
    columns = ["income", "visits", "usual"]
    """
    fit = """
    m = RandomForestRegressor(5, random_state=0).fit(part[columns], part["age"].fillna(0))
    answers = m.predict(rest[columns])
    """
    derived = extract(
        [("data", MERGED), ("preprocess", source), ("train", fit)],
        read=people.copy,
    )
    proven(derived, 5)
    golden = write_derived(derived, tmp_path, {}).golden
    scored = StepsModel(derived).trace(list(golden.rows))
    assert scored[1].tolist() == list(golden.predictions)
