from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from cellmark.cli.verify import verify
from cellmark_runtime.errors import CellmarkError

MINI = runpy.run_path(str(Path(__file__).parents[2] / "generated" / "mini.py"))
FAILING = "def test_two():\n    assert 1 == 2\n"


@pytest.fixture
def app() -> typer.Typer:
    only = typer.Typer()
    only.command()(verify)
    return only


def test_people_get_a_line_for_each_check(app: typer.Typer, tmp_path: Path) -> None:
    bundle = MINI["mini_bundle"](tmp_path / "mini-1")
    result = CliRunner().invoke(app, [str(bundle)])
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["ok", name] for name in ("manifest", "signature", "files", "tests")
    ]
    assert "1 passed" in lines[-1]


def test_json_is_one_object_on_stdout(app: typer.Typer, tmp_path: Path) -> None:
    bundle = MINI["mini_bundle"](tmp_path / "mini-1")
    result = CliRunner().invoke(app, [str(bundle), "--json"])
    report = json.loads(result.stdout)
    assert result.exit_code == 0
    assert report["ok"] is True
    assert {"name", "ok", "detail", "seconds"} <= report["checks"][0].keys()
    assert "manifest" in result.stderr


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_a_check_that_fails_is_exit_code_1(
    app: typer.Typer, tmp_path: Path, options: list[str]
) -> None:
    bundle = MINI["mini_bundle"](tmp_path / "mini-1", tests=FAILING)
    result = CliRunner().invoke(app, [str(bundle), *options])
    assert result.exit_code == 1
    assert "tests/test_one.py::test_two" in result.stdout


def test_what_is_no_bundle_is_exit_code_2(app: typer.Typer, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, [str(tmp_path)])
    assert isinstance(result.exception, CellmarkError)
    assert result.exception.exit_code == 2
