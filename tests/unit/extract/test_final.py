"""What a notebook makes of its model's answers is the bundle's answer, or is asked for."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.answer.final import AmbiguousAnswer
from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal
from cellmark.extract.written import write_derived
from cellmark_runtime.errors import CellmarkError

from .conftest import Extract, proven, tail_of

SETUP = """
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.isotonic import IsotonicRegression
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, mean_absolute_error, precision_recall_curve, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder
from sklearn.svm import LinearSVC
df = read()
"""
PREPARE = """
X = df[["income", "visits"]]
y = (df["bought"] == "yes").astype(int)
X_train, X_test, y_train, y_test, words_train, words_test, age_train, age_test = train_test_split(
    X, y, df["bought"], df["age"].fillna(40), random_state=0)
"""
FIT = "model = RandomForestClassifier(5, max_depth=4, random_state=0).fit(X_train, y_train)\n"
NUMBER = "model = RandomForestRegressor(5, random_state=0).fit(X_train, np.log1p(age_train))\n"
WORDS = """
le = LabelEncoder()
model = RandomForestClassifier(5, random_state=0).fit(X_train, le.fit_transform(words_train))
"""


def cells(fit: str, after: str) -> list[tuple[str, str]]:
    return [
        ("data", SETUP),
        ("preprocess", PREPARE),
        ("train", fit),
        ("evaluate", tail_of(after)),
    ]


class Case(NamedTuple):
    """`body` is the text of `predict` below its docstring, `output` is task, kind, classes and
    the classes of the probabilities.
    """

    fit: str
    after: str
    body: str
    output: tuple[object, ...]


BINARY = ("classification", "integer", (0, 1), None)
NO_YES = ("classification", "string", ("no", "yes"), None)
FORTY = ("regression", "number", None, None)
CASES = {
    "a threshold": Case(
        FIT,
        """
        proba = model.predict_proba(X_test)
        pred = (proba[:, 1] > 0.3).astype(int)
        """,
        """
        proba = frozen.model.predict_proba(features)
        pred = (proba[:, 1] > 0.3).astype(int)
        return pred
        """,
        BINARY,
    ),
    "a threshold found on validation rows": Case(
        FIT,
        """
        proba = model.predict_proba(X_test)[:, 1]
        precision, recall, thresholds = precision_recall_curve(y_test, proba)
        f1 = 2 * precision * recall / (precision + recall + 1e-9)
        best_t = thresholds[np.argmax(f1[:-1])]
        # the final word
        labels = np.where(proba >= best_t, "yes", "no")
        print(f1_score(y_test, labels == "yes"))
        """,
        """
        proba = frozen.model.predict_proba(features)[:, 1]
        # the final word
        labels = np.where(proba >= frozen.best_t, "yes", "no")
        return labels
        """,
        NO_YES,
    ),
    "a threshold searched in a loop": Case(
        FIT,
        """
        proba = model.predict_proba(X_test)[:, 1]
        best, best_t = 0, 0.5
        for t in np.arange(0.1, 0.9, 0.1):
            pred = (proba > t).astype(int)
            score = f1_score(y_test, pred)
            if score > best:
                best, best_t = score, t
        final = (proba > best_t).astype(int)
        """,
        """
        proba = frozen.model.predict_proba(features)[:, 1]
        final = (proba > frozen.best_t).astype(int)
        return final
        """,
        BINARY,
    ),
    "a threshold that takes predict's place": Case(
        FIT,
        """
        pred = model.predict(X_test)
        accuracy = (pred == y_test).mean()
        proba = model.predict_proba(X_test)[:, 1]
        auc = roc_auc_score(y_test, proba)
        THRESHOLD = 0.4
        pred = (proba > THRESHOLD).astype(int)
        """,
        """
        proba = frozen.model.predict_proba(features)[:, 1]
        pred = (proba > THRESHOLD).astype(int)
        return pred
        """,
        BINARY,
    ),
    "training and test rows apart": Case(
        FIT,
        """
        train_pred = np.where(model.predict_proba(X_train)[:, 1] > 0.4, "yes", "no")
        p = model.predict_proba(X_test)[:, 1]
        test_pred = np.where(p > 0.4, "yes", "no")
        """,
        """
        p = frozen.model.predict_proba(features)[:, 1]
        test_pred = np.where(p > 0.4, "yes", "no")
        return test_pred
        """,
        NO_YES,
    ),
    "an encoder inverted": Case(
        WORDS,
        "labels = le.inverse_transform(model.predict(X_test))",
        "labels = frozen.le.inverse_transform(frozen.model.predict(features))\nreturn labels",
        NO_YES,
    ),
    "an encoder inverted over the prediction": Case(
        WORDS,
        """
        y_pred = model.predict(X_test)
        y_pred = le.inverse_transform(y_pred)
        print((y_pred == words_test).mean())
        """,
        """
        y_pred = frozen.model.predict(features)
        y_pred = frozen.le.inverse_transform(y_pred)
        return y_pred
        """,
        NO_YES,
    ),
    "the likeliest class": Case(
        WORDS,
        """
        probs = model.predict_proba(X_test)
        idx = np.argmax(probs, axis=1)
        names = le.classes_[idx]
        """,
        """
        probs = frozen.model.predict_proba(features)
        idx = np.argmax(probs, axis=1)
        names = frozen.classes[idx]
        return names
        """,
        NO_YES,
    ),
    "a logarithm undone": Case(
        NUMBER,
        """
        pred = np.expm1(model.predict(X_test))
        rmse = np.sqrt(((pred - age_test) ** 2).mean())
        residuals = age_test - pred
        """,
        "pred = np.expm1(frozen.model.predict(features))\nreturn pred",
        FORTY,
    ),
    "cut in place": Case(
        NUMBER,
        """
        pred = np.expm1(model.predict(X_test))
        pred[pred < 30] = 30
        """,
        """
        pred = np.expm1(frozen.model.predict(features))
        pred[pred < 30] = 30
        return pred
        """,
        FORTY,
    ),
    "whole years": Case(
        NUMBER,
        """
        pred = model.predict(X_test)
        years = np.clip(np.expm1(pred), 18, 99).round().astype(int).ravel()
        """,
        """
        pred = frozen.model.predict(features)
        years = np.clip(np.expm1(pred), 18, 99).round().astype(int).ravel()
        return years
        """,
        ("regression", "integer", None, None),
    ),
    "a series with the rows' labels": Case(
        FIT,
        """
        answers = pd.Series(model.predict(X_test), index=X_test.index).map({0: "no", 1: "yes"})
        """,
        """
        answers = pd.Series(frozen.model.predict(features)).map({0: "no", 1: "yes"})
        return answers
        """,
        NO_YES,
    ),
    "a function of the notebook's": Case(
        FIT,
        """
        def decide(p, t=0.5):
            return np.where(p > t, "yes", "no")
        decision = decide(model.predict_proba(X_test)[:, 1], t=0.3)
        """,
        "decision = decide(frozen.model.predict_proba(features)[:, 1], t=0.3)\nreturn decision",
        NO_YES,
    ),
    "shown in a table as well": Case(
        WORDS,
        """
        labels = le.inverse_transform(model.predict(X_test))
        table = pd.DataFrame({"label": labels})
        """,
        "labels = frozen.le.inverse_transform(frozen.model.predict(features))\nreturn labels",
        NO_YES,
    ),
    "by way of a table": Case(
        WORDS,
        """
        table = pd.DataFrame(model.predict_proba(X_test), columns=le.classes_)
        labels = table.idxmax(axis=1)
        """,
        """
        table = pd.DataFrame(frozen.model.predict_proba(features), columns=frozen.classes)
        labels = table.idxmax(axis=1)
        return labels
        """,
        NO_YES,
    ),
    "probabilities out of a function": Case(
        FIT,
        """
        def chance(m, A):
            return m.predict_proba(A)[:, 1]
        p = chance(model, X_test)
        label = np.where(p > 0.4, "yes", "no")
        """,
        """
        p = chance(frozen.model, features, frozen=frozen)
        label = np.where(p > 0.4, "yes", "no")
        return label
        """,
        NO_YES,
    ),
    "a logarithm undone in a function": Case(
        NUMBER,
        """
        def years(m, A):
            return np.expm1(m.predict(A))
        pred = years(model, X_test)
        """,
        "pred = years(frozen.model, features, frozen=frozen)\nreturn pred",
        FORTY,
    ),
    "bands": Case(
        FIT,
        """
        p = model.predict_proba(X_test)[:, 1]
        risk = np.select([p < 0.01, p < 0.99], ["low", "middle"], default="high")
        """,
        """
        p = frozen.model.predict_proba(features)[:, 1]
        risk = np.select([p < 0.01, p < 0.99], ["low", "middle"], default="high")
        return risk
        """,
        ("classification", "string", ("high", "low", "middle"), (0, 1)),
    ),
    "a score of its own": Case(
        FIT,
        "points = (model.predict_proba(X_test)[:, 1] * 1000).round()",
        "points = (frozen.model.predict_proba(features)[:, 1] * 1000).round()\nreturn points",
        ("regression", "number", None, (0, 1)),
    ),
    "a decision function": Case(
        "model = LinearSVC().fit(X_train, y_train)\n",
        "flag = np.where(model.decision_function(X_test) > 0.1, 'yes', 'no')",
        "flag = np.where(frozen.model.decision_function(features) > 0.1, 'yes', 'no')\nreturn flag",
        NO_YES,
    ),
    "two models averaged": Case(
        FIT + "other = LogisticRegression().fit(X_train, y_train)\n",
        """
        p1 = model.predict_proba(X_test)[:, 1]
        p2 = other.predict_proba(X_test)[:, 1]
        blend = 0.6 * p1 + 0.4 * p2
        print(roc_auc_score(y_test, blend))
        chosen = (blend > 0.45).astype(int)
        """,
        """
        p1 = frozen.model.predict_proba(features)[:, 1]
        p2 = frozen.other.predict_proba(features)[:, 1]
        blend = 0.6 * p1 + 0.4 * p2
        chosen = (blend > 0.45).astype(int)
        return chosen
        """,
        BINARY,
    ),
    "decided in a branch": Case(
        FIT,
        """
        pred = model.predict_proba(X_test)[:, 1]
        strict = True
        if strict:
            pred[pred < 0.2] = 0
        pred = pred > 0.4
        """,
        """
        pred = frozen.model.predict_proba(features)[:, 1]
        if strict:
            pred[pred < 0.2] = 0
        pred = pred > 0.4
        return pred
        """,
        ("classification", "boolean", (False, True), None),
    ),
}


def body_of(derived: Derived) -> str:
    """The statements of the module's `predict`."""
    _, _, tail = derived.steps.partition("def predict(")
    lines = tail.partition("\n\n\n")[0].partition("\ndef ")[0].splitlines()
    return tail_of("\n".join(line for line in lines[2:] if line.strip()))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_belongs_to_the_answer(
    case: Case, extract: Extract, people: pd.DataFrame, tmp_path: Path
) -> None:
    derived = extract(cells(case.fit, case.after), read=people.copy)
    assert body_of(derived) == tail_of(case.body)
    output = derived.signature.output
    assert (output.task, output.kind, output.classes, output.probability_of) == case.output
    assert proven(derived, 10).max_abs_difference < 1e-12
    assert write_derived(derived, tmp_path, {}).golden.rows


PLAIN = {
    "classes, probabilities and metrics": """
        pred = model.predict(X_test)
        proba = model.predict_proba(X_test)[:, 1]
        auc = roc_auc_score(y_test, proba)
        wrong = pred != y_test
        hits = (pred == y_test).mean()
        """,
    "out of a function": """
        def asked(m, A, b):
            found = m.predict(A)
            print((found == b).mean())
            return found
        pred = asked(model, X_test, y_test)
        """,
    "probabilities alone": "proba = model.predict_proba(X_test)[:, 1]",
    "probabilities in a series": """
        proba = pd.Series(model.predict_proba(X_test)[:, 1], index=X_test.index, name="p")
        """,
    "a table with the actual values": """
        table = pd.DataFrame({"actual": y_test, "predicted": model.predict(X_test)})
        table["wrong"] = table["actual"] != table["predicted"]
        """,
    "an order": """
        proba = model.predict_proba(X_test)[:, 1]
        order = np.argsort(-proba)
        gains = np.cumsum(y_test.to_numpy()[order])
        """,
    "certainty": """
        pred = model.predict(X_test)
        confidence = model.predict_proba(X_test).max(axis=1)
        logit = np.log(confidence + 1)
        """,
    "only tried in a loop": """
        pred = model.predict(X_test)
        proba = model.predict_proba(X_test)[:, 1]
        for t in [0.3, 0.5]:
            tried = (proba > t).astype(int)
            print(t, f1_score(y_test, tried))
        """,
}


@pytest.mark.parametrize("after", PLAIN.values(), ids=PLAIN.keys())
def test_leaves_the_models_own_answer(after: str, extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(cells(FIT, after), read=people.copy)
    assert body_of(derived) == "return frozen.model.predict(features)"
    assert derived.signature.output.classes == (0, 1)
    assert proven(derived, 5)


TWO = """
proba = model.predict_proba(X_test)[:, 1]
careful = (proba > 0.3).astype(int)
bold = (proba > 0.7).astype(int)
"""
ASKED = {
    "two thresholds": (TWO, "careful, bold", "bold"),
    "predict, and something else": (
        "pred = model.predict(X_test)\nunsure = model.predict_proba(X_test).max(axis=1) < 0.6",
        "unsure, pred",
        "unsure",
    ),
}


@pytest.mark.parametrize(("after", "names", "last"), ASKED.values(), ids=ASKED.keys())
def test_asks_which_answer_is_meant(
    after: str, names: str, last: str, extract: Extract, people: pd.DataFrame
) -> None:
    with pytest.raises(AmbiguousAnswer, match=names) as problem:
        extract(cells(FIT, after), read=people.copy)
    assert f"--answer {last}" in problem.value.fix


@pytest.mark.parametrize(
    ("after", "name", "body"),
    [
        (TWO, "careful", "(proba > 0.3)"),
        (TWO, "bold", "(proba > 0.7)"),
        (TWO, "proba", "frozen.model.predict_proba(features)[:, 1]"),
        (ASKED["predict, and something else"][0], "pred", "return frozen.model.predict(features)"),
    ],
)
def test_takes_the_answer_that_is_named(
    after: str, name: str, body: str, extract: Extract, people: pd.DataFrame
) -> None:
    derived = extract(cells(FIT, after), choices=Choices(answer=name), read=people.copy)
    assert body in body_of(derived)
    assert proven(derived, 5)


def test_says_what_can_be_named(extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(CellmarkError, match=r"'none'.*one of proba, careful, bold"):
        extract(cells(FIT, TWO), choices=Choices(answer="none"), read=people.copy)


REFUSED = {
    "made of features too": (
        'mixed = np.where(X_test["visits"] > 4, 1, model.predict(X_test))',
        (4, 1),
        "makes the answer out of 'X_test' too",
    ),
    "changed by features": (
        'mixed = model.predict(X_test)\nmixed[(X_test["visits"] > 4).to_numpy()] = 1',
        (4, 2),
        "makes the answer out of 'X_test' too",
    ),
}


@pytest.mark.parametrize(("after", "place", "said"), REFUSED.values(), ids=REFUSED.keys())
def test_refuses_a_named_answer_of_more_than_answers(
    after: str, place: tuple[int, int], said: str, extract: Extract, people: pd.DataFrame
) -> None:
    with pytest.raises(Refusal, match=said) as refusal:
        extract(cells(FIT, after), choices=Choices(answer="mixed"), read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == place


def test_refuses_an_answer_changed_by_features(extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(Refusal, match="makes the answer out of 'X_test' too"):
        extract(cells(FIT, REFUSED["changed by features"][0]), read=people.copy)


def test_the_verdicts_name_the_answer(
    extract: Extract, people: pd.DataFrame, tmp_path: Path
) -> None:
    derived = extract(cells(FIT, CASES["a threshold"].after), read=people.copy)
    said = {each.source: each for each in write_derived(derived, tmp_path, {}).statements}
    threshold = said["pred = (proba[:, 1] > 0.3).astype(int)"]
    assert threshold.verdict == "kept"
    assert "`pred` is the bundle's answer" in threshold.reason


def test_the_truth_is_the_notebooks_own(extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(cells(FIT, CASES["a threshold"].after), read=people.copy)
    wrong = derived._replace(steps=derived.steps.replace("> 0.3", "> 0.6"))
    assert wrong.steps != derived.steps
    with pytest.raises(CellmarkError, match="predictions of raw row"):
        proven(wrong, 5)
    fitted = {each.fitted: each.is_final for each in derived.truth.observed}
    assert fitted == {True: False, False: True}
    assert set(np.unique(derived.truth.last.scored.predictions)) <= {0, 1}


UNNAMED = {
    "only measured": (
        NUMBER,
        "print(mean_absolute_error(np.expm1(age_test), np.expm1(model.predict(X_test))))",
        (4, 1),
        r"`answer = np.expm1\(model.predict\(X_test\)\)`",
    ),
    "only a column": (
        NUMBER,
        'pred = model.predict(X_test)\ntable = X_test.copy()\ntable["age"] = np.expm1(pred)',
        (4, 3),
        r"`answer = np.expm1\(pred\)`",
    ),
    "only a column of a new table": (
        WORDS,
        'pred = model.predict(X_test)\nt = pd.DataFrame({"label": le.inverse_transform(pred)})',
        (4, 2),
        r"`answer = le.inverse_transform\(pred\)`",
    ),
}


@pytest.mark.parametrize(("fit", "after", "place", "fix"), UNNAMED.values(), ids=UNNAMED.keys())
def test_refuses_an_answer_without_a_name(
    fit: str,
    after: str,
    place: tuple[int, int],
    fix: str,
    extract: Extract,
    people: pd.DataFrame,
) -> None:
    with pytest.raises(Refusal, match=fix) as refusal:
        extract(cells(fit, after), read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == place


def test_a_metric_of_logarithms_is_no_answer(extract: Extract, people: pd.DataFrame) -> None:
    fit = "model = RandomForestRegressor(3, random_state=0).fit(X_train, df.income[X_train.index])"
    after = "print(mean_absolute_error(np.log1p(age_test), np.log1p(model.predict(X_test))))"
    prepare = PREPARE.replace('["income", "visits"]', '["visits"]')
    notebook = [("data", SETUP), ("preprocess", prepare), ("train", fit), ("evaluate", after)]
    derived = extract(notebook, read=people.copy)
    assert body_of(derived) == "return frozen.model.predict(features)"
