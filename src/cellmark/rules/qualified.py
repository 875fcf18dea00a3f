"""What the names in a notebook stand for: `tts(...)` is sklearn.model_selection.train_test_split.

Only imports are followed, and names given to what was imported; a name that is bound to anything
else stands for nothing that is known here.
"""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from cellmark.extract.text.names import bound

__all__ = ["qualified_names"]

_BUILTINS = frozenset(dir(builtins))
_Functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
_Scope = dict[str, str | None]


def qualified_names(trees: Iterable[ast.Module]) -> dict[int, str]:
    """The full name of each `Name` and `Attribute` of the trees that has one, by the node's id().

    The trees are those of cells that run one after another.
    """
    every = list(trees)
    names = _Names(_imported(every))
    for tree in every:
        names.visit(tree)
    return names.found


def _imported(trees: Iterable[ast.Module]) -> _Scope:
    """What the cells' own imports bind: a function may use what a later cell imports."""
    found: _Scope = {}
    for tree in trees:
        for node in ast.walk(tree):
            for name, stands_for in imports_of(node):
                found.setdefault(name, stands_for)
    return found


def imports_of(node: ast.AST) -> Iterator[tuple[str, str | None]]:
    """(name, what it stands for) for each name that an import statement binds."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            yield (alias.asname, alias.name) if alias.asname else (top, top)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            if alias.name != "*":
                known = node.module and not node.level
                yield alias.asname or alias.name, f"{node.module}.{alias.name}" if known else None


class _Names(ast.NodeVisitor):
    def __init__(self, module: _Scope) -> None:
        self.found: dict[int, str] = {}
        self._scopes: list[_Scope] = [module]

    def visit_Import(self, node: ast.Import) -> None:
        self._scopes[-1].update(imports_of(node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self._scopes[-1].update(imports_of(node))

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._function(node, node.body)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._function(node, node.body)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._function(node, [node.body])

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for part in (*node.decorator_list, *node.bases, *node.keywords):
            self.visit(part)
        self._scopes[-1][node.name] = None
        with self._scope({}):
            for statement in node.body:
                self.visit(statement)

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            self._bind(target, node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)
        self._bind(node.target, node.value)

    def visit_For(self, node: ast.For) -> None:
        self.visit(node.iter)
        self._bind(node.target, None)
        for statement in (*node.body, *node.orelse):
            self.visit(statement)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Store):
            self._scopes[-1][node.id] = None
            return
        stands_for = self._lookup(node.id)
        if stands_for:
            self.found[id(node)] = stands_for

    def visit_Attribute(self, node: ast.Attribute) -> None:
        self.visit(node.value)
        owner = self.found.get(id(node.value))
        if owner:
            self.found[id(node)] = f"{owner}.{node.attr}"

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._comprehension(node)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._comprehension(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._comprehension(node)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._comprehension(node)

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        """The loop's names are bound before the element that stands left of them is read."""
        with self._scope({}):
            for each in node.generators:
                self.visit(each)
            for field in ("key", "value", "elt"):
                if part := getattr(node, field, None):
                    self.visit(part)

    def _function(self, node: _Functions, body: list[ast.stmt] | list[ast.expr]) -> None:
        if not isinstance(node, ast.Lambda):
            self._scopes[-1][node.name] = None
            for decorator in node.decorator_list:
                self.visit(decorator)
        self.visit(node.args)
        local = {argument.arg for argument in ast.walk(node.args) if isinstance(argument, ast.arg)}
        for statement in body:
            local |= bound(statement)
        with self._scope(dict.fromkeys(local)):
            for statement in body:
                self.visit(statement)

    def _bind(self, target: ast.expr, value: ast.expr | None) -> None:
        """`normal = np.random.normal` gives the function another name; other values are unknown."""
        if isinstance(target, ast.Name):
            another = isinstance(value, ast.Name | ast.Attribute)
            self._scopes[-1][target.id] = self.found.get(id(value)) if another else None
        else:
            self.visit(target)

    def _lookup(self, name: str) -> str | None:
        for scope in reversed(self._scopes):
            if name in scope:
                return scope[name]
        return f"builtins.{name}" if name in _BUILTINS else None

    @contextmanager
    def _scope(self, names: _Scope) -> Iterator[None]:
        self._scopes.append(names)
        yield
        self._scopes.pop()
