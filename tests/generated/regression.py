"""A second plan, for what the first leaves out: a number as answer, column names with blanks."""

from __future__ import annotations

import platform
import tempfile
from importlib import metadata
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression

from cellmark.bundle.lock import add_wheel
from cellmark.bundle.wheel import Wheel
from cellmark.core.plan import BundlePlan, FrozenValue
from cellmark_runtime.scoring.persistence import dump
from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.profile import NumberProfile, ReferenceProfile
from cellmark_runtime.types.signature import Field, Output, Signature

STEPS = '''"""From a raw flat to its rent."""

from typing import Any
import pandas as pd
from .schema import Frozen

def features(flats: pd.DataFrame, frozen: Frozen) -> Any:
    """The estimator's input."""
    return flats[["floor area", "rooms"]]

def predict(features: Any, frozen: Frozen) -> Any:
    """A rent per row."""
    return frozen.model.predict(features)
'''
ROWS = 60
GOLDEN = 8


def regression_plan(
    example: BundlePlan, wheel: Wheel, lock: str
) -> tuple[BundlePlan, dict[str, bytes]]:
    """The plan and its model files. `lock` is without the runtime's wheel."""
    random = np.random.default_rng(3)
    flats = pd.DataFrame(
        {"floor area": random.uniform(20, 120, ROWS), "rooms": random.integers(1, 6, ROWS)}
    )
    rent = flats["floor area"] * 21.5 + flats["rooms"] * 90 + random.normal(0, 50, ROWS)
    model = LinearRegression().fit(flats, rent)
    with tempfile.TemporaryDirectory() as place:
        persisted = dump("model", model, Path(place))
        files = {persisted.file: (Path(place) / persisted.file).read_bytes()}
    rows = tuple(flats.head(GOLDEN).astype(object).to_dict("records"))
    predictions = tuple(model.predict(flats)[:GOLDEN].tolist())
    plan = msgspec.structs.replace(
        example,
        name="rents",
        title="What does a flat cost?",
        steps=STEPS,
        answers=("predict",),
        frozen=(_frozen(),),
        statements=(),
        signature=_signature(),
        persisted=(persisted,),
        metrics={"r2": 0.98},
        golden=GoldenRows(rows, predictions, None, tolerance=1e-12),  # type: ignore[arg-type]
        profile=_profile(),
        requirements=(f"scikit-learn=={metadata.version('scikit-learn')}",),
        lock=add_wheel(lock, wheel),
        runtime_wheel=wheel.name,
        provenance=msgspec.structs.replace(
            example.provenance, python=platform.python_version(), git=None, parameters={}
        ),
    )
    return plan, files


def _frozen() -> FrozenValue:
    return FrozenValue(
        name="model",
        annotation="LinearRegression",
        imports=("from sklearn.linear_model import LinearRegression",),
        origin="LinearRegression().fit(X, y)",
        cell=2,
        line=1,
        summary="LinearRegression",
    )


def _signature() -> Signature:
    inputs = (
        Field("floor area", "number", "float64", minimum=20.0, maximum=120.0),
        Field("rooms", "integer", "int64", minimum=1.0, maximum=5.0),
    )
    return Signature(inputs, Output("regression", "number"))


def _profile() -> ReferenceProfile:
    features = (
        NumberProfile("floor area", (20.0, 70.0, 120.0), (30, 30), 0),
        NumberProfile("rooms", (1.0, 3.0, 5.0), (30, 30), 0),
    )
    return ReferenceProfile(rows=ROWS, features=features)
