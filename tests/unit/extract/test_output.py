"""Every kind of model: what the module offers, and what its answers look like."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from cellmark.extract.written import write_derived
from cellmark_runtime.scoring.answers import entry_of, namer_of

from .conftest import Extract, proven

SETUP = """
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import IsolationForest, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputClassifier
from sklearn.neighbors import LocalOutlierFactor
from sklearn.svm import SVC, LinearSVC
import numpy as np
df = read()
X = df[["income", "visits"]]
y = df["bought"]
T = df[["age"]].fillna(0)
T["half"] = T["age"] / 2
"""


class Case(NamedTuple):
    """`output` are task, kind, classes, parts by name, probabilities, scores."""

    source: str
    offered: tuple[str, ...]
    output: tuple[object, ...]


PREDICTS = ("predict",)
PROBABLE = ("predict", "predict_proba")
SCORED = ("predict", "decision_function")
CASES = {
    "probabilities": Case(
        "m = LogisticRegression().fit(X, y)",
        PROBABLE,
        ("classification", "string", ("no", "yes"), (), True, False),
    ),
    "probabilities and scores": Case(
        "m = LogisticRegression().fit(X, y)\np = m.predict(X)\ns = m.decision_function(X)",
        (*PROBABLE, "decision_function"),
        ("classification", "string", ("no", "yes"), (), True, True),
    ),
    "scores only": Case(
        "m = LinearSVC().fit(X, y)\np = m.predict(X)",
        SCORED,
        ("classification", "string", ("no", "yes"), (), False, True),
    ),
    "a score for each class": Case(
        'm = SVC().fit(X, df["city"])',
        SCORED,
        ("classification", "string", ("Bern", "Oslo", "Rome"), (), False, True),
    ),
    "outliers": Case(
        "m = IsolationForest(n_estimators=5, random_state=0).fit(X)\no = m.predict(X)",
        SCORED,
        ("outlier detection", "integer", None, (), False, True),
    ),
    "new outliers": Case(
        "m = LocalOutlierFactor(novelty=True).fit(X.to_numpy())\no = m.predict(X.to_numpy())",
        SCORED,
        ("outlier detection", "integer", None, (), False, True),
    ),
    "clusters": Case(
        "m = KMeans(3, random_state=0, n_init=2).fit(X)\nc = m.predict(X)",
        PREDICTS,
        ("clustering", "integer", None, (), False, False),
    ),
    "clusters with probabilities": Case(
        "m = GaussianMixture(4, random_state=0).fit(X)\nc = m.predict(X)",
        PROBABLE,
        ("clustering", "integer", None, (), True, False),
    ),
    "two numbers": Case(
        "m = RandomForestRegressor(3, random_state=0).fit(X, T)",
        PREDICTS,
        ("regression", "number", None, ("age", "half"), False, False),
    ),
    "two numbers without names": Case(
        "m = LinearRegression().fit(X, T.to_numpy())\np = m.predict(X)",
        PREDICTS,
        ("regression", "number", None, ("0", "1"), False, False),
    ),
    "one number in a table": Case(
        'm = LinearRegression().fit(X, df[["age"]].fillna(0))\np = m.predict(X)',
        PREDICTS,
        ("regression", "number", None, (), False, False),
    ),
    "a number whose logarithm was learnt": Case(
        "r = LinearRegression()\n"
        "t = TransformedTargetRegressor(regressor=r, func=np.log1p, inverse_func=np.expm1)\n"
        'm = t.fit(X, df["age"].fillna(30))',
        PREDICTS,
        ("regression", "number", None, (), False, False),
    ),
    "two classes together": Case(
        'm = RandomForestClassifier(3, random_state=0).fit(X, df[["city", "bought"]])',
        PROBABLE,
        ("classification", "string", None, ("city", "bought"), True, False),
    ),
    "two classifiers": Case(
        'm = MultiOutputClassifier(LogisticRegression()).fit(X, df[["city", "bought"]])\n'
        "p = m.predict(X)\nq = m.predict_proba(X)",
        PROBABLE,
        ("classification", "string", None, ("city", "bought"), True, False),
    ),
    "labels that are there or not": Case(
        'Y = pd.get_dummies(df["city"], dtype=int)\n'
        "m = OneVsRestClassifier(LogisticRegression()).fit(X, Y.to_numpy())\np = m.predict(X)",
        (*PROBABLE,),
        ("classification", "integer", None, ("0", "1", "2"), True, False),
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES.keys())
def test_kinds_of_models(
    case: Case, extract: Extract, people: pd.DataFrame, tmp_path: Path
) -> None:
    derived = extract([("data", SETUP), ("train", case.source)], read=people.copy, pd=pd)
    output = derived.signature.output
    parts = tuple(part.name for part in output.parts)
    said = (output.task, output.kind, output.classes, parts, output.probabilities, output.scores)
    assert derived.answers == case.offered
    assert said == case.output
    assert proven(derived, 5)
    golden = write_derived(derived, tmp_path, {}).golden
    values = golden.predictions
    first = (each and each[0] for each in (golden.probabilities, golden.scores))
    assert entry_of(output, namer_of(output), values[0], *first)["prediction"] is not None
    assert (golden.probabilities is None, golden.scores is None) == (not said[4], not said[5])
    assert {isinstance(each, tuple) for each in golden.predictions} == {bool(parts)}
