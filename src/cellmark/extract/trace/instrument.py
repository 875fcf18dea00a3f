"""Rewrite a cell's syntax tree so that running it reports every value to a tracer.

The tracer is reached through `builtins`, so that `%reset` and user names can't hide it.
Comprehensions, generators and classes are left as they are: what happens once per row or lazily
says nothing about the training rows as a whole. Only where one fits or asks a model, that is
noted. A lambda reports only where it is given such rows.

Bodies of loops and functions stand there twice, once without reports: a loop that turns a million
times, and a function that is called for each row, run plain once there is nothing more to learn.
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Sequence
from typing import Any, TypeVar

from cellmark.notebook.installs import installs

from ..text.spans import Span, span_of
from ..values.reach import names_in
from .rules import ANSWERS, FITS

__all__ = ["TRACER", "instrument"]

TRACER = "__cellmark_trace__"

_PROBED = (
    ast.Attribute,
    ast.BinOp,
    ast.BoolOp,
    ast.Call,
    ast.Compare,
    ast.DictComp,
    ast.GeneratorExp,
    ast.IfExp,
    ast.ListComp,
    ast.Name,
    ast.SetComp,
    ast.Subscript,
    ast.UnaryOp,
)
_OPAQUE = (
    ast.ClassDef,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
    ast.ListComp,
    ast.SetComp,
)
_COMPREHENSIONS = (ast.DictComp, ast.GeneratorExp, ast.ListComp, ast.SetComp)
_C = TypeVar("_C", ast.DictComp, ast.GeneratorExp, ast.ListComp, ast.SetComp)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)
_DEFERRED = (ast.Await, ast.Yield, ast.YieldFrom)


def instrument(module: ast.Module, cell: int) -> ast.Module:
    """The cell's tree with a report before each statement and around each expression.

    Statements that install packages are reported and left out.
    """
    probes = _Probes(cell)
    body: list[ast.stmt] = []
    for number, statement in enumerate(module.body):
        if _must_stay_first(statement, number):
            body.append(statement)
            continue
        names = names_in(statement)
        place = [ast.Constant(part) for part in (cell, statement.lineno, statement.col_offset)]
        entry = ast.Expr(_report("enter", [*place, _texts(names)]))
        body.append(ast.copy_location(entry, statement))
        # A kernel that runs has what it needs: another install would change it for later runs.
        installing = installs(statement) is not None
        body.append(
            ast.copy_location(ast.Pass(), statement)
            if installing
            else probes.visit(_Undeclared().visit(statement))
        )
    module.body = body
    return ast.fix_missing_locations(module)


def _texts(names: frozenset[str] | None) -> ast.expr:
    if names is None:
        return ast.Constant(None)
    return ast.Tuple([ast.Constant(name) for name in sorted(names)], ast.Load())


def _must_stay_first(statement: ast.stmt, number: int) -> bool:
    """A docstring, and imports from `__future__`, before which nothing else may stand."""
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return number == 0
        case ast.ImportFrom(module="__future__"):
            return True
    return False


class _Undeclared(ast.NodeTransformer):
    """Takes out `global` and `nonlocal`, which hold for a whole function and may stand only once.

    `found` are those taken out.
    """

    def __init__(self) -> None:
        self.found: list[ast.stmt] = []

    def visit_Global(self, node: ast.Global) -> ast.Pass:
        self.found.append(node)
        return ast.copy_location(ast.Pass(), node)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> ast.Pass:
        self.found.append(node)
        return ast.copy_location(ast.Pass(), node)

    def visit(self, node: ast.AST) -> Any:
        return node if isinstance(node, _SCOPES) else super().visit(node)


class _Probes(ast.NodeTransformer):
    def __init__(self, cell: int) -> None:
        self.cell = cell
        self.loops: list[str] = []

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        if any(isinstance(part, _DEFERRED) for part in ast.walk(node)):
            return node
        documented = ast.get_docstring(node) is not None
        docstring, body = node.body[:documented], node.body[documented:] or [ast.Pass()]
        declared = _Undeclared()
        body = [declared.visit(statement) for statement in body]
        plain = copy.deepcopy(body)
        outer, self.loops = self.loops, []
        inner = [self.visit(statement) for statement in body]
        self.loops = outer
        name = ast.Constant(node.name)
        reporting: ast.stmt = ast.With([ast.withitem(_report("called", [name]))], inner)
        parameters = [*node.args.posonlyargs, *node.args.args]
        if parameters:
            first = ast.Name(parameters[0].arg, ast.Load())
            reporting = ast.If(_report("aside", [name, first]), plain, [reporting])
        node.body = [*docstring, *declared.found, reporting]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        """`lambda s: f(s)` reports what it computes if `s` are the rows, and only then."""
        parameters = [each.arg for each in [*node.args.posonlyargs, *node.args.args]]
        if not parameters or any(isinstance(part, _DEFERRED) for part in ast.walk(node)):
            return node
        plain = copy.deepcopy(node.body)
        nothing = ast.arguments([], [], None, [], [], None, [])
        watched = ast.Lambda(nothing, self.visit(node.body))
        told: list[ast.expr] = [ast.Tuple([ast.Constant(each) for each in parameters], ast.Load())]
        looks = _report("sees", [ast.Name(parameters[0], ast.Load())])
        node.body = ast.copy_location(
            ast.IfExp(looks, _report("inside", [*told, _names(parameters), watched]), plain),
            node.body,
        )
        return node

    def visit_For(self, node: ast.For) -> ast.For:
        node.iter = self.visit(node.iter)
        targets = _target_names(node.target)
        self.loops.extend(targets)
        node.body = self._turn(node, "hot")
        del self.loops[len(self.loops) - len(targets) :]
        node.orelse = [self.visit(statement) for statement in node.orelse]
        return node

    def visit_While(self, node: ast.While) -> ast.While:
        # The condition is a part of each turn: it asks, and the body only looks what was said.
        plain = copy.deepcopy(node.test)
        hot = _report("hot", [_place(span_of(node, self.cell))])
        node.body = self._turn(node, "spent")
        node.test = ast.copy_location(ast.IfExp(hot, plain, self.visit(node.test)), plain)
        node.orelse = [self.visit(statement) for statement in node.orelse]
        return node

    def _turn(self, node: ast.For | ast.While, asked: str) -> list[ast.stmt]:
        """A loop's body: as it is once the loop is hot, else with reports."""
        plain = copy.deepcopy(node.body)
        reporting = [self.visit(statement) for statement in node.body]
        return [ast.If(_report(asked, [_place(span_of(node, self.cell))]), plain, reporting)]

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        # A pattern is no expression: names in it are bound, classes in it are only looked up.
        node.guard = self.visit(node.guard) if node.guard else None
        node.body = [self.visit(statement) for statement in node.body]
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AnnAssign:
        node.target = self.visit(node.target)
        node.value = self.visit(node.value) if node.value else None
        return node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        span = span_of(node, self.cell)
        function: ast.expr = node.func
        if isinstance(function, ast.Attribute):
            function.value = self.visit(function.value)
        elif not isinstance(function, ast.Name):
            function = self.visit(function)
        if not (isinstance(function, ast.Name) and function.id in {"super", "locals", "vars"}):
            function = self._with_key("callee", [_place(span), function])
        call = ast.Call(
            ast.copy_location(function, node.func),
            [self.visit(argument) for argument in node.args],
            [ast.keyword(each.arg, self.visit(each.value)) for each in node.keywords],
        )
        return self._probed(node, call)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        owner = self.visit(node.value)
        if isinstance(node.ctx, ast.Load):
            owner = _report("part", [_place(span_of(node, self.cell)), owner])
        whole = ast.Subscript(owner, self.visit(node.slice), node.ctx)
        return ast.copy_location(whole, node)

    def visit(self, node: ast.AST) -> Any:
        if type(node).__name__ == "TypeAlias":  # Python 3.12: evaluated later, if at all
            return node
        if isinstance(node, _OPAQUE):
            if isinstance(node, _COMPREHENSIONS):
                probed = _Asked(self.cell, self.loops).visit(copy.deepcopy(node))
                return self._probed(node, probed)
            return self._probed(node, node) if isinstance(node, _PROBED) else node
        if isinstance(node, ast.Call):
            return self.visit_Call(node)
        visited = super().visit(node)
        if isinstance(node, _PROBED) and isinstance(getattr(node, "ctx", None), ast.Load | None):
            return self._probed(node, visited)
        return visited

    def _probed(self, original: ast.expr, value: ast.expr) -> ast.expr:
        place = _place(span_of(original, self.cell))
        return ast.copy_location(self._with_key("value", [place, value]), original)

    def _with_key(self, method: str, arguments: list[ast.expr]) -> ast.Call:
        return _report(method, [*arguments, _names(self.loops)] if self.loops else arguments)


class _Asked(ast.NodeTransformer):
    """Reports the calls within a comprehension that fit or ask a model, with its variables."""

    def __init__(self, cell: int, loops: Sequence[str]) -> None:
        self.cell = cell
        self.loops: Sequence[str] = loops

    def visit_Call(self, node: ast.Call) -> ast.Call:
        span = span_of(node, self.cell)
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in ANSWERS | FITS:
            given: list[ast.expr] = [_place(span), node.func]
            told = _report("callee", [*given, _names(self.loops)] if self.loops else given)
            node.func = ast.copy_location(told, node)
        return node

    def visit_ListComp(self, node: ast.ListComp) -> ast.ListComp:
        return self._within(node)

    def visit_SetComp(self, node: ast.SetComp) -> ast.SetComp:
        return self._within(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.GeneratorExp:
        return self._within(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.DictComp:
        return self._within(node)

    def _within(self, node: _C) -> _C:
        first = node.generators[0]
        first.iter = self.visit(first.iter)
        outer: Sequence[str] = self.loops
        targets: list[str] = []
        for each in node.generators:
            targets += _target_names(each.target)
        self.loops = [*outer, *targets]
        for part in ("key", "value", "elt"):
            if hasattr(node, part):
                setattr(node, part, self.visit(getattr(node, part)))
        self.loops = outer
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node


def _place(span: Span) -> ast.expr:
    return ast.Tuple([ast.Constant(part) for part in span], ast.Load())


def _report(method: str, arguments: list[ast.expr]) -> ast.Call:
    tracer = ast.Attribute(ast.Name(TRACER, ast.Load()), method, ast.Load())
    return ast.Call(tracer, arguments, [])


def _target_names(target: ast.expr) -> list[str]:
    return [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]


def _names(names: Sequence[str]) -> ast.expr:
    return ast.Tuple([ast.Name(name, ast.Load()) for name in names], ast.Load())
