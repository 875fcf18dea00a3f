"""Ui: JupyterLab, with the sidebar open."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

from cellmark_runtime.errors import CellmarkError

__all__ = ["lab_arguments", "open_ui"]

_WORKSPACE = "cellmark"
# The sidebar's id in the page; where the layout is kept is JupyterLab's own format.
_PANEL = "cellmark-runs"
_LAYOUT = {
    "data": {
        "layout-restorer:data": {
            "left": {"collapsed": False, "current": _PANEL, "visible": True, "widgets": [_PANEL]}
        }
    },
    "metadata": {"id": _WORKSPACE},
}


def open_ui(notebook: Path | None = None, *, port: int | None = None, browser: bool = True) -> None:
    """Run JupyterLab until told to stop, in the working folder or that of a notebook elsewhere.

    Its workspace `cellmark` begins with the sidebar open, and is the user's own from then on.
    Raises: CellmarkError where there is no such notebook.
    """
    arguments = lab_arguments(notebook, port=port, browser=browser)
    from jupyterlab.labapp import LabApp

    _begin_workspace()
    LabApp.launch_instance(arguments)


def lab_arguments(notebook: Path | None, *, port: int | None, browser: bool) -> list[str]:
    """What JupyterLab is started with. Raises: CellmarkError where there is no such notebook."""
    root, place = Path.cwd(), ""
    if notebook is not None:
        if notebook.suffix != ".ipynb" or not notebook.is_file():
            raise CellmarkError(
                str(notebook), "no such notebook", "a file that ends in .ipynb", "Leave it out."
            )
        file = notebook.resolve()
        root = root if file.is_relative_to(root) else file.parent
        place = f"/tree/{quote(file.relative_to(root).as_posix())}"
    chosen = [f"--ServerApp.root_dir={root}"]
    chosen += [f"--LabApp.default_url=/lab/workspaces/{_WORKSPACE}{place}"]
    chosen += [f"--ServerApp.port={port}"] if port is not None else []
    return chosen + ([] if browser else ["--no-browser"])


def _begin_workspace() -> None:
    from jupyterlab.commands import get_workspaces_dir
    from jupyterlab_server.workspaces_handler import WorkspacesManager

    kept = WorkspacesManager(get_workspaces_dir())
    if not kept.load(_WORKSPACE)["data"]:
        kept.save(_WORKSPACE, json.dumps(_LAYOUT))
