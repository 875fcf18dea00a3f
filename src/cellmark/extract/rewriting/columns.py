"""Columns chosen by their position, rewritten to choose them by name.

A request has no target among its columns and only those that the model needs, so that the third
column of a request is not the third of the training rows.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

from ..text.spans import Edit, span_of
from ..trace.labels import Labels
from ..trace.records import Event

if TYPE_CHECKING:
    from .rewriter import Rewriter

__all__ = ["by_name", "names_a_position", "without"]

# Above this many names a list is no reading matter any more, and is frozen instead.
_FEW = 6


def names_a_position(node: ast.expr) -> bool:
    """Whether an expression takes some of `frame.columns` by position: `df.columns[:-1]`."""
    return any(
        isinstance(part, ast.Subscript)
        and isinstance(part.value, ast.Attribute)
        and part.value.attr == "columns"
        and _is_position(part.slice)
        for part in ast.walk(node)
    )


def by_name(rewriter: Rewriter, node: ast.Subscript, events: Sequence[Event]) -> bool:
    """`frame.iloc[:, 2:]` -> `frame[["age", "fare"]]`; False where it is nothing of the kind."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=owner, attr="iloc"),
            slice=ast.Tuple(elts=[ast.Slice(lower=None, upper=None, step=None), part]),
        ):
            names = _names(events)
        case _:
            return False
    if names is None:
        return False
    left = without(rewriter.context.target, names)
    if not left or len(set(left)) != len(left) or not all(isinstance(each, str) for each in left):
        return False
    single = not isinstance(part, ast.Slice | ast.List) and len(names) == 1
    start, end = span_of(owner, rewriter.cell)[3:], span_of(node, rewriter.cell)[3:]
    text = repr(left[0]) if single else _listed(rewriter, node, left)
    rewriter.edits.append(Edit(start, end, f"[{text}]"))
    rewriter.notes.append("columns by name, as a request's stand elsewhere")
    rewriter.expression(owner)
    return True


def without(target: Collection[str], names: Any) -> Any:
    """Column names but for the target's, in the same kind of container."""
    left = [name for name in names if str(name) not in target]
    return names if len(left) == len(names) else type(names)(left)


def _names(events: Sequence[Event]) -> Labels | None:
    """The names that every evaluation gave, or None."""
    found = {event.value for event in events if isinstance(event.value, Labels)}
    return found.pop() if len(found) == 1 else None


def _listed(rewriter: Rewriter, node: ast.expr, names: Sequence[Any]) -> str:
    if len(names) <= _FEW:
        return repr(list(names))
    frame = next((part.id for part in ast.walk(node) if isinstance(part, ast.Name)), "frame")
    events = [Event(rewriter.statement, (), "aggregate", list(names))]
    return rewriter.frozen_text(node, events, f"{frame.lower()}_columns")


def _is_position(node: ast.expr) -> bool:
    match node:
        case ast.Slice() | ast.UnaryOp(op=ast.USub()):
            return True
        case ast.Constant(value=value):
            return isinstance(value, int)
        case ast.List(elts=parts):
            return bool(parts) and all(_is_position(part) for part in parts)
    return False
