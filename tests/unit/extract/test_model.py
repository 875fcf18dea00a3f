"""Which model answers: found, asked for, or refused with what to do."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from cellmark.extract.answer.model import AmbiguousModel
from cellmark.extract.refusal import Refusal
from cellmark_runtime.errors import CellmarkError

from .conftest import Extract, proven

SETUP = """
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import BayesianRidge, LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
df = read()
X = df[["income", "visits"]]
y = df["bought"]
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
def linear():
    return LogisticRegression(max_iter=50)
def forest():
    return RandomForestClassifier(3, random_state=0)
"""


def notebook(source: str, roles: str = "train") -> list[tuple[str, str]]:
    return [("data", SETUP), (roles, source)]


FOUND = {
    "fitted and asked": ("m = linear().fit(X_train, y_train)\nm.predict(X_test)", "m"),
    "fitted in place": ("m = linear()\nm.fit(X_train, y_train)\nm.predict(X_test)", "m"),
    "only fitted": ("m = linear()\nm.fit(X, y)", "m"),
    "only fitted, in one statement": ("m = linear().fit(X, y)", "m"),
    "fitted and scored": ("m = linear().fit(X_train, y_train)\nm.score(X_test, y_test)", "m"),
    "asked in a print": ("m = linear().fit(X, y)\nprint(m.predict(X).shape)", "m"),
    "with its deviation": (
        "m = BayesianRidge().fit(X_train, y_train == 'yes')\n"
        "mean, std = m.predict(X_test, return_std=True)",
        "m",
    ),
    "with its deviation, in one": (
        "m = BayesianRidge().fit(X_train, y_train == 'yes')\n"
        "both = m.predict(X_test, return_std=True)\nwide = both[1].max()",
        "m",
    ),
    "asked in a chain": (
        "m = LinearRegression()\nshown = m.fit(X, y == 'yes').predict(X)",
        "m",
    ),
    "probabilities": ("m = linear().fit(X, y)\np = m.predict_proba(X)[:, 1]", "m"),
    "fitted in a function, asked in the cell": (
        "def fitted(X, y):\n    return linear().fit(X, y)\nm = fitted(X, y)\nm.predict(X)",
        "m",
    ),
    "a scaler is no model": (
        "s = StandardScaler()\nA = s.fit_transform(X_train)\nm = linear().fit(A, y_train)\n"
        "m.predict(s.transform(X_test))",
        "m",
    ),
    "pipeline": ("p = make_pipeline(StandardScaler(), linear()).fit(X, y)\np.predict(X)", "p"),
    "search": (
        "g = GridSearchCV(forest(), {'n_estimators': [2, 3]}, cv=2).fit(X, y)\ng.predict(X)",
        "g",
    ),
    "best of a search": (
        "g = GridSearchCV(forest(), {'n_estimators': [2, 3]}, cv=2).fit(X, y)\n"
        "b = g.best_estimator_\nb.predict(X)",
        "b",
    ),
    "cross-validated first": (
        "m = linear()\ncross_val_score(m, X, y, cv=2)\nm.fit(X, y)\nm.predict(X)",
        "m",
    ),
    "one name for two models": (
        "m = linear().fit(X, y)\nm.predict(X)\nm = forest().fit(X, y)\nm.predict(X)",
        "m",
    ),
    "several in a loop, one named": (
        "ms = {'a': linear(), 'b': forest()}\nfor m in ms.values():\n    m.fit(X, y)\n"
        "    m.predict(X)\nbest = ms['a']\nbest.predict(X)",
        "best",
    ),
    "fitted again, then asked": (
        "m = linear().fit(X_train, y_train)\nm.predict(X_test)\nm.fit(X, y)\nm.predict(X)",
        "m",
    ),
}


@pytest.mark.parametrize(("source", "name"), FOUND.values(), ids=FOUND.keys())
def test_finds_the_model(source: str, name: str, extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(notebook(source), read=people.copy)
    assert derived.answering.name == name
    assert proven(derived, 5).max_abs_difference < 1e-12


def test_takes_the_last_of_one_name(extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(notebook(FOUND["one name for two models"][0]), read=people.copy)
    assert type(derived.answering.estimator).__name__ == "RandomForestClassifier"


def test_takes_the_later_fit_that_answers(extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(notebook(FOUND["fitted again, then asked"][0]), read=people.copy)
    assert [len(each.scored.features) for each in derived.truth.observed] == [80]


KEPT = {
    "the best, in the loop": (
        "best, most = None, -1\nfor d in (1, 2):\n    m = forest().set_params(max_depth=d)\n"
        "    m.fit(X_train, y_train)\n    score = m.score(X_test, y_test)\n"
        "    if score > most:\n        best, most = m, score",
        "best",
    ),
    "after the loop": (
        "ms = [linear(), forest()]\nfor m in ms:\n    m.fit(X, y)\nlast = ms[-1]",
        "last",
    ),
    "in a dict": (
        "ms = {'a': linear(), 'b': forest()}\nfor m in ms.values():\n    m.fit(X, y)\n"
        "answers = ms['a'].predict(X)",
        "ms['a']",
    ),
    "in a list": (
        "ms = [linear(), forest()]\nfor m in ms:\n    m.fit(X, y)\nanswers = ms[1].predict(X)",
        "ms[1]",
    ),
    "in a dict by a variable": (
        "ms = {'a': linear(), 'b': forest()}\nfor m in ms.values():\n    m.fit(X, y)\n"
        "best = 'a'\nanswers = ms[best].predict(X)",
        "ms[best]",
    ),
}


@pytest.mark.parametrize(("source", "name"), KEPT.values(), ids=KEPT.keys())
def test_takes_the_one_of_several_that_is_kept(
    source: str, name: str, extract: Extract, people: pd.DataFrame
) -> None:
    derived = extract(notebook(source), read=people.copy)
    assert derived.answering.name == name
    assert all(value.isidentifier() for value in derived.values)
    assert proven(derived, 5).max_abs_difference < 1e-12


ZIPPED = (
    "names, models = ['Linear', 'Some trees'], [linear(), forest()]\n"
    "for name, m in zip(names, models):\n    m.fit(X_train, y_train)\n"
    "    score = m.score(X_test, y_test)"
)
DEPTHS = (
    "for depth in (1, 2):\n    m = forest().set_params(max_depth=depth).fit(X, y)\n    m.predict(X)"
)
NAMELESS = "for m in [linear(), forest()]:\n    m.fit(X, y)\n    m.predict(X)"
BEFORE = (
    "one, two = linear().fit(X, y), forest().fit(X, y)\nfor m in (one, two):\n"
    "    grid = np.c_[np.linspace(X.min().min(), 9, 80), np.linspace(0, 9, 80)]\n"
    "    shown = m.predict(pd.DataFrame(grid, columns=X.columns))"
)
PLACED = (
    "ms = {'a': linear(), 'b': forest()}\nfor m in ms.values():\n    m.fit(X, y)\n"
    "ms['a'].predict(X)\nms['b'].predict(X)"
)
SCORED = (
    "scores = []\nfor i, (name, m) in enumerate({'a': linear(), 'b': forest()}.items()):\n"
    "    m.fit(X, y)\n    scores.append({'model': name, 'score': (m.predict(X) == y).mean()})"
)
PICKED = {
    "beside a table of scores": (SCORED, "a", "LogisticRegression", "other: a, b"),
    "by its text": (ZIPPED, "Linear", "LogisticRegression", "--model 'Some trees'"),
    "by a text of two words": (ZIPPED, "Some trees", "RandomForestClassifier", "Linear, Some"),
    "by a number": (DEPTHS, "depth=1", "RandomForestClassifier", "--model depth=2"),
    "by its turn": (NAMELESS, "turn=1", "LogisticRegression", "--model turn=2"),
    "by the variable before": (BEFORE, "one", "LogisticRegression", "one, two"),
    "by its place": (PLACED, "ms['a']", "LogisticRegression", "--model \"ms['b']\""),
    "by its place in other quotes": (PLACED, 'ms["b"]', "RandomForestClassifier", "ms['a'], ms"),
}


@pytest.mark.parametrize(("source", "name", "kind", "said"), PICKED.values(), ids=PICKED.keys())
def test_picks_one_of_several_by_what_it_is_called(
    source: str, name: str, kind: str, said: str, extract: Extract, people: pd.DataFrame
) -> None:
    with pytest.raises((Refusal, AmbiguousModel), match=re.escape(said)):
        extract(notebook(source), read=people.copy, np=np, pd=pd)
    derived = extract(notebook(source), model=name, read=people.copy, np=np, pd=pd)
    assert type(derived.answering.estimator).__name__ == kind
    assert len(derived.truth.last.scored.features) in (60, 80), "rows, and not a plot's grid"
    assert proven(derived, 5).max_abs_difference < 1e-12


def test_rows_made_anew_each_turn_are_refused(extract: Extract, people: pd.DataFrame) -> None:
    source = "for k in (1, 2):\n    Z = X * k\n    m = forest().fit(Z, y)\n    m.predict(Z)"
    with pytest.raises(Refusal, match="'Z', which the loop around it makes anew") as refusal:
        extract(notebook(source), model="k=2", read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == (2, 4)
    assert "before the loop" in refusal.value.fix


TWO = "a = linear().fit(X, y)\nb = forest().fit(X, y)\na.predict(X)\nb.predict(X)"


def test_asks_which_of_two_is_meant(extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(AmbiguousModel, match=r"2 models answer in it: a, b.*--model b"):
        extract(notebook(TWO), read=people.copy)


@pytest.mark.parametrize("name", ["a", "b"])
def test_takes_the_one_that_is_named(name: str, extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(notebook(TWO), model=name, read=people.copy)
    assert derived.answering.name == name
    assert proven(derived, 5)


REFUSED = {
    "fitted again after its answer": (
        "train",
        "m = linear().fit(X_train, y_train)\nm.predict(X_test)\nm.fit(X, y)",
        (2, 3),
        "is fitted again",
    ),
    "fitted again in a function": (
        "train",
        "m = linear().fit(X, y)\nm.predict(X)\ndef again(e):\n    e.fit(X[::-1], y)\nagain(m)",
        (2, 4),
        "is fitted again",
    ),
    "several in a loop": (
        "train",
        "for m in [linear(), forest()]:\n    m.fit(X, y)\n    m.predict(X)",
        (2, 3),
        "stands for 2 models",
    ),
    "in a function": (
        "train",
        "def run():\n    m = linear().fit(X, y)\n    return m.predict(X)\nrun()",
        (2, 3),
        "inside a function",
    ),
    "in an untagged cell": (
        "",
        "m = linear().fit(X, y)\nm.predict(X)",
        (2, 2),
        "without the role train or evaluate",
    ),
}


@pytest.mark.parametrize(
    ("roles", "source", "place", "reason"), REFUSED.values(), ids=REFUSED.keys()
)
def test_refuses_by_cell_and_line(
    roles: str,
    source: str,
    place: tuple[int, int],
    reason: str,
    extract: Extract,
    people: pd.DataFrame,
) -> None:
    with pytest.raises(Refusal, match=reason) as refusal:
        extract(notebook(source, roles), read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == place
    assert refusal.value.fix


@pytest.mark.parametrize(
    ("source", "model", "said"),
    [
        ("a = 1", None, "no model was fitted in it"),
        ("cross_val_score(linear(), X, y, cv=2)", None, "no model was fitted in it"),
        (TWO, "c", "no model named 'c'"),
    ],
)
def test_says_that_there_is_none(
    source: str, model: str | None, said: str, extract: Extract, people: pd.DataFrame
) -> None:
    with pytest.raises(CellmarkError, match=said):
        extract(notebook(source), model=model, read=people.copy)


IN_FUNCTIONS = {
    "fitted": (
        "def train(A, b):\n    model = linear()\n    model.fit(A, b)\n    return model\n"
        "m = train(X_train, y_train)\nm.predict(X_test)",
        "m",
        [60, 20],
    ),
    "only fitted": (
        "def train(A, b):\n    return linear().fit(A, b)\nm = train(X_train, y_train)",
        "m",
        [60],
    ),
    "asked": (
        "def evaluate(model, A, b):\n    found = model.predict(A)\n    return (found == b).mean()\n"
        "m = linear().fit(X_train, y_train)\nprint(evaluate(m, X_test, b=y_test))",
        "m",
        [60, 20],
    ),
    "fitted and asked, of training and test rows": (
        "def train(A, b):\n    return linear().fit(A, b)\n"
        "def evaluate(model, A, b):\n    return (model.predict(A) == b).mean()\n"
        "m = train(X_train, y_train)\nevaluate(m, X_train, y_train)\nevaluate(m, X_test, y_test)",
        "m",
        [60, 20],
    ),
}


@pytest.mark.parametrize(("source", "name", "rows"), IN_FUNCTIONS.values(), ids=IN_FUNCTIONS.keys())
def test_follows_a_function_that_is_handed_its_rows(
    source: str, name: str, rows: list[int], extract: Extract, people: pd.DataFrame
) -> None:
    derived = extract(notebook(source), read=people.copy)
    assert derived.answering.name == name
    assert derived.truth.target == {"bought"}
    assert [len(each.scored.features) for each in derived.truth.observed] == rows
    assert proven(derived, 5).max_abs_difference < 1e-12


def test_asks_which_of_two_models_in_one_function_is_meant(
    extract: Extract, people: pd.DataFrame
) -> None:
    source = (
        "def evaluate(model, A):\n    return model.predict(A)\n"
        "a = linear().fit(X, y)\nb = forest().fit(X, y)\nevaluate(a, X)\nevaluate(b, X)"
    )
    with pytest.raises(AmbiguousModel, match="2 models answer in it: a, b"):
        extract(notebook(source), read=people.copy)


def test_refuses_a_function_that_makes_the_features(extract: Extract, people: pd.DataFrame) -> None:
    source = (
        "def run(A, b):\n    A = A * 2\n    m = linear().fit(A, b)\n    return m.predict(A)\n"
        "run(X, y)"
    )
    with pytest.raises(Refusal, match="makes its input itself") as refusal:
        extract(notebook(source), read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == (2, 4)
