"""In what order a cell's statements bind names and need them, as Python would."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal, NamedTuple

from cellmark.extract.text.names import bound

__all__ = ["Event", "events_of"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef
_CATCH_NAMES = frozenset({"NameError", "Exception", "BaseException"})


class Event(NamedTuple):
    """Something happens to a module-level name.

    `binds` and `unbinds` need no more words. `needs`: read there and then; `defers`: a function
    that is defined there, `owner`, reads it when called; `calls`: the name is called there.
    """

    what: Literal["binds", "unbinds", "needs", "defers", "calls"]
    name: str
    node: ast.AST
    owner: str = ""


def events_of(tree: ast.Module) -> Iterator[Event]:
    """The events of a cell, in the order in which running it brings them about."""
    for statement in tree.body:
        if isinstance(statement, ast.Delete):
            for target in statement.targets:
                what: Literal["unbinds", "needs"] = "unbinds"
                if isinstance(target, ast.Name):
                    yield Event(what, target.id, target)
                else:
                    yield from _events(target)
        else:
            yield from _events(statement)


def _events(node: ast.AST) -> Iterator[Event]:
    special = _SPECIAL.get(type(node))
    return special(node) if special else _each(ast.iter_child_nodes(node))


def _each(nodes: Iterable[ast.AST]) -> Iterator[Event]:
    for node in nodes:
        yield from _events(node)


def _name(node: ast.Name) -> Iterator[Event]:
    yield Event("needs" if isinstance(node.ctx, ast.Load) else "binds", node.id, node)


def _call(node: ast.Call) -> Iterator[Event]:
    yield from _each(ast.iter_child_nodes(node))
    if isinstance(node.func, ast.Name):
        yield Event("calls", node.func.id, node.func)


def _import(node: ast.Import | ast.ImportFrom) -> Iterator[Event]:
    for name in bound(node):
        yield Event("binds", name, node)


def _loop(node: ast.For | ast.AsyncFor) -> Iterator[Event]:
    yield from _each([node.iter, node.target, *node.body, *node.orelse])


def _walrus(node: ast.NamedExpr) -> Iterator[Event]:
    yield from _each([node.value, node.target])


def _pattern(node: ast.MatchAs | ast.MatchStar | ast.MatchMapping) -> Iterator[Event]:
    yield from _each(ast.iter_child_nodes(node))
    name = node.rest if isinstance(node, ast.MatchMapping) else node.name
    if name:
        yield Event("binds", name, node)


def _lambda(node: ast.Lambda) -> Iterator[Event]:
    yield from _each([*node.args.defaults, *filter(None, node.args.kw_defaults)])
    yield from _deferred([node.body], _arguments(node.args), "")


def _assignment(node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> Iterator[Event]:
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield Event("needs", node.target.id, node.target)
    if isinstance(node, ast.AnnAssign):
        yield from _events(node.annotation)
        if node.value is None:
            return
    if node.value is not None:
        yield from _events(node.value)
    yield from _each(node.targets if isinstance(node, ast.Assign) else [node.target])


def _try(node: ast.Try | ast.TryStar) -> Iterator[Event]:
    """What a `try` that catches NameError reads is no need: it is there for the case without."""
    for event in _each(node.body):
        if event.what in ("binds", "defers") or not any(map(_catches_names, node.handlers)):
            yield event
    for handler in node.handlers:
        if handler.type is not None:
            yield from _events(handler.type)
        if handler.name:
            yield Event("binds", handler.name, handler)
        yield from _each(handler.body)
    yield from _each([*node.orelse, *node.finalbody])


def _catches_names(handler: ast.ExceptHandler) -> bool:
    if handler.type is None:
        return True
    return any(
        isinstance(part, ast.Name) and part.id in _CATCH_NAMES for part in ast.walk(handler.type)
    )


def _definition(node: _Definition) -> Iterator[Event]:
    yield from _each(node.decorator_list)
    yield from _each([*node.args.defaults, *filter(None, node.args.kw_defaults)])
    yield Event("binds", node.name, node)
    yield from _deferred(node.body, _arguments(node.args), node.name)


def _deferred(nodes: Iterable[ast.AST], local: set[str], owner: str) -> Iterator[Event]:
    """What a function's body reads of the module; what it declares `global` it may bind."""
    body = list(nodes)
    shared = {
        name
        for part in body
        for inner in ast.walk(part)
        if isinstance(inner, ast.Global)
        for name in inner.names
    }
    own = local.union(*(bound(part) for part in body)) - shared
    for event in _each(body):
        if event.name in own:
            continue
        if event.what in ("needs", "defers"):
            yield event._replace(what="defers", owner=owner)
        elif event.what == "binds" and event.name in shared:
            yield event


def _class(node: ast.ClassDef) -> Iterator[Event]:
    yield from _each([*node.decorator_list, *node.bases, *node.keywords])
    own: set[str] = set()
    for event in _each(node.body):
        if event.what == "binds":
            own.add(event.name)
        elif event.what == "defers":
            # A method is called by way of an instance, when it is not known.
            yield event._replace(owner="")
        elif event.name not in own:
            yield event
    yield Event("binds", node.name, node)


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp,
) -> Iterator[Event]:
    own = {name for each in node.generators for name in _targets(each.target)}
    yield from _events(node.generators[0].iter)
    inner: list[ast.AST] = []
    for number, each in enumerate(node.generators):
        inner += [each.iter, *each.ifs] if number else each.ifs
    inner += [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
    for event in _each(inner):
        if event.name not in own:
            yield event


def _targets(target: ast.expr) -> Iterator[str]:
    for part in ast.walk(target):
        if isinstance(part, ast.Name):
            yield part.id


def _arguments(arguments: ast.arguments) -> set[str]:
    return {each.arg for each in ast.walk(arguments) if isinstance(each, ast.arg)}


# Nodes whose parts are not simply evaluated in the order in which they stand.
_SPECIAL: dict[type[ast.AST], Callable[[Any], Iterator[Event]]] = {
    ast.AnnAssign: _assignment,
    ast.Assign: _assignment,
    ast.AsyncFor: _loop,
    ast.AsyncFunctionDef: _definition,
    ast.AugAssign: _assignment,
    ast.Call: _call,
    ast.ClassDef: _class,
    ast.DictComp: _comprehension,
    ast.For: _loop,
    ast.FunctionDef: _definition,
    ast.GeneratorExp: _comprehension,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Lambda: _lambda,
    ast.ListComp: _comprehension,
    ast.MatchAs: _pattern,
    ast.MatchMapping: _pattern,
    ast.MatchStar: _pattern,
    ast.Name: _name,
    ast.NamedExpr: _walrus,
    ast.SetComp: _comprehension,
    ast.Try: _try,
    ast.TryStar: _try,
}
