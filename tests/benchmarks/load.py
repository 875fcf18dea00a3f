"""A service to measure, and callers for it: plain sockets, so that callers cost little."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROW = {"plan": "pro", "age": 33.5, "visits": 4, "active": True}
_CONFTEST = Path(__file__).parents[1] / "unit/runtime/conftest.py"


class Answer(NamedTuple):
    """What came of one request; status 0 where the connection broke."""

    status: int
    seconds: float


class Service(NamedTuple):
    process: subprocess.Popen[str]
    host: str
    port: int


def bundle(folder: Path) -> Path:
    """The small bundle of the unit tests: pandas, a scaler, a logistic regression."""
    spec = importlib.util.spec_from_file_location("bundles", _CONFTEST)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    built: Path = module.build(folder)
    return built


@contextmanager
def served(folder: Path, **environment: str) -> Iterator[Service]:
    """The bundle's own service in a process of its own."""
    log = folder.with_name(f"{folder.name}.log")
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-B", "-m", "scoring.app", "--port", "0"],
            cwd=folder,
            env={**os.environ, **environment},
            stderr=stderr,
            text=True,
        )
    try:
        while not (found := re.search(r"answers at http://([\w.]+):(\d+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield Service(process, found[1], int(found[2]))
    finally:
        process.terminate()
        process.wait(60)


class Caller:
    """One connection that is kept, and opened anew where it broke."""

    def __init__(self, service: Service) -> None:
        self._where = (service.host, service.port)
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, body: bytes, path: str = "/predict", kind: str = "application/json"
    ) -> tuple[Answer, bytes]:
        began, kept = time.perf_counter(), self._streams is not None
        head = f"POST {path} HTTP/1.1\r\nhost: model\r\ncontent-type: {kind}\r\n"
        try:
            if self._streams is None:
                self._streams = await asyncio.open_connection(*self._where)
            reader, writer = self._streams
            writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            said = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = re.search(r"content-length: (\d+)", said)
            reply = await reader.readexactly(int(length[1]) if length else 0)
            status = int(said.split(" ", 2)[1])
            if "connection: close" in said:
                self.close()
        except (OSError, asyncio.IncompleteReadError):
            self.close()
            # An idle connection may end at any time: that is no fault of the service.
            if kept:
                return await self.ask(body, path, kind)
            return Answer(0, time.perf_counter() - began), b""
        return Answer(status, time.perf_counter() - began), reply

    def close(self) -> None:
        if self._streams:
            self._streams[1].close()
            self._streams = None


def encoded(value: object) -> bytes:
    return json.dumps(value).encode()


def quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")
