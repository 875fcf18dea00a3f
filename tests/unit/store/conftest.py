"""Stores in temporary folders, and records as kernels spool them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cellmark.store import Store
from cellmark.store.spool import Record, Spool, new_id


@pytest.fixture(autouse=True)
def _no_store_of_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CELLMARK_STORE", "CELLMARK_FOLDER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / ".cellmark")


@pytest.fixture
def cell() -> Callable[..., Record]:
    """Records of cell executions: `cell("train", run=..., metrics={"auc": 0.8})`."""
    clock = itertools.count(1_700_000_000)

    def record(*roles: str, metrics: dict[str, float] | None = None, **more: Any) -> Record:
        found = [
            {"name": name, "value": value, "source": "assigned", "confidence": 1.0, "step": 0}
            for name, value in (metrics or {}).items()
        ]
        return {
            "kind": "cell",
            "id": new_id(),
            "run": None,
            "fed_by": [],
            "experiment": "models/churn.ipynb",
            "cell_id": roles[0],
            "number": 1,
            "injected": False,
            "roles": roles,
            "source": f"{roles[0]}()",
            "status": "ok",
            "started": float(next(clock)),
            "seconds": 0.5,
            "metrics": found,
            **more,
        }

    return record


@pytest.fixture
def logged(store: Store, cell: Callable[..., Record]) -> Callable[..., str]:
    """Log a Run of two cells; its id."""

    def log(
        parameters: dict[str, Any] | None = None,
        metrics: dict[str, float] | None = None,
        **more: Any,
    ) -> str:
        run = new_id()
        spool = Spool(store.folder, new_id())
        given = cell("parameters", parameters=parameters or {})
        spool.append(given)
        spool.append(cell("train", run=run, fed_by=[given["id"]], metrics=metrics, **more))
        spool.append({"kind": "end"})
        return run

    return log
