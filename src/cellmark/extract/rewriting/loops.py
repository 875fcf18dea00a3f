"""Tell loops over single rows from loops over columns, groups, frames or anything else."""

from __future__ import annotations

import ast
from collections.abc import Collection, Hashable, Iterator, Sequence

from ..text.spans import Span, span_of
from ..trace.program import Line, Program
from ..trace.records import Event
from ..trace.tracer import Tracer

__all__ = ["goes_over_rows", "is_count", "without_tables"]


def goes_over_rows(
    node: ast.For, cell: int, statements: Collection[int], depth: int, tracer: Tracer
) -> bool:
    """Whether a loop, inside `depth` loop variables, ran once per row, or counts up to the rows.

    A loop over as many columns as there are rows passes for one: its statistics are not frozen
    then, and the proof refuses what it can't confirm.
    """
    if span_of(node, cell) in tracer.full:
        return True
    keys: set[Hashable] = set()
    for statement_node in node.body:
        for span, events in _inside(statement_node, cell, tracer):
            if span in tracer.full:
                return True
            keys |= {
                event.key[depth]
                for event in events
                if event.statement in statements and len(event.key) > depth
            }
    return (len(keys) > 1 and len(keys) in tracer.row_counts) or _counts_rows(
        node.iter, cell, statements, tracer
    )


def without_tables(node: ast.expr, line: Line, program: Program) -> ast.List | ast.Tuple | None:
    """`[train, test]` -> `[test]` where a loop goes over them and scoring has rows of one alone.

    None where nothing is to be left out, or the list serves for more than loops.
    """
    if not isinstance(node, ast.List | ast.Tuple):
        return None
    left = [part for part in node.elts if getattr(part, "id", "") not in line.tables]
    frames = all(getattr(part, "id", "") in line.tainted for part in left)
    if not left or not frames or len(left) == len(node.elts):
        return None
    match line.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if value is node:
            looped = _only_looped(name, program.lines[line.index + 1 :])
        case ast.For(iter=value):
            looped = value is node
        case _:
            looped = False
    return type(node)(left, ast.Load()) if looped else None


def _only_looped(name: str, lines: Sequence[Line]) -> bool:
    """Whether the variable `name` is used to loop over alone."""
    over = {line.node.iter for line in lines if isinstance(line.node, ast.For)}
    used = [part for line in lines for part in ast.walk(line.node) if isinstance(part, ast.Name)]
    return all(part in over for part in used if part.id == name)


def is_count(value: object, row_counts: Collection[int]) -> bool:
    """Whether a value is a number of rows, or a shape that begins with one."""
    if isinstance(value, tuple):
        return len(value) > 0 and is_count(value[0], row_counts)
    return type(value) is int and value in row_counts


def _counts_rows(node: ast.expr, cell: int, statements: Collection[int], tracer: Tracer) -> bool:
    """`range(len(frame))`, `range(1, frame.shape[0])` and the like."""
    match node:
        case ast.Call(func=ast.Name(id="range")):
            return any(
                event.statement in statements and event.value in tracer.row_counts
                for _, events in _inside(node, cell, tracer)
                for event in events
                if type(event.value) is int
            )
    return False


def _inside(node: ast.AST, cell: int, tracer: Tracer) -> Iterator[tuple[Span, list[Event]]]:
    for part in ast.walk(node):
        if isinstance(part, ast.expr):
            span = span_of(part, cell)
            yield span, tracer.events.get(span, [])
