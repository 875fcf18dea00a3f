from __future__ import annotations

import json
import re
import runpy
import signal
import socket
import subprocess
import sys
from pathlib import Path
from threading import Event, Thread
from time import sleep
from typing import Self
from urllib.request import urlopen

import httpx
import pytest
import typer
from typer.testing import CliRunner

from cellmark.cli.serve import serve
from cellmark_runtime.errors import CellmarkError

SERVED = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "served.py"))
BUILDER = runpy.run_path(str(Path(__file__).parents[1] / "runtime" / "conftest.py"))
COMMAND = "import typer; from cellmark.cli.serve import serve; typer.run(serve)"


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return BUILDER["build"](tmp_path_factory.mktemp("served") / "churn-3")  # type: ignore[no-any-return]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    monkeypatch.delenv("CELLMARK_TOKEN", raising=False)
    only = typer.Typer()
    only.command()(serve)
    return only


def test_serves_a_bundle_until_stopped(bundle: Path) -> None:
    command = [sys.executable, "-c", COMMAND, str(bundle), "--port", "0", "--json"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        listening = json.loads(process.stdout.readline())
        with urlopen(f"{listening['url']}/live", timeout=30) as reply:
            assert reply.status == 200
    finally:
        process.send_signal(signal.SIGINT)
        rest, logged = process.communicate(timeout=60)
    assert (process.returncode, rest) == (0, "")
    assert (listening["model"], listening["version"]) == ("churn", 3)
    assert "msgspec" in logged and "the lock has 0.0.1" in logged
    assert "Traceback" not in logged


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["churn@champion"], "not registered"),
        (["{bundle}", "--host", "0.0.0.0", "--port", "0"], "CELLMARK_TOKEN"),
        (["{bundle}", "--port", "{taken}"], "choose another with --port"),
    ],
)
def test_what_can_not_be_served_is_exit_code_2(
    app: typer.Typer, bundle: Path, options: list[str], said: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        filled = [option.format(bundle=bundle, taken=port) for option in options]
        result = CliRunner().invoke(app, filled)
    assert isinstance(result.exception, CellmarkError)
    assert result.exception.exit_code == 2
    assert re.search(said, str(result.exception))


def test_a_port_out_of_range_is_bad_usage(app: typer.Typer, bundle: Path) -> None:
    assert CliRunner().invoke(app, [str(bundle), "--port", "70000"]).exit_code == 2


ROW = {"plan": "pro", "age": 33.5, "visits": 4, "active": True}
HEADERS = ("x-cellmark-model", "x-cellmark-version", "x-cellmark-digest")


class Callers:
    """Callers who ask without a pause until they are told to stop, and remember all that came."""

    def __init__(self, url: str, count: int) -> None:
        self.url = url
        self.seen: list[tuple[int, tuple[str, ...], tuple[object, ...], float]] = []
        self.faults: list[str] = []
        self._stop = Event()
        self._threads = [Thread(target=self._ask) for _ in range(count)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def meet(self, version: int) -> None:
        """Wait until each of them has had an answer of this version, and then go on for a bit."""
        for _ in range(2400):
            latest = [named[1] for _, _, named, _ in self.seen[-20:]]
            if latest == [version] * 20:
                return
            sleep(0.05)
        raise AssertionError(httpx.get(f"{self.url}/metadata", timeout=30).json()["serving"])

    def _ask(self) -> None:
        with httpx.Client(timeout=60) as client:
            while not self._stop.is_set():
                try:
                    reply = client.post(f"{self.url}/predict", json=ROW)
                    body = reply.json()
                    named = tuple(body[name] for name in ("model", "version", "digest"))
                    probability = body["predictions"][0]["probabilities"]["Yes"]
                    headers = tuple(reply.headers[name] for name in HEADERS)
                    self.seen.append((reply.status_code, headers, named, probability))
                except (httpx.HTTPError, KeyError, ValueError) as problem:
                    self.faults.append(repr(problem))


@pytest.mark.parametrize("workers", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_promotions_and_rollbacks_under_load_drop_and_mix_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    from cellmark.actions.registry import register
    from cellmark_runtime import load

    for name in ("CELLMARK_STORE", "CELLMARK_TOKEN", "CELLMARK_AUDIT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    bundles = {
        version: SERVED["churn_bundle"](tmp_path / str(version), version, strength=strength)
        for version, strength in ((1, 1.0), (2, 0.01), (3, 0.001))
    }
    for bundle in bundles.values():
        register(bundle)
    SERVED["move"](1)
    expected = {v: load(each).answer([ROW]).probabilities[0][1] for v, each in bundles.items()}
    assert len(set(expected.values())) == 3
    command = [sys.executable, "-c", COMMAND, "churn@champion", "--port", "0", "--json"]
    command += ["--workers", str(workers)]
    # A pipe that nobody empties would stop a service that logs each request.
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        with Callers(url, 3) as callers:
            for version in (2, 1):
                SERVED["move"](version)
                callers.meet(version)
            SERVED["move"](2)
            SERVED["move"](3)
            callers.meet(3)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        log.close()
    assert process.returncode == 0
    assert callers.faults == []
    assert {status for status, *_ in callers.seen} == {200}
    for _, headers, named, probability in callers.seen:
        assert headers == tuple(map(str, named))
        assert probability == expected[named[1]]  # type: ignore[index]
    assert "Traceback" not in (tmp_path / "log").read_text()
