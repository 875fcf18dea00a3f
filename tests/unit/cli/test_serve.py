from __future__ import annotations

import json
import re
import runpy
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.request import urlopen

import pytest
import typer
from typer.testing import CliRunner

from cellmark.cli.serve import serve
from cellmark_runtime.errors import CellmarkError

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
