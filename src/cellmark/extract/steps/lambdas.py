"""A lambda inside an estimator: found in the notebook's text, and given a name to be stored by."""

from __future__ import annotations

import ast
import builtins
import copy
import keyword
from collections.abc import Collection, Iterator
from itertools import chain, count
from types import FunctionType
from typing import NamedTuple

from ..text.names import reads
from ..text.spans import Span
from ..trace.program import Program
from ..trace.texts import in_parentheses, segment

__all__ = ["Named", "lambdas_like", "named_lambda"]

# What may stand between a statement and a lambda in it: there, each name is the module's own.
_PLAIN = (ast.Call, ast.keyword, ast.List, ast.Tuple, ast.Dict, ast.Attribute, ast.Starred)


class Named(NamedTuple):
    """The function that a lambda is: `text` defines it under `name`, `needs` are names it reads."""

    name: str
    text: str
    needs: frozenset[str]


def lambdas_like(function: FunctionType, program: Program) -> list[tuple[Span, ast.Lambda]]:
    """The lambdas in the notebook that `function` may be."""
    return [
        (span, node)
        for span, node in program.nodes.items()
        if isinstance(node, ast.Lambda) and _may_be(node, function)
    ]


def named_lambda(
    function: FunctionType, program: Program, taken: Collection[str], given: Collection[str]
) -> Named | None:
    """The definition that says what a lambda says; None if its text or its names are not clear.

    Args: `taken` are names of the notebook's, `given` those of other definitions beside it.
    """
    alike = lambdas_like(function, program)
    if len(alike) != 1 or function.__closure__:
        return None
    span, node = alike[0]
    way = _way_to(node, program)
    if way is None:
        return None
    name = _name_of(way, taken, given)
    arguments = copy.deepcopy(node.args)
    for each in _parameters(arguments):
        each.annotation = ast.Name("Any")
    body = in_parentheses(segment(program.texts[span.cell], node.body, ()))
    text = f"def {name}({ast.unparse(arguments)}) -> Any:\n    return {body}"
    own = {each.arg for each in _parameters(node.args)}
    defaults = [*node.args.defaults, *(each for each in node.args.kw_defaults if each)]
    needs = (reads(node.body) - own).union(*map(reads, defaults))
    return Named(name, text, frozenset(needs - {*dir(builtins)}))


def _may_be(node: ast.Lambda, function: FunctionType) -> bool:
    """Whether a lambda may have come from this text: its code differs, as it was traced."""
    code = function.__code__
    arguments = code.co_varnames[: code.co_argcount]
    known = {*code.co_names, *code.co_varnames, *code.co_freevars, *code.co_cellvars}
    return (
        code.co_firstlineno == node.lineno
        and tuple(each.arg for each in [*node.args.posonlyargs, *node.args.args]) == arguments
        and reads(node.body) - set(arguments) <= known
        and _covers(node.body, function)
    )


def _covers(body: ast.expr, function: FunctionType) -> bool:
    """Whether some of a function's code stands where `body` begins: traced code keeps its place."""
    start = body.lineno, body.col_offset
    end = body.end_lineno or 0, body.end_col_offset or 0
    places = [(line or 0, column or 0) for line, _, column, _ in function.__code__.co_positions()]
    return any(start <= place < end for place in places)


def _way_to(node: ast.Lambda, program: Program) -> list[ast.AST] | None:
    """What a lambda stands in, from its statement down; None if names there may be local."""
    for line in program.lines:
        if isinstance(line.node, ast.Assign | ast.AnnAssign | ast.Expr):
            value = line.node.value
            for way in _ways(value, node) if value is not None else ():
                return [line.node, *way]
    return None


def _ways(inside: ast.AST, node: ast.Lambda) -> Iterator[list[ast.AST]]:
    if inside is node:
        yield []
    elif isinstance(inside, _PLAIN):
        for child in ast.iter_child_nodes(inside):
            for way in _ways(child, node):
                yield [inside, *way]


def _name_of(way: list[ast.AST], taken: Collection[str], given: Collection[str]) -> str:
    """By the variable or the argument that it is given to."""
    wanted = "prepared"
    match way:
        case [ast.Assign(targets=[ast.Name(id=name)])] if name not in given:
            return name
        case [*_, ast.keyword(arg=str(name))]:
            wanted = name
    used = {*taken, *given, *keyword.kwlist, *dir(builtins)}
    numbered = (f"{wanted}_{number}" for number in count(2))
    return next(name for name in chain([wanted], numbered) if name not in used)


def _parameters(arguments: ast.arguments) -> list[ast.arg]:
    starred = [each for each in (arguments.vararg, arguments.kwarg) if each is not None]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *starred]
