"""`cellmark ui`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["ui"]


def ui(
    notebook: Annotated[
        Path | None, typer.Argument(metavar="NB", help="A notebook to open.")
    ] = None,
    *,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Where JupyterLab answers.")
    ] = None,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only say the address, for a browser elsewhere.")
    ] = False,
) -> None:
    """Open JupyterLab with the sidebar, in this folder. Ctrl-C ends it."""
    from cellmark.actions.ui import open_ui

    open_ui(notebook, port=port, browser=not no_browser)
