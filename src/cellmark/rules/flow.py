"""Follows rows and columns through a notebook's statements, from top to bottom, by syntax alone.

A loop's body is followed once, both sides of an `if` one after the other, a function's body by
itself, with nothing known of its arguments. What is not understood is not known, and no rule speaks
of what is not known.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence

from .calls import Calls
from .code import CodeCell
from .expressions import Flow
from .rows import joined, shared_bounds, texts
from .value import UNKNOWN, Value

__all__ = ["Flow", "follow"]


def follow(cells: Sequence[CodeCell], full_name: Callable[[ast.AST], str]) -> Flow:
    """Follow the cells, in their order."""
    flow = Flow()
    bounds = shared_bounds(cells)
    env: dict[str, Value] = {}
    for cell in cells:
        follower = _Statements(flow, cell, full_name, bounds, env)
        follower.body(cell.tree.body)
    return flow


class _Statements(Calls):
    """Statements, in the order in which they run."""

    def body(self, statements: Iterable[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                self._env.pop(node.name, None)
                self._apart().body(node.body)
            case ast.Assign():
                value = self._own_function(node) or self.value(node.value)
                for target in node.targets:
                    self._assign(target, value)
            case ast.AnnAssign() if node.value is not None:
                self._assign(node.target, self.value(node.value))
            case ast.AugAssign():
                both = joined([self.value(node.target), self.value(node.value)])
                self._assign(node.target, both._replace(kind=self.value(node.target).kind))
            case ast.Delete():
                for target in node.targets:
                    self._delete(target)
            case ast.Expr(value=ast.Call() as call):
                self._called(call)
            case ast.For() | ast.AsyncFor():
                self._assign(node.target, self._element(self.value(node.iter)))
                self.body([*node.body, *node.orelse])
            case _:
                self._others(node)

    def _own_function(self, node: ast.Assign) -> Value | None:
        """`df = add_ratios(df)`: a function of the notebook's own that goes on with the rows."""
        match node:
            case ast.Assign(
                targets=[ast.Name(id=name)],
                value=ast.Call(func=ast.Name(), args=[ast.Name(id=given), *_]) as call,
            ) if name == given and not self._full_name(call.func):
                self.value(call)
                return self._env.get(name, UNKNOWN).of_unknown_columns()
        return None

    def _others(self, node: ast.stmt) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.value(child)
            elif isinstance(child, ast.stmt):
                self._statement(child)
            elif isinstance(child, ast.withitem):
                value = self.value(child.context_expr)
                if child.optional_vars is not None:
                    self._assign(child.optional_vars, value)
            elif isinstance(child, ast.ExceptHandler | ast.match_case):
                self.body(child.body)

    def _apart(self) -> _Statements:
        return _Statements(self._flow, self._cell, self._full_name, self._bounds, {})

    def _delete(self, target: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self._env.pop(target.id, None)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            self._take_out(target.value, texts(self.value(target.slice)))

    def _called(self, call: ast.Call) -> None:
        """A call whose value is not kept: with `inplace=True` it is its object that changes."""
        value = self.value(call)
        inplace = any(
            each.arg == "inplace"
            and isinstance(each.value, ast.Constant)
            and each.value.value is True
            for each in call.keywords
        )
        if not inplace or not isinstance(call.func, ast.Attribute):
            return
        owner = call.func.value
        if isinstance(owner, ast.Name):
            self._env[owner.id] = value
        elif isinstance(owner, ast.Subscript):
            self._store(owner, value)
