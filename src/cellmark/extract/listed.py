"""Several models asked in one comprehension: `np.mean([m.predict(X) for m in models], axis=0)`.

Their answers are made into one by what stands around it. In scoring the comprehension counts its
turns, and each turn has a frozen model.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import NamedTuple

from .frozen import Freezer
from .names import bound, chain_root
from .program import Line
from .records import ModelCall
from .refusal import refuse
from .rules import ANSWERS
from .spans import Edit, Span, span_of
from .tracer import Tracer

__all__ = ["Listed", "edits_of_listed", "listed_in"]

_COMPREHENSIONS = ast.ListComp | ast.GeneratorExp
_TURN = "turn"


class Listed(NamedTuple):
    """A comprehension, its `calls` of models in the order of its turns, and the call's node."""

    node: ast.ListComp | ast.GeneratorExp
    asks: ast.Call
    calls: tuple[ModelCall, ...]


def listed_in(tracer: Tracer, line: Line) -> dict[Span, Listed]:
    """The comprehensions of a statement that ask another model each turn, by place."""
    calls: dict[Span, list[ModelCall]] = {}
    for call in tracer.watch.calls:
        if call.statement == line.index and call.top_level and call.method in ANSWERS:
            calls.setdefault(call.span, []).append(call)
    found = {}
    for node in ast.walk(line.node):
        if not isinstance(node, _COMPREHENSIONS):
            continue
        for part in ast.walk(node.elt):
            if not isinstance(part, ast.Call):
                continue
            asked = calls.get(span_of(part, line.cell.number), [])
            if len({call.state for call in asked}) > 1:
                found[span_of(node, line.cell.number)] = Listed(node, part, tuple(asked))
    return found


def edits_of_listed(listed: Listed, cell: int, freezer: Freezer) -> dict[Span, Edit]:
    """`m.predict(X) for m in models` -> `frozen.models[turn].predict(features) for turn in ...`.

    Raises: Refusal where it is unclear how it goes over the models.
    """
    node, asks, calls = listed
    receiver = asks.func.value if isinstance(asks.func, ast.Attribute) else None
    place = _place_of_model(listed, receiver)
    if place is None:
        raise refuse(
            node,
            cell,
            "asks several models in one expression, and it is unclear how it goes over them",
            "Go over a list of models, or write a loop: `total += m.predict(X) / n`.",
        )
    target, container = place
    name = chain_root(container) or "models"
    kept = freezer.keep(name.lower(), {at: call.state for at, call in enumerate(calls)}, node, cell)
    frozen = f"frozen.{kept}[{_TURN}]"
    first = calls[0]
    texts = {
        span_of(asks, cell): f"{frozen}.{first.method}({first.way.text(frozen)})",
        span_of(target, cell): _TURN,
        span_of(container, cell): f"range({len(calls)})",
    }
    return {span: Edit(span[1:3], span[3:], text) for span, text in texts.items()}


def _place_of_model(listed: Listed, receiver: ast.expr | None) -> tuple[ast.expr, ast.expr] | None:
    """The variable that stands for the model, and what it goes over."""
    generators = listed.node.generators
    if len(generators) != 1 or generators[0].ifs or not isinstance(receiver, ast.Name):
        return None
    each = generators[0]
    others = [part for part in ast.walk(listed.node.elt) if isinstance(part, ast.Name)]
    again = [part for part in others if part.id == receiver.id and part is not receiver]
    if again or _TURN in bound(each.target):
        return None
    match each.target, each.iter:
        case ast.Name(id=name), _ if name == receiver.id:
            return each.target, each.iter
        case ast.Tuple(elts=targets), ast.Call(func=ast.Name(id="zip"), args=iterables):
            return _paired(targets, iterables, receiver.id)
        case ast.Tuple(elts=[number, target]), ast.Call(func=ast.Name(id="enumerate"), args=[one]):
            del number
            return _paired([target], [one], receiver.id)
    return None


def _paired(
    targets: Sequence[ast.expr], iterables: Sequence[ast.expr], name: str
) -> tuple[ast.expr, ast.expr] | None:
    if len(targets) != len(iterables):
        return None
    pairs = zip(targets, iterables, strict=True)
    return next((pair for pair in pairs if getattr(pair[0], "id", "") == name), None)
