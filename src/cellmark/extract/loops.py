"""Tell loops over single rows from loops over columns, groups or anything else."""

from __future__ import annotations

import ast
from collections.abc import Collection, Hashable, Iterator

from .records import Event
from .spans import Span, span_of
from .tracer import Tracer

__all__ = ["goes_over_rows", "is_count"]


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
