from __future__ import annotations

import platform
import runpy
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.bundle.build import Built, build
from cellmark.bundle.lock import compile_lock
from cellmark.bundle.requirements import installed_pins, runtime_requirements
from cellmark.bundle.wheel import runtime_wheel
from cellmark.bundle.write import write
from cellmark_runtime.types.manifest import Persisted

HERE = Path(__file__).parent
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


def from_file(name: str, function: str) -> Any:
    return runpy.run_path(str(HERE / name))[function]


@pytest.fixture(scope="session")
def lock(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What both examples need, at the versions here; without the runtime's own wheel."""
    persisted = Persisted("model", "skops", "model/model.skops")
    requirements = ["pandas", "scikit-learn", *runtime_requirements([persisted])]
    cache = tmp_path_factory.mktemp("locks")
    return compile_lock(requirements, installed_pins(), platform.python_version(), cache)


@pytest.fixture(scope="session")
def built(lock: str) -> Built:
    """The example with a really fitted model, this checkout's runtime and a real lock."""
    wheel = runtime_wheel()
    example = from_file("example.py", "example_plan")()
    plan, model_files = from_file("fitted.py", "fitted_plan")(example, wheel, lock)
    return build(plan, model_files, wheel, KEY)


@pytest.fixture(scope="session")
def bundle(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "loans-3"
    write(built.files, folder)
    return folder


@pytest.fixture(scope="session")
def regression(lock: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the second example's bundle."""
    wheel = runtime_wheel()
    example = from_file("example.py", "example_plan")()
    plan, model_files = from_file("regression.py", "regression_plan")(example, wheel, lock)
    folder = tmp_path_factory.mktemp("built") / "rents-3"
    write(build(plan, model_files, wheel, KEY).files, folder)
    return folder
