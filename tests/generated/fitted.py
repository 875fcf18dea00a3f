"""The example with a model that is really fitted: what its notebook would have left behind."""

from __future__ import annotations

import platform
import tempfile
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.preprocessing import StandardScaler

from cellmark.bundle.lock import add_wheel
from cellmark.bundle.wheel import Wheel
from cellmark.core.plan import BundlePlan
from cellmark_runtime.scoring.persistence import dump
from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.manifest import Persisted

CATEGORIES = {"city": ["Bern", "Genf", "Zug"], "housing": ["own", "rent"]}
ROWS = 200
GOLDEN = 12


def loans() -> pd.DataFrame:
    random = np.random.default_rng(7)
    age = random.integers(19, 75, ROWS).astype("float64")
    age[random.random(ROWS) < 0.1] = np.nan
    return pd.DataFrame(
        {
            "age": age,
            "income": random.integers(18_000, 99_000, ROWS).astype("float64"),
            "debt": random.uniform(0, 40_000, ROWS).round(2),
            "city": random.choice(CATEGORIES["city"], ROWS),
            "housing": random.choice(CATEGORIES["housing"], ROWS),
        }
    )


def fit(raw: pd.DataFrame) -> tuple[dict[str, object], Any]:
    """The frozen values and the features that the notebook computes from all rows at once."""
    frame = raw.copy()
    median = float(frame["age"].median())
    frame["age"] = frame["age"].fillna(median)
    frame["burden"] = frame["debt"] / frame["income"]
    encoded = pd.get_dummies(frame, columns=["city", "housing"])
    scaler = StandardScaler().fit(encoded)
    late = np.where(frame["burden"] > 0.4, "yes", "no")
    model = GradientBoostingClassifier(n_estimators=20, random_state=0)
    model.fit(scaler.transform(encoded), late)
    frozen = {"age_median": median, "categories": CATEGORIES, "scaler": scaler, "model": model}
    return frozen, scaler.transform(encoded)


def fitted_plan(
    example: BundlePlan, wheel: Wheel, lock: str
) -> tuple[BundlePlan, dict[str, bytes]]:
    """The plan with fitted values, and its model files. `lock` is without the runtime's wheel."""
    raw = loans()
    frozen, features = fit(raw)
    persisted, model_files = _persist(frozen)
    pins = tuple(f"{name}=={metadata.version(name)}" for name in ("pandas", "scikit-learn"))
    plan = msgspec.structs.replace(
        example,
        requirements=pins,
        lock=add_wheel(lock, wheel),
        runtime_wheel=wheel.name,
        persisted=persisted,
        golden=_golden(raw, frozen["model"], features),
        provenance=msgspec.structs.replace(example.provenance, python=platform.python_version()),
    )
    return plan, model_files


def _persist(frozen: dict[str, object]) -> tuple[tuple[Persisted, ...], dict[str, bytes]]:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        persisted = tuple(dump(name, value, folder) for name, value in frozen.items())
        files = {entry.file: (folder / entry.file).read_bytes() for entry in persisted}
    return persisted, files


def _golden(raw: pd.DataFrame, model: Any, features: Any) -> GoldenRows:
    chosen = raw.head(GOLDEN).astype(object)
    rows = chosen.where(chosen.notna(), None).to_dict("records")
    return GoldenRows(
        tuple({str(name): value for name, value in row.items()} for row in rows),
        tuple(model.predict(features)[:GOLDEN].tolist()),
        tuple(tuple(row) for row in model.predict_proba(features)[:GOLDEN].tolist()),
    )
