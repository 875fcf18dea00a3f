"""A small bundle, loaded; variants of it; a folder in which Runs are logged."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from cellmark.store.spool import Spool, new_id
from cellmark_runtime import Model, load

BUNDLES = runpy.run_path(str(Path(__file__).parents[1] / "runtime" / "conftest.py"))


@pytest.fixture(scope="session")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that no test may change."""
    return BUNDLES["build"](tmp_path_factory.mktemp("bundles") / "churn-3")  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def model(bundle: Path) -> Model:
    return load(bundle)


@pytest.fixture(scope="session")
def stricter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A challenger that answers otherwise."""
    folder = tmp_path_factory.mktemp("bundles") / "churn-4"
    return BUNDLES["build"](folder, version=4, strength=0.01)  # type: ignore[no-any-return]


@pytest.fixture
def variant(model: Model) -> Callable[..., Model]:
    """The model with another manifest: `variant(policies=...)`, `variant(age={"kind": ...})`."""

    def make(policies: Any = None, **changes: dict[str, Any]) -> Model:
        signature = model.signature
        inputs = tuple(
            msgspec.structs.replace(field, **changes.get(field.name, {}))
            for field in signature.inputs
        )
        manifest = msgspec.structs.replace(
            model.manifest,
            version=4,
            signature=msgspec.structs.replace(signature, inputs=inputs),
            policies=policies or model.policies,
        )
        return Model(manifest, model._scoring, vars(model._frozen), model.golden)

    return make


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Log a Run of one cell in the current folder; its id."""
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.chdir(tmp_path)

    def log(**found: Any) -> str:
        run = new_id()
        cell = {"kind": "cell", "id": new_id(), "run": run, "fed_by": [], "cell_id": "c"}
        place = {"experiment": "a.ipynb", "number": 1, "injected": False, "roles": ["train"]}
        ran = {"source": "fit()", "status": "ok", "started": 1.0, "seconds": 1.0}
        Spool(tmp_path / ".cellmark", "s").append({**cell, **place, **ran, **found})
        return run

    return log
