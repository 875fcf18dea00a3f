from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cellmark.bundle.lock import add_wheel
from cellmark.bundle.wheel import Wheel
from cellmark.core.plan import BundlePlan

EXAMPLE = Path(__file__).parents[2] / "generated" / "example.py"
WHEEL = Wheel("cellmark_runtime-0.1.0-py3-none-any.whl", b"not really a wheel")
MODEL_FILES = {
    "model/frozen.json": b"{}",
    "model/scaler.skops": b"scaler",
    "model/model.skops": b"model",
}


@pytest.fixture(scope="session")
def example() -> dict[str, Any]:
    return runpy.run_path(str(EXAMPLE))


@pytest.fixture
def plan(example: dict[str, Any]) -> BundlePlan:
    made: BundlePlan = example["example_plan"]()
    return msgspec.structs.replace(made, lock=add_wheel("pandas==3.1.1", WHEEL))


@pytest.fixture
def changed(plan: BundlePlan) -> Callable[..., BundlePlan]:
    """The plan with some of its fields replaced."""
    return lambda **fields: msgspec.structs.replace(plan, **fields)


@pytest.fixture
def wheel() -> Wheel:
    return WHEEL


@pytest.fixture
def model_files() -> dict[str, bytes]:
    return dict(MODEL_FILES)
