"""Several models asked in one comprehension, and one answer made of all of them."""

from __future__ import annotations

import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.refusal import Refusal

from .conftest import Extract, proven

READ = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold, train_test_split
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
df = read()
"""
SPLIT = """
df["age"] = df["age"].fillna(df["age"].median())
X, y = df[["age", "visits"]], df["income"]
label = (df["bought"] == "yes").astype(int)
X_train, X_test, y_train, y_test, b_train, b_test = train_test_split(X, y, label, random_state=0)
"""
NUMBERS = """
models = [
    LinearRegression().fit(X_train, y_train),
    DecisionTreeRegressor(max_depth=2, random_state=0).fit(X_train, y_train),
]
"""
CLASSES = """
models = [DecisionTreeClassifier(max_depth=d, random_state=0).fit(X_train, b_train) for d in (1, 3)]
"""
ONE = "frozen.models[turn].predict(features) for turn in range(2)"
PROBABILITY = "frozen.models[turn].predict_proba(features)[:, 1] for turn in range(2)"
BLENDS = {
    "the mean": (
        NUMBERS + "answers = np.mean([m.predict(X_test) for m in models], axis=0)",
        f"answers = np.mean([{ONE}], axis=0)",
    ),
    "a sum": (
        CLASSES + "answers = sum(m.predict_proba(X_test)[:, 1] for m in models) / 2",
        f"answers = sum({PROBABILITY}) / 2",
    ),
    "columns": (
        NUMBERS + "answers = np.column_stack([m.predict(X_test) for m in models]).max(axis=1)",
        f"answers = np.column_stack([{ONE}]).max(axis=1)",
    ),
    "a list with a name": (
        NUMBERS + "each = [m.predict(X_test) for m in models]\nanswers = np.mean(each, axis=0)",
        f"each = [{ONE}]",
    ),
    "weights": (
        NUMBERS + "w = [0.3, 0.7]\nanswers = sum(k * m.predict(X_test) for k, m in zip(w, models))",
        "answers = sum(k * frozen.models[turn].predict(features) for k, turn in zip(w, range(2)))",
    ),
    "by number": (
        NUMBERS + "answers = sum((i + 1) * m.predict(X_test) for i, m in enumerate(models)) / 3",
        "sum((i + 1) * frozen.models[turn].predict(features) for i, turn in enumerate(range(2)))",
    ),
    "a dict": (
        "models = {'a': LinearRegression().fit(X_train, y_train), 'b': Ridge().fit(X_train, "
        "y_train)}\nanswers = np.mean([m.predict(X_test) for m in models.values()], axis=0)",
        f"answers = np.mean([{ONE}], axis=0)",
    ),
    "pairs, weighted by name": (
        "models = {'a': LinearRegression().fit(X_train, y_train), 'bcd': Ridge().fit(X_train, "
        "y_train)}\nanswers = sum(len(k) * m.predict(X_test) for k, m in models.items()) / 4",
        "frozen.models[",
    ),
    "folds": (
        "models = []\nfor tr, va in KFold(2).split(X_train):\n"
        "    models.append(Ridge().fit(X_train.iloc[tr], y_train.iloc[tr]))\n"
        "answers = np.mean([m.predict(X_test) for m in models], axis=0)",
        f"answers = np.mean([{ONE}], axis=0)",
    ),
    "a vote": (
        CLASSES + "certain = np.mean([m.predict_proba(X_test)[:, 1] for m in models], axis=0)\n"
        "answers = (certain > 0.5).astype(int)",
        f"certain = np.mean([{PROBABILITY}], axis=0)",
    ),
}


def cells_of(train: str) -> list[tuple[str, str]]:
    return [("data", READ), ("preprocess", SPLIT), ("train", train)]


@pytest.mark.parametrize(("train", "written"), BLENDS.values(), ids=BLENDS.keys())
def test_is_answered_by_all_the_models(
    extract: Extract, people: pd.DataFrame, train: str, written: str
) -> None:
    derived = extract(cells_of(train), read=people.copy)
    assert derived.path.final == "answers"
    assert written in derived.steps
    assert derived.answers == ("predict",)
    assert [len(value) for value in derived.values.values() if isinstance(value, dict)] == [2]
    compared = {check.name: check.rows for check in proven(derived).checks}
    assert compared["the notebook's other rows, in one batch"] == 20


REFUSED = {
    "the model weighs itself": (
        NUMBERS + "answers = sum(m.predict(X_test) / m.n_features_in_ for m in models)",
        "unclear how it goes over them",
        "total += m.predict(X)",
    ),
    "other rows": (
        NUMBERS + "few = [X_test, X_test * 2]\n"
        "answers = sum(m.predict(Z) for m, Z in zip(models, few))",
        "not the same for all",
        "in a statement of its own",
    ),
}


@pytest.mark.parametrize(("train", "reason", "fix"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses_what_can_t_be_counted(
    extract: Extract, people: pd.DataFrame, train: str, reason: str, fix: str
) -> None:
    choices = Choices(answer="answers")
    with pytest.raises(Refusal, match=reason) as refused:
        extract(cells_of(train), choices=choices, read=people.copy)
    assert (refused.value.cell, refused.value.line) == (3, train.strip().count("\n") + 1)
    assert fix in refused.value.fix


def test_one_of_the_models_may_be_meant(extract: Extract, people: pd.DataFrame) -> None:
    train = BLENDS["the mean"][0].replace("answers = np.mean", "print(np.mean") + ")"
    with pytest.raises(Refusal, match="stands for 2 models, one after the other: turn=1, turn=2"):
        extract(cells_of(train), read=people.copy)
    derived = extract(cells_of(train), model="turn=2", read=people.copy)
    assert type(derived.answering.estimator).__name__ == "DecisionTreeRegressor"
    assert proven(derived).rows == 80


def test_what_each_model_learnt_from_is_proven(extract: Extract, people: pd.DataFrame) -> None:
    train = """
    models = [Ridge().fit(X_train, y_train), LinearRegression().fit(X_train[:40], y_train[:40])]
    answers = np.mean([m.predict(X_test) for m in models], axis=0)
    """
    checks = proven(extract(cells_of(train), read=people.copy)).checks
    rows = [check.rows for check in checks if "training rows" in check.name]
    assert sorted(rows) == [40, 60]
