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

HERE = Path(__file__).parent
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The example with a really fitted model, this checkout's runtime and a real lock."""
    example: Any = runpy.run_path(str(HERE / "example.py"))["example_plan"]()
    fitted_plan: Any = runpy.run_path(str(HERE / "fitted.py"))["fitted_plan"]
    lock = compile_lock(
        ["pandas", "scikit-learn", *runtime_requirements(example.persisted)],
        installed_pins(),
        platform.python_version(),
        tmp_path_factory.mktemp("locks"),
    )
    wheel = runtime_wheel()
    plan, model_files = fitted_plan(example, wheel, lock)
    return build(plan, model_files, wheel, KEY)


@pytest.fixture(scope="session")
def bundle(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "loans-3"
    write(built.files, folder)
    return folder
