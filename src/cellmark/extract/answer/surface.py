"""Surface: a model's call inside a notebook function, as seen from the cell that calls it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import NamedTuple

from ..text.names import bound, chain_root, stored_into
from ..trace.program import Function, Program
from ..trace.records import ModelCall

__all__ = ["Surface", "surface_of"]


class Surface(NamedTuple):
    """What the cell writes for a model's call: the variable of the model, and its arguments.

    `outer` is the call of the function, `given` are the cell's expressions by the names that the
    function has for them, `argument` the one for the model's input.
    """

    name: str | None
    outer: ast.Call
    argument: ast.expr
    given: Mapping[str, ast.expr]

    def of(self, node: ast.expr | None) -> ast.expr | None:
        """The cell's own expression for an argument of the model's call; None if there is none."""
        return self.given.get(node.id) if isinstance(node, ast.Name) else None


def surface_of(program: Program, call: ModelCall) -> Surface | None:
    """How a call inside a function looks from the cell, if the cell hands on what it is about.

    None where the function is called by another one, or several times in the statement, or where it
    makes the model's input itself.
    """
    function = _around(program, call)
    line = program.lines[call.statement]
    if function is None:
        return None
    outer = [
        part
        for part in ast.walk(line.node)
        if isinstance(part, ast.Call)
        and isinstance(part.func, ast.Name)
        and part.func.id == function.node.name
    ]
    if len(outer) != 1 or isinstance(line.node, ast.FunctionDef | ast.For | ast.While):
        return None
    own = ast.Module(function.node.body, [])
    changed = bound(own) | stored_into(own)
    given = {
        name: value
        for name, value in _arguments(function.node, outer[0]).items()
        if name not in changed
    }
    inner = program.nodes[call.span]
    if not isinstance(inner, ast.Call) or not isinstance(inner.func, ast.Attribute):
        return None
    if not inner.args or not (isinstance(inner.args[0], ast.Name) and inner.args[0].id in given):
        return None
    root = chain_root(inner.func.value) or ""
    model = given.get(root)
    # A model that the function neither makes nor is given is the cell's own.
    made = root in changed | {*_arguments(function.node, outer[0])}
    name = chain_root(model) if model is not None else _assigned(line.node) if made else root
    return Surface(name, outer[0], given[inner.args[0].id], given)


def _around(program: Program, call: ModelCall) -> Function | None:
    """The notebook function whose body holds a call."""
    return next(
        (
            each
            for each in program.functions.values()
            if each.cell.number == call.span.cell
            and each.node.lineno <= call.span.line <= (each.node.end_lineno or 0)
        ),
        None,
    )


def _arguments(function: ast.FunctionDef, call: ast.Call) -> dict[str, ast.expr]:
    names = [each.arg for each in [*function.args.posonlyargs, *function.args.args]]
    if any(isinstance(each, ast.Starred) for each in call.args):
        return {}
    named = {each.arg: each.value for each in call.keywords if each.arg}
    return {**dict(zip(names, call.args, strict=False)), **named}


def _assigned(node: ast.stmt) -> str | None:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name
    return None
