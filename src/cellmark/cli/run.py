"""`cellmark run`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, note, write_json
from .parameters import Parameters, parse_parameters
from .stages import stages
from .tables import brief, duration, escape, plain_table, short

if TYPE_CHECKING:
    from cellmark.actions.run import RunResult
    from cellmark.replay import Failure

__all__ = ["run"]


def run(
    notebook: Annotated[Path, typer.Argument(metavar="NB", help="The notebook to execute.")],
    *,
    parameters: Parameters = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "-o",
            "--output",
            metavar="OUT.ipynb",
            help="Write the executed notebook here too. Without it only the store keeps it "
            "(`cellmark show RUN`).",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Execute a notebook through papermill and log its Runs.

    The notebook itself is not changed. Ends with 1 if a cell fails; the Run is kept as failed.
    """
    from cellmark.actions.run import run as execute

    with stages(plain=as_json) as shown:
        shown.begin(f"running {notebook.name}")
        result = execute(
            notebook,
            parse_parameters(parameters),
            output=output,
            progress=lambda cell, cells: shown.progress("cell", cell, cells),
        )
    if as_json:
        write_json(result)
    else:
        _print(result)
    if result.failure is not None:
        _explain(result.failure, result.runs[-1].run)
        raise typer.Exit(1)
    if not result.runs:
        note("No Run was logged: no cell tagged 'train' was executed.")


def _print(result: RunResult) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    for one in result.runs:
        console.print(f"Run {short(one.run)}  {one.status}  {duration(one.seconds)}")
        table = plain_table("", "name", ("value", {"overflow": "fold"}))
        for kind, values in (("metric", one.metrics), ("parameter", one.parameters)):
            for name, value in values.items():
                table.add_row(kind, escape(name), escape(brief(value)))
        console.print(table)
        console.print(f"More: cellmark show {short(one.run)}")
    if result.output:
        console.print(f"Executed notebook: {result.output}", soft_wrap=True)


def _explain(failure: Failure, run: str) -> None:
    where = f"cell {failure.cell}" if failure.cell else "the injected parameters"
    line = f", line {failure.line}" if failure.line else ""
    for frame in _own_frames(failure.traceback):
        note(f"{frame}\n")
    note(f"{where}{line}: {failure.error}")
    note(f"The Run is kept as failed: cellmark show {short(run)}")


def _own_frames(traceback: str) -> list[str]:
    """The notebook's own frames of an IPython traceback; libraries' insides are in `show`."""
    parts = (part[max(part.find("Cell In["), 0) :] for part in traceback.split("\n\n"))
    return [part for part in parts if part.startswith("Cell In[")]
