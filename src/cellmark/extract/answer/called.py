"""What a model is called: its variable, its place in a dict or list, or its turn in a loop."""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..text.names import bound, chain_root
from ..trace.program import Line, Program
from ..trace.records import EstimatorState, Key, ModelCall
from ..trace.tracer import Tracer
from .surface import surface_of

__all__ = ["Turn", "call_node", "in_the_shell", "one_of", "receiver_of", "turns_of_models"]

_CONTAINERS = (dict, list, tuple)
_GIVES_ITSELF = ("fit", "set_params")
_PLAIN = (str, int, float, bool)


class Turn(NamedTuple):
    """A model among several that a loop fits or asks one after the other.

    It is `kept` if the notebook gave it a name that the loop does not bind anew each turn.
    """

    state: EstimatorState
    kept: bool


def call_node(program: Program, call: ModelCall) -> ast.Call:
    node = program.nodes[call.span]
    assert isinstance(node, ast.Call)
    return node


def receiver_of(program: Program, call: ModelCall) -> str:
    """The author's name for the estimator: `model` of `model.predict(X)`, `models['a']`."""
    node = call_node(program, call)
    line = program.lines[call.statement]
    surface = None if call.top_level else surface_of(program, call)
    trains = call.packed is not None and _method(node) == "train"
    owner = (
        _itself(node.func.value) if isinstance(node.func, ast.Attribute) and not trains else None
    )
    if surface and surface.name:
        return surface.name
    if owner is not None and (root := chain_root(owner)):
        in_one = issubclass(line.run.types.get(root, object), _CONTAINERS)
        return ast.unparse(owner) if in_one and isinstance(owner, ast.Subscript) else root
    match line.node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.List() | ast.Tuple() as listed):
            places = [at for at, each in enumerate(listed.elts) if node in ast.walk(each)]
            return f"{name}[{places[0]}]" if places else name
        case ast.Assign(targets=[ast.Name(id=name), *_]):
            return name
    return "model"


def _itself(owner: ast.expr) -> ast.expr:
    """`model` of `model.fit(X, y)`, which gives the model back."""
    while isinstance(owner, ast.Call) and _method(owner) in _GIVES_ITSELF:
        owner = owner.func.value if isinstance(owner.func, ast.Attribute) else owner.func
    return owner


def _method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def one_of(wanted: str, names: Iterable[str]) -> str | None:
    """That of the names that a person means by `wanted`, whichever quotes it is written with."""
    return next((name for name in names if _plain(name) == _plain(wanted)), None)


def in_the_shell(name: str) -> str:
    """A name as a person types it after `--model`."""
    return f'"{name}"' if "'" in name else shlex.quote(name)


def _plain(name: str) -> str:
    return name.replace('"', "'")


# -- in loops


def turns_of_models(
    program: Program, tracer: Tracer, calls: Sequence[ModelCall]
) -> dict[str, Turn]:
    """By what each is called, the models of calls that stand at one place in a loop."""
    line = program.lines[calls[0].statement]
    first = {call.state: call.key for call in reversed(calls)}
    states = [*dict.fromkeys(call.state for call in calls)]
    held = _held(program, tracer, line)
    kept = _kept(program, line)
    told = _told_by_key(line.node, [first[state] for state in states])
    found: dict[str, Turn] = {}
    for state, label in zip(states, told, strict=True):
        names = [name for name, each in held.items() if each == state]
        lasting = [name for name in names if name in kept]
        name = (lasting or names or [label])[0]
        found[name] = Turn(state, bool(lasting))
    return found


def _held(program: Program, tracer: Tracer, line: Line) -> Mapping[str, EstimatorState]:
    """The variables that hold a model when the notebook is over, but for the loop's own."""
    own = {*_each_turn([line.node])}
    written = {name for each in program.lines for name in bound(each.node)}
    held = tracer.models_held()
    named = {name for name in written - own if not name.startswith("_")}
    return {name: state for name, state in held.items() if name in named}


def _kept(program: Program, line: Line) -> set[str]:
    """Names that a loop gives to some of its turns' models alone, or that are given after it."""
    later = {
        name
        for each in program.lines[line.index + 1 :]
        if isinstance(each.node, ast.Assign | ast.If)
        for name in bound(each.node)
    }
    return later | (bound(line.node) - {*_each_turn([line.node])})


def _each_turn(body: Iterable[ast.stmt]) -> Iterator[str]:
    """Names that statements bind under no condition."""
    for statement in body:
        match statement:
            case ast.If():
                continue
            case ast.For(target=target):
                yield from bound(target)
                yield from _each_turn(statement.body)
            case ast.While() | ast.With() | ast.Try():
                yield from _each_turn(statement.body)
            case _:
                yield from bound(statement)


def _told_by_key(node: ast.stmt, keys: Sequence[Key]) -> list[str]:
    """What tells turns apart: a loop variable's text, a variable's value, or a number from 1."""
    names = [*_targets(node)]
    telling = [
        (names[at] if at < len(names) else "turn", values)
        for at, values in enumerate(zip(*keys, strict=False))
        if len({*values}) == len(keys) and all(type(each) in _PLAIN for each in values)
    ]
    texts = [values for _, values in telling if all(isinstance(each, str) for each in values)]
    if texts:
        return [" ".join(str(each).split()) for each in texts[0]]
    name, values = telling[0] if telling else ("turn", (*range(1, len(keys) + 1),))
    return [f"{name}={each}" for each in values]


def _targets(node: ast.stmt) -> Iterator[str]:
    """The variables of a loop and of the loops in it, outermost first."""
    if isinstance(node, ast.For):
        yield from (part.id for part in ast.walk(node.target) if isinstance(part, ast.Name))
        for statement in node.body:
            yield from _targets(statement)
