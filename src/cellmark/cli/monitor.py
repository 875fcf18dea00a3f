"""`cellmark monitor`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, write_json

if TYPE_CHECKING:
    from rich.console import Console

    from cellmark.actions.monitored import Feature, Monitored

__all__ = ["monitor"]

_SHOWN = 12


class Arm(StrEnum):
    """Which of the models that answer."""

    CHAMPION = "champion"
    CHALLENGER = "challenger"


def monitor(
    target: Annotated[
        str,
        typer.Argument(
            metavar="BUNDLE", help="The bundle's folder, or registered: MODEL@VERSION, MODEL@ALIAS."
        ),
    ],
    *,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="F.html", help="Write a report there.")
    ] = None,
    counts: Annotated[
        Path | None,
        typer.Option(
            "--counts",
            metavar="DIR",
            help="Where the service counts. Default: CELLMARK_MONITOR, or the project's store.",
        ),
    ] = None,
    arm: Annotated[Arm, typer.Option(help="Whose answers.")] = Arm.CHAMPION,
    as_json: AsJson = False,
) -> None:
    """Say how the rows that a service answered differ from the training rows. Writes F.html only.

    Exit code 1 while a feature is in alarm.
    """
    from cellmark.actions.monitor import monitor as look

    result = look(target, report=report, counts=counts, arm=arm.value)
    if as_json:
        write_json(result)
    else:
        _print(result)
    if not result.ok:
        raise typer.Exit(1)


def _print(result: Monitored) -> None:
    from rich.console import Console

    from .tables import escape

    console = Console(highlight=False)
    console.print(_verdict(result))
    console.print(
        f"{result.rows} rows answered; {result.windows} windows of {result.window} judged, "
        f"the last one {result.judged or 'not yet'}; {result.filling} rows in the next."
    )
    console.print(escape(result.said), style=None if result.controlled else "yellow")
    if result.features:
        _print_features(console, result)
    if result.unstable:
        console.print(f"Not compared, elsewhere every day: {escape(', '.join(result.unstable))}")
    _print_labels(console, result)
    if result.report:
        console.print(f"Report: {result.report}", soft_wrap=True)


def _verdict(result: Monitored) -> str:
    from .tables import escape

    about = f"{result.name}@{result.version} ({result.arm})"
    if not result.windows:
        return f"[bold]Not judged yet[/bold]: {about}"
    if result.ok:
        return f"[bold green]No drift[/bold green]: {about}"
    return f"[bold red]Drift[/bold red]: {about}, in {escape(', '.join(result.alarms))}"


def _print_features(console: Console, result: Monitored) -> None:
    from .tables import plain_table

    right = {"justify": "right"}
    columns = [(name, right) for name in ("chi2", "KS", "PSI", "ECDF", "missing", "usual")]
    table = plain_table("feature", "", *columns)
    for each in result.features[:_SHOWN]:
        table.add_row(*_row(each))
    console.print()
    console.print(table)
    if len(result.features) > _SHOWN:
        console.print(f"and {len(result.features) - _SHOWN} that differ less: --json has all")


def _row(each: Feature) -> tuple[str, ...]:
    from .tables import escape

    mark = "[red]alarm[/red]" if each.alarm else "[yellow]once[/yellow]" if each.streak else ""
    numbers = (each.chi, each.ks, each.psi, each.ecdf)
    shares = (each.missing, each.missing_usual)
    return (
        escape(each.feature),
        mark,
        *(f"{number:.2f}" for number in numbers),
        *(f"{share:.1%}" for share in shares),
    )


def _print_labels(console: Console, result: Monitored) -> None:
    for each in result.performance:
        console.print(
            f"{each.measure.replace('_', ' ')} {each.estimate:.3g} "
            f"({each.lower:.3g} to {each.upper:.3g}, last {each.labels} labels)"
        )
    if not result.labels:
        console.print("No labels yet: how good the answers are is not known.", style="dim")
