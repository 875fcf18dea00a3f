"""`cellmark restore`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .output import AsJson, write_json

__all__ = ["restore"]


def restore(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A Run, named as in `show`.")],
    destination: Annotated[
        Path, typer.Argument(metavar="DEST", help="The notebook to write: a new file, NAME.ipynb.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Write the notebook as a Run ran it. Overwrites nothing."""
    from cellmark.actions.restore import restore as write

    written = write(run, destination)
    if as_json:
        write_json(written)
        return
    told = "as it ran" if written.whole else "its tagged cells: the whole was not kept"
    typer.echo(f"{written.notebook}: run {written.run}, {told}")
