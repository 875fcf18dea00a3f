"""Columns of one frame given to another: `X_test.reindex(columns=X_train.columns)`, `align`.

The other frame's rows are none of the request's. Were its columns not frozen, scoring would prepare
each request a second time in that frame's way, only to see what columns come of it.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

import pandas as pd

from ..text.names import bound, reads, stored_into
from ..trace.program import Line, Program
from ..trace.records import Event
from .columns import without
from .rewriter import Rewriter

__all__ = [
    "Aligned",
    "aligned",
    "aligned_text",
    "columns_name",
    "of_other_rows",
    "takes_columns",
]

_ACROSS = (1, "columns")


def of_other_rows(rewriter: Rewriter, node: ast.expr, events: Sequence[Event]) -> bool:
    """Whether `node` gives columns of a frame whose rows are not those that it is used for."""
    program = rewriter.context.program
    line = program.lines[rewriter.statement]
    named = reads(node) & line.tainted
    if len(named) != 1 or named & stored_into(line.node):
        return False
    if not all(isinstance(event.value, pd.Index | list) for event in events):
        return False
    rows = _rows_of(program, line, min(named))
    others = ((reads(line.node) | stored_into(line.node)) & line.tainted) - named
    counts = {_rows_of(program, line, name) for name in others} - {None}
    return rows is not None and bool(counts - {rows})


def columns_name(node: ast.expr) -> str:
    """What to call the columns of a frame: `x_train_columns`."""
    match node:
        case ast.Attribute(value=ast.Name(id=name), attr="columns"):
            return f"{name.lower()}_columns"
    return ""


def takes_columns(rewriter: Rewriter, node: ast.expr) -> bool:
    """Whether what `node` gives is brought to the columns of another frame: at once, by its name
    later, or by a loop over those that it lacks.
    """
    lines = rewriter.context.program.lines[rewriter.statement :]
    names = {*bound(lines[0].node)} if getattr(lines[0].node, "value", None) is node else set[str]()
    return any(
        part is node or getattr(part, "id", "") in names
        for line in lines
        for part in _brought_to_columns(line.node)
    )


def _brought_to_columns(statement: ast.stmt) -> Iterator[ast.AST]:
    """The frames that a statement gives other columns, which it may take from another frame."""
    for part in ast.walk(statement):
        match part:
            case ast.Call(func=ast.Attribute(value=frame, attr="reindex")):
                yield frame
            case ast.Call(func=ast.Attribute(value=frame, attr="align"), args=others):
                yield from (frame, *others)
            case ast.Assign(targets=[ast.Subscript(value=frame, slice=ast.Name())]) if isinstance(
                statement, ast.For
            ):
                yield frame


def _rows_of(program: Program, line: Line, name: str) -> int | None:
    """How many rows a variable had when a statement began; None if it had none."""
    for earlier in reversed(program.lines[: line.index]):
        if name in earlier.run.probes:
            return earlier.run.probes[name].rows
    return None


class Aligned(NamedTuple):
    """`b = b.align(...)` of `a, b = a.align(b, ...)`: the variable, the frame, and the call."""

    name: str
    frame: ast.expr
    call: ast.Call


def aligned(node: ast.stmt, needed: Collection[str]) -> Aligned | None:
    """The one part of an `align` of columns that is needed; None for all else."""
    match node:
        case ast.Assign(
            targets=[ast.Tuple(elts=[ast.Name(id=one), ast.Name(id=other)])],
            value=ast.Call(func=ast.Attribute(value=left, attr="align"), args=[right]) as call,
        ):
            across = [each.value for each in call.keywords if each.arg == "axis"]
            by_column = [getattr(each, "value", None) in _ACROSS for each in across]
            parts = [Aligned(one, left, call), Aligned(other, right, call)]
            wanted = [part for part in parts if part.name in needed]
            return wanted[0] if by_column == [True] and len(wanted) == 1 else None
    return None


def aligned_text(rewriter: Rewriter, part: Aligned, text: str) -> str | None:
    """`b.reindex(columns=frozen.b_columns, fill_value=0)`, where `text` is the frame's."""
    probe = rewriter.context.program.lines[rewriter.statement].run.probes.get(part.name)
    if probe is None or not isinstance(probe.values, pd.DataFrame):
        return None
    columns = without(rewriter.context.target, list(probe.values.columns))
    event = Event(rewriter.statement, (), "aggregate", columns)
    kept = rewriter.frozen_text(part.call, [event], f"{part.name.lower()}_columns")
    fill = [
        f"fill_value={ast.unparse(each.value)}"
        for each in part.call.keywords
        if each.arg == "fill_value"
    ]
    rewriter.notes.append("columns as the training rows gave them")
    return f"{text}.reindex({', '.join([f'columns={kept}', *fill])})"
