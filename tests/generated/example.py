"""A small plan, written by hand as extraction would: loans, two categories, one estimator.

All its values are fixed here, so that the golden folder does not change with the packages that
are installed. `fitted.py` puts really fitted values in their place.
"""

from __future__ import annotations

import json
from pathlib import Path

from cellmark.core.plan import BundlePlan, FrozenValue
from cellmark.core.statement import Statement
from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.manifest import Check, DataSource, Persisted, Proof, Provenance
from cellmark_runtime.types.profile import CategoryProfile, NumberProfile, ReferenceProfile
from cellmark_runtime.types.signature import Field, Output, Signature

CITIES = ("Bern", "Genf", "Zug")
HOUSING = ("own", "rent")
STEPS = (Path(__file__).parent / "loan_steps.txt").read_text(encoding="utf-8")
WHEEL = "cellmark_runtime-0.1.0-py3-none-any.whl"
LOCK = f"""\
pandas==3.1.1 \\
    --hash=sha256:{"1" * 64} \\
    --hash=sha256:{"2" * 64}
scikit-learn==1.9.1 \\
    --hash=sha256:{"3" * 64}
./wheels/{WHEEL} \\
    --hash=sha256:{"4" * 64}
"""

SIGNATURE = Signature(
    inputs=(
        Field("age", "number", "float64", nullable=True, minimum=19.0, maximum=74.0),
        Field("income", "number", "float64", minimum=18000.0, maximum=99000.0),
        Field("debt", "number", "float64", minimum=0.0, maximum=40000.0),
        Field("city", "string", "str", categories=CITIES),
        Field("housing", "string", "str", categories=HOUSING),
    ),
    output=Output("classification", "string", classes=("no", "yes"), probabilities=True),
)

FROZEN = (
    FrozenValue(
        name="age_median",
        annotation="float",
        origin='loans["age"].median()',
        cell=3,
        line=1,
        summary="46.5",
    ),
    FrozenValue(
        name="categories",
        annotation="dict[str, list[str]]",
        origin='pd.get_dummies(loans, columns=["city", "housing"])',
        cell=3,
        line=3,
        summary="the values of city (3) and housing (2)",
    ),
    FrozenValue(
        name="scaler",
        annotation="StandardScaler",
        imports=("from sklearn.preprocessing import StandardScaler",),
        origin="StandardScaler().fit(X_train)",
        cell=4,
        line=2,
        summary="StandardScaler over 9 columns",
    ),
    FrozenValue(
        name="model",
        annotation="GradientBoostingClassifier",
        imports=("from sklearn.ensemble import GradientBoostingClassifier",),
        origin="GradientBoostingClassifier(n_estimators=20, random_state=0).fit(scaled, y_train)",
        cell=4,
        line=4,
        summary="GradientBoostingClassifier, 20 trees",
    ),
)

STATEMENTS = (
    Statement(
        cell=3,
        line=1,
        source='loans["age"] = loans["age"].fillna(loans["age"].median())',
        verdict="frozen",
        reason="the median is computed from the training rows",
        frozen={"age_median": "46.5"},
    ),
    Statement(
        cell=3,
        line=2,
        source='loans["burden"] = loans["debt"] / loans["income"]',
        verdict="kept",
        reason="row by row",
    ),
    Statement(
        cell=4,
        line=1,
        source="X_train, X_test, y_train, y_test = train_test_split(X, y)",
        verdict="dropped",
        reason="selects training rows | nothing to score",
    ),
)

ROWS = (
    {"age": 30.0, "income": 40000.0, "debt": 1000.0, "city": "Bern", "housing": "own"},
    {"age": None, "income": 52000.0, "debt": 30500.5, "city": "Zug", "housing": "rent"},
)


def example_plan() -> BundlePlan:
    return BundlePlan(
        name="loans",
        version=3,
        created_by="cellmark 0.1.0",
        title="Will a loan be repaid?",
        purpose="Tells late payers from others when a loan is asked for.",
        steps=STEPS,
        answers=("predict", "predict_proba"),
        frozen=FROZEN,
        statements=STATEMENTS,
        signature=SIGNATURE,
        proof=Proof(
            200, (Check("whole batch", 200, 0.0), Check("one row at a time", 200, 0.0)), 0.0
        ),
        provenance=_provenance(),
        persisted=_persisted(),
        metrics={"accuracy": 0.9125, "roc_auc": 0.96},
        golden=GoldenRows(ROWS, ("no", "yes"), ((0.75, 0.25), (0.125, 0.875))),
        profile=_profile(),
        requirements=("pandas==3.1.1", "scikit-learn==1.9.1"),
        lock=LOCK,
        runtime_wheel=WHEEL,
        notebook=json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})
        + "\n",
    )


def _provenance() -> Provenance:
    return Provenance(
        run="a" * 64,
        notebook="notebooks/loans.ipynb",
        notebook_digest="b" * 64,
        data=(DataSource("loans", "c" * 64, 200, 6),),
        parameters={"seed": 7, "path": "data/loans.csv"},
        python="3.11.9",
        lock_digest="d" * 64,
        git="e" * 40,
    )


def _persisted() -> tuple[Persisted, ...]:
    return (
        Persisted("age_median", "json", "model/frozen.json"),
        Persisted("categories", "json", "model/frozen.json"),
        Persisted("scaler", "skops", "model/scaler.skops"),
        Persisted("model", "skops", "model/model.skops"),
    )


def _profile() -> ReferenceProfile:
    return ReferenceProfile(
        rows=200,
        features=(
            NumberProfile("age", (19.0, 46.5, 74.0), (90, 90), 20),
            NumberProfile("income", (18000.0, 60000.0, 99000.0), (100, 100), 0),
            NumberProfile("debt", (0.0, 20000.0, 40000.0), (100, 100), 0),
            CategoryProfile("city", CITIES, (80, 70, 50), 0, 0),
            CategoryProfile("housing", HOUSING, (120, 80), 0, 0),
        ),
    )
