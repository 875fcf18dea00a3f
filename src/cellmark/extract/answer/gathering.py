"""Loops that ask a model each turn about the same rows, and what they gather of its answers.

The mean of the folds' models, of models by name, of seeds: a sum, a list, a column a turn.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from ..text.names import bound, chain_root, reads, stored_into
from ..text.spans import Span, span_of
from ..trace.program import Line, Program
from ..trace.records import ModelCall
from ..trace.rules import ANSWERS
from ..trace.tracer import Tracer
from ..values.kinds import length_of
from ..values.native import is_native

__all__ = ["Gathered", "answers_in", "behind", "gathered", "models_of"]

_COLLECTS = frozenset({"append", "extend", "insert", "add", "update"})


class Gathered(NamedTuple):
    """What a loop gathers under a name: `body` are the statements that do it, `calls` those of
    the models that are asked there, `feeding` the statements that make what they are asked about.
    """

    name: str
    body: tuple[ast.stmt, ...]
    calls: tuple[ModelCall, ...]
    feeding: tuple[ast.stmt, ...]


def gathered(program: Program, tracer: Tracer, line: Line) -> Iterator[Gathered]:
    """What the loop in `line` gathers of its models' answers, by the names that were there before.

    Names whose statements ask about other rows each turn, as those of out-of-fold answers do, are
    left out.
    """
    node = line.node
    if not isinstance(node, ast.For):
        return
    by_span = answers_in(tracer, line)
    earlier = {name for each in program.lines[: line.index] for name in bound(each.node)}
    for name in sorted(_gathering(node.body) & earlier if by_span else ()):
        body = behind(line, {name})
        spans = [span for span in by_span if _lies_in(span, body)]
        alike = all(_same_rows(tracer, line, by_span[span]) for span in spans)
        if spans and alike:
            asked = [_argument(node, span) for span in spans]
            names = {part for each in asked if each is not None for part in reads(each)}
            calls = tuple(call for span in spans for call in by_span[span])
            yield Gathered(name, body, calls, behind(line, names))


def answers_in(tracer: Tracer, line: Line) -> dict[Span, list[ModelCall]]:
    """The calls by which models answer within a statement, by place, in the order of the turns."""
    found: dict[Span, list[ModelCall]] = {}
    for call in tracer.watch.calls:
        if call.statement == line.index and call.top_level and call.method in ANSWERS:
            found.setdefault(call.span, []).append(call)
    return found


def behind(line: Line, wanted: Collection[str]) -> tuple[ast.stmt, ...]:
    """The statements of a loop's body that the names in `wanted` depend on, from turn to turn.

    Not those that make the loop's estimators: these are frozen, one a turn.
    """
    body = line.node.body if isinstance(line.node, ast.For) else []
    fitted = models_of(line)
    needed, kept = set(wanted) - fitted, set[ast.stmt]()
    while True:
        found = {each for each in body if _writes(each) & needed} - kept
        if not found:
            return tuple(each for each in body if each in kept)
        kept |= found
        needed |= {name for each in found for name in reads(each)} - fitted


def models_of(line: Line) -> frozenset[str]:
    """Names that stand for an estimator after a statement."""
    kinds = line.run.types.items()
    return frozenset(name for name, kind in kinds if hasattr(kind, "fit") or is_native(kind))


def _gathering(body: Iterable[ast.stmt]) -> frozenset[str]:
    """Names whose value a turn adds to; what is bound anew each turn is not among them."""
    found: set[str] = set()
    for part in (each for statement in body for each in ast.walk(statement)):
        match part:
            case ast.AugAssign(target=target):
                found |= {root for root in [chain_root(target)] if root}
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in reads(value):
                found.add(name)
            case ast.Assign():
                found |= stored_into(part)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr))):
                found |= {name} if attr in _COLLECTS else set()
    return frozenset(found)


def _writes(statement: ast.stmt) -> frozenset[str]:
    called = {
        root
        for part in ast.walk(statement)
        if isinstance(part, ast.Expr) and isinstance(part.value, ast.Call)
        for root in [chain_root(part.value.func)]
        if root and isinstance(part.value.func, ast.Attribute)
    }
    return bound(statement) | stored_into(statement) | called


def _lies_in(span: Span, body: Iterable[ast.stmt]) -> bool:
    start, end = span[1:3], span[3:]
    return any(
        (each.lineno, each.col_offset) <= start
        and end <= (each.end_lineno or 0, each.end_col_offset or 0)
        for each in body
    )


def _same_rows(tracer: Tracer, line: Line, calls: Sequence[ModelCall]) -> bool:
    """Whether models are asked about the same rows in every turn: none are selected in it."""
    lengths = {length_of(call.argument) for call in calls}
    asked = _argument(line.node, calls[0].span)
    if len(lengths) > 1 or asked is None:
        return False
    within = [asked, *behind(line, reads(asked))]
    spans = {
        span_of(part, calls[0].span.cell)
        for each in within
        for part in ast.walk(each)
        if isinstance(part, ast.expr)
    }
    chosen = tracer.watch.selections.by_span
    return not any(
        each.statement == calls[0].statement
        for span in spans & chosen.keys()
        for each in chosen[span]
    )


def _argument(node: ast.stmt, span: Span) -> ast.expr | None:
    """The first argument of the call at `span`."""
    for part in ast.walk(node):
        if isinstance(part, ast.Call) and span_of(part, span.cell) == span:
            named = [each.value for each in part.keywords if each.arg == "X"]
            return next(iter([*part.args[:1], *named]), None)
    return None
