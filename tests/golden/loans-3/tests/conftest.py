"""The service in this process: asked as a caller would, without a port or a network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cellmark_runtime import load
from cellmark_runtime.service import create_app

BUNDLE = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def ask() -> Callable[..., tuple[int, Any]]:
    """`ask("/ready")` or `ask("/predict", body)`: the status, and the answer read from JSON."""
    app: Any = create_app(load(BUNDLE))

    def ask(path: str, body: bytes | None = None) -> tuple[int, Any]:
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body or b"", "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "GET" if body is None else "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"model"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("model", 80),
        }
        asyncio.run(app(scope, receive, send))
        answer = b"".join(message.get("body", b"") for message in sent[1:])
        return int(sent[0]["status"]), json.loads(answer)

    return ask
