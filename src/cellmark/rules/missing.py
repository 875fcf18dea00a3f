"""Names that are not there when a notebook that runs from top to bottom needs them."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator
from typing import NamedTuple

from .code import CodeCell
from .facts import Facts
from .uses import Event

__all__ = ["Missing", "missing_of"]

# There without being set: Python's own, IPython's, and what managed Spark kernels bring.
_THERE = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__annotations__", "In", "Out", "display", "exit",
    "get_ipython", "quit", "spark", "sc", "sqlContext", "dbutils", "displayHTML",
}  # fmt: skip
_HISTORY = re.compile(r"_+|_i{1,3}|_i?\d+|_[ioid]h")
# Magics after which the names of a notebook can't be known from its text.
_BINDING_MAGICS = frozenset(
    {"load", "macro", "pylab", "recall", "rerun", "run", "store", "R", "Rpull", "sql", "loadpy"}
)
_HARMLESS_CELLS = frozenset(
    {"!", "bash", "file", "html", "HTML", "javascript", "js", "latex", "markdown", "perl",
     "python2", "ruby", "script", "sh", "svg", "SVG", "system", "sx", "writefile", "cmd"}
)  # fmt: skip


class Missing(NamedTuple):
    """A name that is not there where it is needed."""

    cell: CodeCell
    name: str
    node: ast.AST
    function: str


def missing_of(facts: Facts) -> Iterator[Missing]:
    """Each name that is not there when first needed, once for each name."""
    if _unknowable(facts):
        return
    told: set[str] = set()
    for missing in _Run(facts).missing():
        if missing.name not in told and "raises-exception" not in missing.cell.tags:
            told.add(missing.name)
            yield missing


class _Run:
    """The names that are there, as the cells run from top to bottom."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._there: set[str] = set()
        self._needs: dict[str, list[str]] = {}
        self._asked_for = _asked_for(facts)

    def missing(self) -> Iterator[Missing]:
        unresolved: list[Missing] = []
        for cell in self._facts.notebook.running:
            for event in self._facts.events[cell.number]:
                if event.what == "defers":
                    self._needs.setdefault(event.owner, []).append(event.name)
                    unresolved.append(Missing(cell, event.name, event.node, event.owner))
                else:
                    yield from self._take(cell, event)
        everything = self._there | self._facts.setters.keys()
        for each in unresolved:
            if each.name not in everything and not self._is_there(each.name):
                yield each._replace(function=each.function or "a function here")

    def _take(self, cell: CodeCell, event: Event) -> Iterator[Missing]:
        match event.what:
            case "binds":
                self._there.add(event.name)
                if isinstance(event.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    self._needs.pop(event.name, None)
            case "unbinds":
                self._there.discard(event.name)
            case "needs" if not self._is_there(event.name):
                yield Missing(cell, event.name, event.node, "")
            case "calls" if event.name in self._there:
                for name in self._reached(event.name):
                    yield Missing(cell, name, event.node, event.name)

    def _reached(self, function: str) -> Iterator[str]:
        """Names that calling `function` needs, itself or by way of others, and that are absent."""
        left, seen = [function], {function}
        while left:
            for name in self._needs.get(left.pop(), ()):
                if not self._is_there(name):
                    yield name
                elif name not in seen:
                    seen.add(name)
                    left.append(name)

    def _is_there(self, name: str) -> bool:
        return (
            name in self._there
            or name in _THERE
            or name in self._asked_for
            or bool(_HISTORY.fullmatch(name))
        )


def _asked_for(facts: Facts) -> frozenset[str]:
    """Names that the notebook itself looks for before it needs them: `if "x" in globals()`."""
    return frozenset(
        node.left.value
        for _, node in facts.nodes
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, str)
        and isinstance(node.ops[0], ast.In | ast.NotIn)
    )


def _unknowable(facts: Facts) -> bool:
    """Whether something binds names that the text does not show."""
    if any(cell.fault for cell in facts.notebook.running):
        return True
    foreign = (cell.magic for cell in facts.notebook.running if not cell.tree.body and cell.magic)
    if any(magic not in _HARMLESS_CELLS for magic in foreign):
        return True
    if any(_is_star(node) for _, node in facts.nodes):
        return True
    return any(_binds_unseen(call.callee, call.name, call.node) for call in facts.calls)


def _is_star(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _binds_unseen(callee: str, name: str, node: ast.Call) -> bool:
    if callee in ("builtins.exec", "builtins.globals", "builtins.locals", "builtins.vars"):
        return True
    if name in ("run_cell", "run_code", "push", "ex") and _of_ipython(node):
        return True
    if name != "run_line_magic" or not isinstance(node.args[0], ast.Constant):
        return False
    return node.args[0].value in _BINDING_MAGICS


def _of_ipython(node: ast.Call) -> bool:
    return "get_ipython" in ast.dump(node.func)
