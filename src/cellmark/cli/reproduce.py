"""`cellmark reproduce`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, write_json
from .parameters import Parameters, parse_parameters
from .stages import stages
from .tables import brief, duration, escape, plain_table, short

if TYPE_CHECKING:
    from rich.console import Console

    from cellmark.actions.reproduced import Reproduced
    from cellmark.core.checkpoint import CellReuse
    from cellmark.core.difference import Cause, Difference

__all__ = ["reproduce"]

_SHOWN = 12
_WIDTH = 60


class Environment(StrEnum):
    current = "current"
    locked = "locked"


def reproduce(
    source: Annotated[
        str,
        typer.Argument(
            metavar="RUN|NB",
            help="A Run, to run its notebook as it ran; or a notebook, to hold its cells as they "
            "are now against its newest Run.",
        ),
    ],
    *,
    parameters: Parameters = None,
    times: Annotated[
        int, typer.Option(min=1, metavar="N", help="Run it N times and say how often it holds.")
    ] = 1,
    env: Annotated[
        Environment,
        typer.Option("--env", help="current: these packages; locked: those of the Run, installed."),
    ] = Environment.current,
    report: Annotated[
        Path | None, typer.Option(metavar="F.html", help="Write a report, one HTML page.")
    ] = None,
    present: Annotated[
        bool,
        typer.Option(
            "--present",
            help="Leave time zone, locale, threads and hash seed as they are here, instead of "
            "giving the rerun those of the Run.",
        ),
    ] = False,
    network: Annotated[
        bool, typer.Option("--network", help="Let preprocess and train cells use the network.")
    ] = False,
    no_attribution: Annotated[
        bool,
        typer.Option("--no-attribution", help="Only compare: make no further reruns to find why."),
    ] = False,
    cached: Annotated[
        bool,
        typer.Option(
            "--cached",
            help="Take the results of data and preprocess cells from the store, where their code, "
            "inputs and packages are the same.",
        ),
    ] = False,
    bisect: Annotated[
        bool,
        typer.Option(
            "--bisect",
            help="Where other packages are the cause, find out which, by reruns with versions "
            "exchanged.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Run a Run's notebook anew and say what differs and why.

    It runs in a temporary copy of the project; only the store gets the new Runs. Ends with 1 if
    anything really differs.
    """
    from cellmark.actions.reproduce import reproduce as rerun

    with stages(plain=as_json) as shown:
        result = rerun(
            source,
            parameters=parse_parameters(parameters),
            times=times,
            env=env.value,
            report=report,
            present=present,
            network=network,
            attribution=not no_attribution,
            cached=cached,
            bisect=bisect,
            note=shown.begin,
            progress=shown.progress,
        )
    if as_json:
        write_json(result)
    else:
        _print(result)
    if not result.reproduced:
        raise typer.Exit(1)


def _print(result: Reproduced) -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(_verdict(result), soft_wrap=True)
    _print_metrics(console, result)
    for cause in result.causes:
        console.print()
        console.print(escape(_told(cause)), soft_wrap=True)
    _print_differences(console, result)
    for cell in result.cells:
        console.print(escape(_told_cell(cell)), soft_wrap=True)
    if result.times:
        console.print(_share(result), soft_wrap=True)
    if result.report:
        console.print(f"Report: {result.report}", soft_wrap=True)


def _verdict(result: Reproduced) -> str:
    about = f"Run {short(result.run)} ({escape(result.notebook)})"
    real = [each for each in result.differences if each.severity == "real"]
    if not result.reproduced:
        count = f"{len(real)} difference{'' if len(real) == 1 else 's'}"
        return f"[bold red]Not reproduced[/bold red]: {about}, {count}."
    how = "equal to the last bit" if result.exact else f"within {result.tolerance:g}"
    return f"[bold green]Reproduced[/bold green]: {about}, {how}."


def _print_metrics(console: Console, result: Reproduced) -> None:
    right = {"justify": "right"}
    table = plain_table("metric", ("Run", right), ("rerun", right))
    for each in result.metrics[:_SHOWN]:
        table.add_row(escape(each.name), brief(each.before), brief(each.after))
    if result.metrics:
        console.print(table)
    before, after = map(duration, result.seconds)
    console.print(f"took {before}, now {after}")


def _told(cause: Cause) -> str:
    place = f"cell {cause.cell}, line {cause.line}: {cause.source}\n  " if cause.cell else ""
    name = f" (first seen in `{cause.name}`)" if cause.name else ""
    return f"{cause.kind}: {cause.summary}\n  {place}{cause.evidence}{name}\n  fix: {cause.fix}"


def _print_differences(console: Console, result: Reproduced) -> None:
    real = [each for each in result.differences if each.severity == "real"]
    if real:
        fold = {"overflow": "fold"}
        table = plain_table("cell", "what", ("before", fold), ("now", fold), "cause")
        for each in real[:_SHOWN]:
            table.add_row(*_row(each))
        console.print()
        console.print(table)
        if len(real) > _SHOWN:
            console.print(f"and {len(real) - _SHOWN} more: --json or --report have all")
    passing = len(result.differences) - len(real)
    if passing:
        verb = "is" if passing == 1 else "are"
        console.print(f"{passing} more {verb} cosmetic or within tolerance.")


def _row(each: Difference) -> tuple[str, ...]:
    sides = (escape(brief(side, _WIDTH)) for side in (each.before, each.after))
    return (str(each.cell or ""), escape(each.what), *sides, each.cause or "")


def _told_cell(cell: CellReuse) -> str:
    if cell.reused:
        return f"cell {cell.cell} came from the store; it had taken {duration(cell.seconds)}"
    return f"cell {cell.cell} was run: {cell.why}"


def _share(result: Reproduced) -> str:
    times = result.times
    assert times is not None
    return (
        f"{times.held} of {times.trials} reruns gave what the Run had: "
        f"between {times.low:.0%} and {times.high:.0%} of all would "
        f"({times.confidence:.0%} interval, Wilson)."
    )
