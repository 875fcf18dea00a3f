"""`cellmark package`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import Policy, parse_policies
from .output import AsJson, end_progress, note, progress, write_json
from .parameters import Parameters, parse_parameters

if TYPE_CHECKING:
    from cellmark.actions.hidden_state import HiddenState
    from cellmark.actions.package import Packaged

__all__ = ["package", "tell"]


def package(
    source: Annotated[str, typer.Argument(metavar="NB|RUN", help="A notebook, or a Run.")],
    *,
    name: Annotated[
        str | None, typer.Option(help="The model's name. Default: the notebook's.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The bundle's folder. Default: NAME-VERSION here."),
    ] = None,
    parameters: Parameters = None,
    model: Annotated[
        str | None, typer.Option(help="The variable of the model that is meant, if several are.")
    ] = None,
    frame: Annotated[
        str | None,
        typer.Option(help="The variable of the frame whose rows requests bring, if several are."),
    ] = None,
    answer: Annotated[
        str | None, typer.Option(help="The variable of the final answers, if several are.")
    ] = None,
    policies: Policy = None,
    as_json: AsJson = False,
) -> None:
    """Build a proven, locked bundle from tagged cells.

    Runs the notebook clean, derives its scoring module, and proves it row by row. Writes the
    bundle's folder, and nothing at all where a statement is refused or the proof does not hold.
    """
    from cellmark.actions.package import package as build

    packaged = build(
        source,
        name=name,
        output=output,
        parameters=parse_parameters(parameters),
        model=model,
        frame=frame,
        answer=answer,
        policies=parse_policies(policies),
        note=_say,
        progress=progress,
    )
    if as_json:
        write_json(packaged)
    else:
        tell(packaged)


def _say(message: str) -> None:
    end_progress()
    note(message)


def tell(packaged: Packaged) -> None:
    """Say what was built, and on what ground it may be trusted."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    proof = packaged.proof
    exact = (
        "to the last bit"
        if proof.max_abs_difference == 0
        else f"within {proof.max_abs_difference:.1e}"
    )
    console.print(f"[bold]{packaged.name}@{packaged.version}[/bold]  {packaged.bundle}")
    console.print(f"digest  {packaged.digest}")
    counts = ", ".join(f"{count} {verdict}" for verdict, count in packaged.statements.items())
    console.print(f"derived {counts} statements")
    console.print(f"proof   equal to the notebook {exact}, {proof.rows} rows")
    for check in proof.checks:
        console.print(f"        {check.name}: {check.rows} rows")
    for cell in packaged.hidden_state:
        console.print("[yellow]note[/yellow]    ", end="")
        console.print(_said_of(cell), markup=False)
    for name, reason in packaged.joblib.items():
        warning = (
            f"warning {name} is kept by joblib, which runs code when it is loaded: it {reason}"
        )
        console.print(warning, style="yellow", markup=False)
    console.print(f"next    cellmark verify {packaged.bundle} --clean")
    console.print(f"        cellmark serve {packaged.bundle}")


def _said_of(cell: HiddenState) -> str:
    return (
        f"cell {cell.cell} showed {cell.saved!r} when it was saved and shows {cell.now!r} in a "
        f"clean run: {cell.why}. The bundle gives the clean run's numbers."
    )
