"""`cellmark ui`: JupyterLab at the right place, with the sidebar open until its user closes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cellmark.cli import app


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """What JupyterLab would have been started with."""
    calls: list[list[str]] = []
    monkeypatch.setattr("jupyterlab.labapp.LabApp.launch_instance", calls.append)
    monkeypatch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(tmp_path / "workspaces"))
    project = tmp_path / "project"
    (project / "in here").mkdir(parents=True)
    (project / "in here" / "a b.ipynb").write_text("{}")
    (tmp_path / "far.ipynb").write_text("{}")
    monkeypatch.chdir(project)
    return calls


def said(*arguments: str) -> Any:
    return CliRunner().invoke(app, ["ui", *arguments], catch_exceptions=False)


def test_it_opens_here_or_at_a_notebook(started: list[list[str]], tmp_path: Path) -> None:
    assert said().exit_code == 0
    said("in here/a b.ipynb", "--no-browser", "--port", "9000")
    said("../far.ipynb")
    url = "--LabApp.default_url=/lab/workspaces/cellmark"
    here = f"--ServerApp.root_dir={tmp_path / 'project'}"
    assert started == [
        [here, url],
        [here, f"{url}/tree/in%20here/a%20b.ipynb", "--ServerApp.port=9000", "--no-browser"],
        [f"--ServerApp.root_dir={tmp_path}", f"{url}/tree/far.ipynb"],
    ]


def test_the_sidebar_is_open_at_first_and_then_as_it_was_left(
    started: list[list[str]], tmp_path: Path
) -> None:
    said()
    (file,) = (tmp_path / "workspaces").iterdir()
    kept = json.loads(file.read_text())
    assert kept["data"]["layout-restorer:data"]["left"]["current"] == "cellmark-runs"
    kept["data"]["layout-restorer:data"]["left"]["current"] = "filebrowser"
    file.write_text(json.dumps(kept))
    said()
    assert json.loads(file.read_text()) == kept


def test_the_panel_is_the_one_that_the_sidebar_has() -> None:
    source = Path(__file__).parents[3] / "labextension/src/runs/plugin.ts"
    assert "const PANEL = 'cellmark-runs'" in source.read_text()


def test_a_notebook_that_is_not_there(started: list[list[str]]) -> None:
    from cellmark_runtime.errors import CellmarkError

    with pytest.raises(CellmarkError, match=r"gone\.ipynb: no such notebook"):
        said("gone.ipynb")
    assert started == []
