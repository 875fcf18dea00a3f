"""`cellmark diff`."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, write_json
from .tables import brief, escape, plain_table, short, when

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

    from cellmark.actions.compare import ComparedCell, ComparedValue
    from cellmark.actions.diff import Diffed

__all__ = ["diff"]

_NAMED = "A Run, named as in `show`."
_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def diff(
    one: Annotated[str, typer.Argument(metavar="RUN", help=_NAMED)],
    other: Annotated[str, typer.Argument(metavar="RUN", help=_NAMED)],
    *,
    as_json: AsJson = False,
) -> None:
    """Show what differs between two Runs.

    Parameters, metrics, code, data by column, files that were read, packages. Changes nothing.
    """
    from cellmark.actions.diff import diff as compare

    found = compare(one, other)
    if as_json:
        write_json(found)
    else:
        _print(found)


def _print(found: Diffed) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    names = [short(run.run) for run in found.runs]
    for run in found.runs:
        console.print(f"{short(run.run)}  {escape(run.experiment)}, {when(run.started)}")
    if found.same:
        console.print("\nNothing differs.")
    sections = {
        "Parameters": found.diff.parameters,
        "Metrics": found.diff.metrics,
        "Data": found.diff.data,
        "Files": found.diff.files,
        "Packages": found.diff.environment,
        "Random generators as training began": found.diff.chance,
    }
    for title, values in sections.items():
        if values:
            console.print(f"\n[bold]{title}[/bold]")
            console.print(_values(values, names))
    for cell in found.diff.code:
        console.print(f"\n[bold]Code[/bold] ({', '.join(cell.roles)})")
        console.print(_code(cell, names), soft_wrap=True)


def _values(values: Sequence[ComparedValue], names: Sequence[str]) -> Table:
    table = plain_table("name", *((name, {"overflow": "fold"}) for name in names))
    for value in values:
        name = value.name if value.column is None else f"{value.name}[{value.column!r}]"
        table.add_row(escape(name), *(escape(brief(each)) for each in value.values))
    return table


def _code(cell: ComparedCell, names: Sequence[str]) -> Text:
    from rich.text import Text

    before, after = ((source or "").splitlines() for source in cell.sources)
    lines = difflib.unified_diff(before, after, names[0], names[1], lineterm="", n=2)
    return Text("\n").join(Text(line, style=_COLORS.get(line[:1], "")) for line in lines)
