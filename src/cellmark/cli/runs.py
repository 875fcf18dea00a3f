"""`cellmark runs`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, write_json
from .tables import brief, common, plain_table, short, when

if TYPE_CHECKING:
    from cellmark.actions.summary import RunSummary

__all__ = ["runs"]

_METRIC_COLUMNS = 3
_METRIC_WIDTH = 12


def runs(
    experiment: Annotated[
        str | None,
        typer.Argument(metavar="EXPERIMENT", help="A notebook: its path, or its bare name."),
    ] = None,
    *,
    where: Annotated[
        str | None,
        typer.Option(
            metavar="Q",
            help="Only Runs for which this holds, as in: metric.auc > 0.8 and (param.seed = 1 "
            "or not status = 'failed'). Operators: = != < <= > >= contains.",
        ),
    ] = None,
    sort: Annotated[
        str | None,
        typer.Option(metavar="KEY", help="A field, such as metric.auc; -metric.auc: descending."),
    ] = None,
    limit: Annotated[int, typer.Option(min=1, metavar="N", help="At most this many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the project's Runs, the newest first. Changes nothing."""
    from cellmark.actions.runs import runs as find

    found = find(experiment, where=where, sort=sort, limit=limit)
    if as_json:
        write_json(found)
    elif found.runs:
        _print(found.runs)
    else:
        narrowed = experiment is not None or where is not None
        typer.echo(f"No {'such run' if narrowed else 'run'} in {found.store}.")


def _print(found: Sequence[RunSummary]) -> None:
    from rich.console import Console

    metrics = common([one.metrics for one in found], _METRIC_COLUMNS)
    whole = {"no_wrap": True}
    right = {"justify": "right", "no_wrap": True}
    table = plain_table(
        ("run", whole),
        ("notebook", {"overflow": "fold"}),
        ("started", whole),
        ("status", whole),
        *((brief(name, _METRIC_WIDTH), right) for name in metrics),
    )
    for one in found:
        shown = [brief(one.metrics.get(name)) for name in metrics]
        table.add_row(short(one.run), one.experiment, when(one.started), one.status, *shown)
    Console(highlight=False).print(table)
