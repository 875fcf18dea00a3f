"""Several models asked in one comprehension: `np.mean([m.predict(X) for m in models], axis=0)`.

Their answers are made into one by what stands around it. In scoring the comprehension counts its
turns, or goes over the names of `models.items()`, and each turn has a frozen model.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from ..refusal import refuse
from ..text.names import bound, chain_root
from ..text.spans import Edit, Span, span_of
from ..trace.frozen import Freezer
from ..trace.program import Line
from ..trace.records import ModelCall
from ..trace.rules import ANSWERS
from ..trace.tracer import Tracer

__all__ = ["Listed", "edits_of_listed", "listed_in", "made_in"]

_Comprehension = ast.ListComp | ast.GeneratorExp | ast.DictComp
_TURN = "turn"
_NAMES = (str, int)


class Listed(NamedTuple):
    """A comprehension, its `calls` of models in the order of its turns, and the call's node."""

    node: _Comprehension
    asks: ast.Call
    calls: tuple[ModelCall, ...]


class _Turns(NamedTuple):
    """How a comprehension goes over the models: `variable` stands for each of `values`, written
    for `target`, and what it goes over for `container`.
    """

    variable: str
    values: Sequence[Hashable]
    target: ast.expr
    container: ast.expr

    @property
    def text(self) -> str:
        counted = self.variable == _TURN
        return f"range({len(self.values)})" if counted else repr([*self.values])


def listed_in(tracer: Tracer, line: Line) -> dict[Span, Listed]:
    """The comprehensions of a statement that ask another model each turn, by place."""
    calls: dict[Span, list[ModelCall]] = {}
    for call in tracer.watch.calls:
        if call.statement == line.index and call.top_level and call.method in ANSWERS:
            calls.setdefault(call.span, []).append(call)
    found = {}
    for node in ast.walk(line.node):
        if not isinstance(node, _Comprehension):
            continue
        for part in _inside(node):
            if not isinstance(part, ast.Call):
                continue
            asked = calls.get(span_of(part, line.cell.number), [])
            if len({call.state for call in asked}) > 1:
                found[span_of(node, line.cell.number)] = Listed(node, part, tuple(asked))
    return found


def made_in(node: _Comprehension) -> Sequence[ast.expr]:
    """What a comprehension makes each turn: an element, or a key and a value."""
    return [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]


def _inside(node: _Comprehension) -> Iterator[ast.AST]:
    for made in made_in(node):
        yield from ast.walk(made)


def edits_of_listed(listed: Listed, cell: int, freezer: Freezer) -> dict[Span, Edit]:
    """`m.predict(X) for m in models` -> `frozen.models[turn].predict(features) for turn in ...`.

    Raises: Refusal where it is unclear how it goes over the models.
    """
    node, asks, calls = listed
    turns = _turns(listed)
    if turns is None:
        raise refuse(
            node,
            cell,
            "asks several models in one expression, and it is unclear how it goes over them",
            "Go over a list of models, or write a loop: `total += m.predict(X) / n`.",
        )
    name = chain_root(turns.container) or "models"
    states = {value: call.state for value, call in zip(turns.values, calls, strict=True)}
    kept = freezer.keep(name.lower(), states, node, cell)
    frozen = f"frozen.{kept}[{turns.variable}]"
    first = calls[0]
    texts = {
        span_of(asks, cell): f"{frozen}.{first.method}({first.way.text(frozen)})",
        span_of(turns.target, cell): turns.variable,
        span_of(turns.container, cell): turns.text,
    }
    return {span: Edit(span[1:3], span[3:], text) for span, text in texts.items()}


def _turns(listed: Listed) -> _Turns | None:
    """How the comprehension goes over its models, where their variable asks and does no more."""
    asks, generators = listed.asks, listed.node.generators
    receiver = asks.func.value if isinstance(asks.func, ast.Attribute) else None
    if len(generators) != 1 or generators[0].ifs or not isinstance(receiver, ast.Name):
        return None
    each = generators[0]
    again = [
        part
        for part in _inside(listed.node)
        if isinstance(part, ast.Name) and part.id == receiver.id and part is not receiver
    ]
    if again or _TURN in bound(each.target):
        return None
    match each.target, each.iter:
        case ast.Tuple(elts=[ast.Name(id=name), ast.Name(id=model)]), ast.Call(
            func=ast.Attribute(attr="items"), args=[]
        ) if model == receiver.id:
            return _by_name(listed, name)
    place = _place_of_model(each, receiver.id)
    return _Turns(_TURN, range(len(listed.calls)), *place) if place else None


def _by_name(listed: Listed, name: str) -> _Turns | None:
    """The turns of `for name, m in models.items()`, where the names can be written."""
    each = listed.node.generators[0]
    names = [part.id for part in ast.walk(each.target) if isinstance(part, ast.Name)]
    values = [call.key[names.index(name) - len(names)] for call in listed.calls]
    plain = all(type(value) in _NAMES for value in values) and len({*values}) == len(values)
    return _Turns(name, values, each.target, each.iter) if plain else None


def _place_of_model(each: ast.comprehension, model: str) -> tuple[ast.expr, ast.expr] | None:
    """The variable that stands for the model, and what it goes over."""
    match each.target, each.iter:
        case ast.Name(id=name), _ if name == model:
            return each.target, each.iter
        case ast.Tuple(elts=targets), ast.Call(func=ast.Name(id="zip"), args=iterables):
            return _paired(targets, iterables, model)
        case ast.Tuple(elts=[_, target]), ast.Call(func=ast.Name(id="enumerate"), args=[one]):
            return _paired([target], [one], model)
    return None


def _paired(
    targets: Sequence[ast.expr], iterables: Sequence[ast.expr], name: str
) -> tuple[ast.expr, ast.expr] | None:
    if len(targets) != len(iterables):
        return None
    pairs = zip(targets, iterables, strict=True)
    return next((pair for pair in pairs if getattr(pair[0], "id", "") == name), None)
