"""A Jupyter Server with the extension, and a project below its root."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from cellmark.store import Store
from cellmark.store.spool import Spool, new_id

NOTEBOOK = "models/churn.ipynb"


@pytest.fixture(autouse=True)
def _no_store_of_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CELLMARK_STORE", "CELLMARK_FOLDER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    return {"ServerApp": {"jpserver_extensions": {"cellmark.lab": True}}}


@pytest.fixture
def store(jp_root_dir: Path) -> Store:
    """The store of the project at the server's root, in which `models/churn.ipynb` lies."""
    store = Store(jp_root_dir / ".cellmark")
    store.folder.mkdir()
    (jp_root_dir / "models").mkdir()
    return store


@pytest.fixture
def log(store: Store) -> Callable[..., str]:
    """Log a Run of one cell with these parameters and metrics; its id."""

    def log(
        parameters: dict[str, Any], metrics: dict[str, float], source: str = "fit()", **more: Any
    ) -> str:
        run = new_id()
        cell = {"kind": "cell", "id": new_id(), "run": run, "fed_by": [], "cell_id": "fit"}
        place = {"experiment": NOTEBOOK, "number": None, "injected": False, "roles": ["train"]}
        ran = {"source": source, "status": "ok", "started": 1.7e9, "seconds": 1.0}
        about = {"source": "assigned", "confidence": 1.0, "step": 0}
        seen = [{"name": name, "value": value, **about} for name, value in metrics.items()]
        record = {**cell, **place, **ran, "metrics": seen, "parameters": parameters, **more}
        Spool(store.folder, f"session-{run}").append(record)
        return run

    return log


@pytest.fixture
def ask(jp_fetch: Callable[..., Any]) -> Callable[..., Any]:
    """`await ask("GET", "runs", limit=3)` -> status and JSON body, of problems too."""

    async def ask(
        method: str, path: str, body: Any = None, notebook: str = NOTEBOOK, **query: Any
    ) -> tuple[int, Any]:
        given = [("notebook", notebook)]
        for name, value in query.items():
            given += [(name, one) for one in (value if isinstance(value, list) else [value])]
        sent = None if body is None else json.dumps(body)
        parts = ("cellmark", "api", *path.split("/"))
        options = {"method": method, "params": given, "body": sent}
        try:
            reply = await jp_fetch(*parts, allow_nonstandard_methods=True, **options)
        except HTTPClientError as problem:
            assert problem.response is not None
            assert problem.response.headers["Content-Type"] == "application/problem+json"
            return problem.code, json.loads(problem.response.body)
        return reply.code, json.loads(reply.body)

    return ask
