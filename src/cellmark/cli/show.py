"""`cellmark show`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .output import AsJson, write_json
from .tables import brief, duration, escape, plain_table, size, when

if TYPE_CHECKING:
    from rich.table import Table

    from cellmark.actions.show import ShownRun
    from cellmark.core.run import CellExecution, Run

__all__ = ["show"]

# What the columns beside a cell's code need.
_BESIDE_CODE = 42
_BESIDE_MEMORY = 10
_NARROWEST = 20


def show(
    run: Annotated[
        str,
        typer.Argument(
            metavar="RUN",
            help="`latest`; a Run's id, its beginning or its end; or a Run's identity.",
        ),
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Show one Run whole.

    Its code, parameters, metrics, data, estimators, packages and outputs. Changes nothing.
    """
    from cellmark.actions.show import show as find

    shown = find(run)
    if as_json:
        write_json(shown)
    else:
        _print(shown)


def _print(shown: ShownRun) -> None:
    from rich.console import Console
    from rich.text import Text

    run = shown.run
    console = Console(highlight=False)
    console.print(_head(shown))
    sections = {
        "Failure": Text(_failure(run)),
        "Stale": Text("\n".join(_stale(run))),
        "Parameters": _values(run.parameters),
        "Metrics": _metrics(run),
        "Data": _data(run),
        "Files": _files(run),
        "Estimators": _estimators(run),
        "Cells": _cells(run, console.width),
        "Packages": _packages(run),
    }
    for title, content in sections.items():
        if content:
            console.print(f"\n[bold]{title}[/bold]")
            console.print(content, soft_wrap=isinstance(content, Text))
    if shown.outputs:
        count = f"{len(shown.outputs)} cell{'s' if len(shown.outputs) > 1 else ''}"
        console.print(f"\nThe outputs of {count} are kept; --json holds them.")


def _head(shown: ShownRun) -> Table:
    run = shown.run
    table = plain_table("run", (run.id, {"overflow": "fold"}))
    table.add_row("notebook", escape(run.experiment))
    table.add_row("status", run.status)
    table.add_row("started", f"{when(run.started)}, took {duration(run.seconds)}")
    if run.git:
        changed = " with changes" if run.git["changed"] else ""
        table.add_row("commit", f"{run.git['commit'][:12]}{changed}")
    table.add_row("identity", shown.identity[:16])
    if run.out_of_order:
        table.add_row("order", "cells ran in another order than they stand in")
    return table


def _failure(run: Run) -> str:
    if run.failure is None:
        return ""
    where = f"cell {run.failure.cell}" if run.failure.cell else "a cell"
    line = f", line {run.failure.line}" if run.failure.line else ""
    return f"{where}{line}: {run.failure.error}\n{run.failure.traceback}".rstrip()


def _stale(run: Run) -> Iterator[str]:
    """What was used and had changed, each with the cells in words."""
    cells = {cell.id: cell for cell in run.cells}
    for one in run.stale:
        user = _named(cells.get(one.used_by))
        plain = one.was is not None or one.now is not None
        change = f" ({brief(one.was)} became {brief(one.now)})" if plain else ""
        yield f"{one.name}: {user} used it before it was given anew{change}"


def _named(cell: CellExecution | None) -> str:
    if cell is None:
        return "a cell"
    roles = ", ".join(cell.roles)
    return f"a {roles} cell" if cell.number is None else f"cell {cell.number} ({roles})"


def _values(values: dict[str, Any]) -> Table | None:
    table = plain_table("name", ("value", {"overflow": "fold"}))
    for name, value in values.items():
        table.add_row(name, escape(brief(value)))
    return table if values else None


def _metrics(run: Run) -> Table | None:
    from cellmark.core.run import PARTS

    table = plain_table("name", ("value", {"justify": "right"}), "seen as")
    latest = [m for m in run.metrics if m.latest and m.source not in PARTS]
    for metric in latest:
        table.add_row(escape(metric.name), brief(metric.value), metric.source)
    return table if latest else None


def _data(run: Run) -> Table | None:
    table = plain_table("name", "kind", "shape", "digest")
    for name, data in run.data.items():
        shape = " x ".join(map(str, data.shape))
        table.add_row(name, data.kind, shape, data.digest[:16])
    return table if run.data else None


def _files(run: Run) -> Table | None:
    table = plain_table(
        ("path", {"overflow": "fold"}), "cell", ("size", {"justify": "right"}), "digest", "seen as"
    )
    for cell in run.cells:
        for file in cell.files:
            many = f" ({file.files} files)" if file.files > 1 else ""
            how = " (sampled)" if file.sampled else ""
            number = "" if cell.number is None else str(cell.number)
            told = (number, size(file.bytes), f"{file.digest[:16]}{how}", file.source)
            table.add_row(escape(f"{file.path}{many}"), *told)
    return table if run.files else None


def _estimators(run: Run) -> Table | None:
    chosen: dict[str, Any] = {"overflow": "fold"}
    table = plain_table("name", "type", ("size", {"justify": "right"}), ("chosen", chosen))
    for one in run.estimators:
        kept = "not kept" if one.bytes is None else size(one.bytes)
        told = ", ".join(f"{name}={brief(one.parameters[name])}" for name in one.chosen)
        table.add_row(escape(one.name), one.type.rpartition(".")[2], kept, escape(told))
    return table if run.estimators else None


def _cells(run: Run, width: int) -> Table:
    right, whole = {"justify": "right"}, {"no_wrap": True}
    is_known = any(cell.peak is not None for cell in run.cells)
    memory = (("memory", right | whole),) if is_known else ()
    table = plain_table(
        ("cell", right),
        ("role", whole),
        ("status", whole),
        ("time", right | whole),
        *memory,
        "code",
    )
    for cell in run.cells:
        number = "" if cell.number is None else str(cell.number)
        code = next(iter(cell.source.strip().splitlines()), "")
        roles = ", ".join(cell.roles)
        shown = brief(
            code, max(_NARROWEST, width - _BESIDE_CODE - (_BESIDE_MEMORY if is_known else 0))
        )
        peak = ("" if cell.peak is None else size(cell.peak),) if is_known else ()
        table.add_row(number, roles, cell.status, duration(cell.seconds), *peak, escape(shown))
    return table


def _packages(run: Run) -> str:
    if run.environment is None:
        return ""
    packages = [f"{name} {version}" for name, version in run.environment.packages.items()]
    return f"Python {run.environment.python}: {', '.join(packages)}"
