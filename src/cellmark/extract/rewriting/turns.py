"""Rewrite loops that have an estimator of their own each turn, as those over folds have.

The rows that a fold's model learnt from are not there when it is asked, so the loop counts its
turns instead, and each turn's estimator is frozen under its number or name.
"""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Any

from ..answer.gathering import answers_in, behind, models_of
from ..text.names import bound
from ..text.spans import Edit, span_of
from ..trace.program import local_taint, reads_tainted
from ..trace.records import Event
from ..trace.sites import Turns
from ..trace.texts import DELETED
from ..values.kinds import ATOMIC, length_of
from .rewriter import Rewriter

__all__ = ["rewrite_turns", "turns_of"]

_FEW = 6


def turns_of(rewriter: Rewriter, node: ast.For) -> Turns | None:
    """The turns of a loop in which another model answers each time; None for other loops."""
    line = rewriter.context.program.lines[rewriter.statement]
    if line.node is not node:
        return None
    asked = [*answers_in(rewriter.context.tracer, line).values()]
    if not any(len({call.state for call in calls}) > 1 for calls in asked):
        return None
    targets = [part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)]
    depth, width = len(rewriter.loops), len(targets)
    keys = [*dict.fromkeys(call.key[depth : depth + width] for calls in asked for call in calls)]
    for at, name in enumerate(targets):
        values = [key[at] for key in keys]
        plain = line.run.types.get(name) in ATOMIC and len({*values}) == len(values)
        if plain:
            return Turns(name, depth, width, dict(zip(keys, values, strict=True)))
    name = _free_name(rewriter, node)
    return Turns(name, depth, width, {key: number for number, key in enumerate(keys)})


def _free_name(rewriter: Rewriter, node: ast.For) -> str:
    """What to call the turn where the author has no name for it."""
    splits = any(
        isinstance(part, ast.Attribute) and part.attr == "split" for part in ast.walk(node)
    )
    wanted = ("fold", "turn", "number") if splits else ("turn", "number", "fold")
    taken = {name for line in rewriter.context.program.lines for name in bound(line.node)}
    return next((name for name in wanted if name not in taken), "each_turn")


def rewrite_turns(rewriter: Rewriter, node: ast.For, wanted: Collection[str], turns: Turns) -> bool:
    """Write the loop over its turns, with what it gathers for the names in `wanted` alone.

    Returns whether anything is left of it.
    """
    line = rewriter.context.program.lines[rewriter.statement]
    body = behind(line, wanted)
    span = span_of(node, rewriter.cell)
    if not body:
        rewriter.replace(span, DELETED)
        return False
    for each in node.body:
        if each not in body:
            rewriter.replace(span_of(each, rewriter.cell), DELETED)
    _write_head(rewriter, node, turns)
    outer = rewriter.tainted
    rewriter.tainted = (local_taint([node], outer, {}) | models_of(line)) - {turns.name}
    rewriter.turns, rewriter.loops = turns, [*rewriter.loops, turns.name]
    left = rewriter.body(body, wanted)
    rewriter.turns, rewriter.loops = None, rewriter.loops[:-1]
    rewriter.tainted = outer
    rewriter.reads.discard(turns.name)
    rewriter.notes.append(_note(rewriter, turns))
    return left


def _note(rewriter: Rewriter, turns: Turns) -> str:
    count = len(turns.values)
    calls = answers_in(rewriter.context.tracer, rewriter.context.program.lines[rewriter.statement])
    lengths = {length_of(call.argument) for each in calls.values() for call in each}
    said = f"asks the models of {count} turns, as the training rows gave them"
    if len(lengths) > 1:
        # Rows that were left out of a fold have its model's answer in the notebook.
        said += "; rows that one of them alone answered in the notebook get the answer of all"
    return said


def _write_head(rewriter: Rewriter, node: ast.For, turns: Turns) -> None:
    """The author's own `for`, if it is over plain values that scoring has."""
    line = rewriter.context.program.lines[rewriter.statement]
    functions = rewriter.context.program.functions
    own = isinstance(node.target, ast.Name) and turns.name == node.target.id
    if own and not reads_tainted(node.iter, line.tainted, functions):
        rewriter.expression(node.iter)
        return
    start, end = span_of(node.target, rewriter.cell), span_of(node.iter, rewriter.cell)
    text = f"{turns.name} in {_values_text(rewriter, node, turns)}"
    rewriter.edits.append(Edit(start[1:3], end[3:], text))


def _values_text(rewriter: Rewriter, node: ast.For, turns: Turns) -> str:
    values: list[Any] = [*turns.values.values()]
    if all(type(each) is int for each in values):
        first, last = values[0], values[-1] + 1
        if values == [*range(first, last)]:
            return f"range({last})" if first == 0 else f"range({first}, {last})"
    if len(values) <= _FEW and all(type(each) in {str, int, float} for each in values):
        return repr(values)
    events = [Event(rewriter.statement, (), "aggregate", values)]
    return rewriter.frozen_text(node.iter, events, f"{turns.name}s")
