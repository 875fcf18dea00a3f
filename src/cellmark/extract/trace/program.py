"""Program: a traced notebook as its top-level statements in the order in which they ran."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from cellmark.notebook.statements import parse, python_of

from ..text.names import bound, reads, stored_into
from ..text.spans import Span, span_of
from .records import Executed, Source
from .tracer import Tracer

__all__ = ["CellText", "Function", "Line", "Program", "function_of", "is_lambda", "program_of"]

_FITS = ("fit", "fit_transform", "fit_predict", "partial_fit")


class CellText(NamedTuple):
    """A code cell as it was run. Number 0 is the cell of parameters that the run was given."""

    number: int
    source: str
    roles: tuple[str, ...]
    heading: str | None


@dataclass(frozen=True)
class Line:
    """A top-level statement that ran; `tainted` are the names that held something of the rows,
    `tables` those that held something of a table to look things up in, and nothing of the rows.
    """

    index: int
    cell: CellText
    node: ast.stmt
    run: Executed
    tainted: frozenset[str]
    tables: frozenset[str] = frozenset()

    @property
    def first(self) -> int:
        """The line that it begins on, decorators included."""
        decorators = [each.lineno for each in getattr(self.node, "decorator_list", [])]
        first: int = min([self.node.lineno, *decorators])
        return first

    @property
    def writes(self) -> frozenset[str]:
        """Names it binds, and names whose objects it changes, by its syntax or as observed."""
        observed = frozenset(self.run.changed) | self.hidden
        return bound(self.node) | stored_into(self.node) | observed

    @property
    def hidden(self) -> frozenset[str]:
        """Names that it bound without naming them: `global` in a function, `import *`, `exec`."""
        return self.run.rebound - bound(self.node)


@dataclass(frozen=True)
class Function:
    """A function of the notebook's; `index` is the line that defines it.

    A lambda with a name is one too, as the `node` that would define it by `def`.
    """

    cell: CellText
    node: ast.FunctionDef
    index: int


class Program(NamedTuple):
    lines: tuple[Line, ...]
    functions: Mapping[str, Function]
    nodes: Mapping[Span, ast.expr]
    texts: Mapping[int, str]


def program_of(
    tracer: Tracer, cells: tuple[CellText, ...], tables: Collection[Source] = ()
) -> Program:
    """Join what was traced with what was written, and follow the rows forward by name.

    Sources in `tables` have no rows that requests bring.
    """
    known = {(source.statement, source.name) for source in tables}
    by_number = {cell.number: cell for cell in cells}
    statements: dict[tuple[int, int, int], ast.stmt] = {}
    nodes: dict[Span, ast.expr] = {}
    for cell in cells:
        for node in parse(cell.source, cell.number).body:
            statements[cell.number, node.lineno, node.col_offset] = node
            nodes |= {
                span_of(part, cell.number): part
                for part in ast.walk(node)
                if isinstance(part, ast.expr)
            }
    lines: list[Line] = []
    functions: dict[str, Function] = {}
    tainted: frozenset[str] = frozenset()
    of_tables: frozenset[str] = frozenset()
    for index, run in enumerate(tracer.executed):
        node, cell = statements[run.cell, run.line, run.column], by_number[run.cell]
        if made := function_of(node):
            functions[made.name] = Function(cell, made, index)
        line = Line(index, cell, node, run, tainted, of_tables - tainted)
        lines.append(line)
        sources = {source.name for source in tracer.sources if source.statement == index}
        looked_up = {name for name in sources if (index, name) in known}
        # A loop over frames changes each by itself: none gets rows of another's.
        apart = line.tables - bound(node) if isinstance(node, ast.For) else frozenset()
        tainted = (_taint_after(line, tainted, functions) - apart) | (sources - looked_up)
        of_tables = _taint_after(line, of_tables, functions) | looked_up
    texts = {cell.number: python_of(cell.source) for cell in cells}
    return Program(tuple(lines), functions, nodes, texts)


def function_of(node: ast.stmt) -> ast.FunctionDef | None:
    """The function that a statement defines: by `def`, or as `name = lambda ...`."""
    match node:
        case ast.FunctionDef():
            return node
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda(args=arguments, body=body)):
            returned = ast.copy_location(ast.Return(body), body)
            made = ast.FunctionDef(name=name, args=arguments, body=[returned], decorator_list=[])
            return ast.copy_location(made, node)
    return None


def is_lambda(program: Program, function: Function) -> bool:
    """Whether a function was written as `name = lambda ...`."""
    return isinstance(program.lines[function.index].node, ast.Assign)


def _taint_after(
    line: Line, tainted: frozenset[str], functions: Mapping[str, Function]
) -> frozenset[str]:
    node = line.node
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
        return tainted - bound(node)
    if not reads_tainted(node, tainted, functions):
        return tainted - bound(node) if isinstance(node, ast.Assign) else tainted
    estimators = {name for name in reads(node) if hasattr(line.run.types.get(name), "fit")}
    changed = frozenset(line.run.changed) | line.hidden | stored_into(node) | estimators
    return local_taint([node], tainted, functions) | changed | _rebound(node)


def _rebound(node: ast.stmt) -> frozenset[str]:
    plain = isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign)
    return bound(node) if plain else frozenset()


def reads_tainted(
    node: ast.AST, tainted: frozenset[str], functions: Mapping[str, Function]
) -> bool:
    """Whether `node` reads a tainted name, itself or through the notebook functions it names."""
    return bool(_deep_reads(node, functions, frozenset()) & tainted)


def _deep_reads(
    node: ast.AST, functions: Mapping[str, Function], seen: frozenset[str]
) -> frozenset[str]:
    direct = reads(node)
    found = direct
    for name in (direct & functions.keys()) - seen:
        found |= _deep_reads(functions[name].node, functions, seen | {name})
    return found


def local_taint(
    body: list[ast.stmt], tainted: frozenset[str], functions: Mapping[str, Function]
) -> frozenset[str]:
    """`tainted` and the names that the statements of `body`, however nested, taint in turn."""
    while True:
        found = set(tainted)
        for statement in body:
            for part in ast.walk(statement):
                found |= _tainted_by(part, frozenset(found), functions)
        if found == tainted:
            return tainted
        tainted = frozenset(found)


def _tainted_by(
    part: ast.AST, tainted: frozenset[str], functions: Mapping[str, Function]
) -> frozenset[str]:
    value: ast.expr | None = None
    targets: list[ast.expr] = []
    match part:
        case ast.Assign():
            value, targets = part.value, part.targets
        case ast.AugAssign() | ast.AnnAssign() | ast.NamedExpr():
            value, targets = part.value, [part.target]
        case ast.For() | ast.comprehension():
            value, targets = part.iter, [part.target]
        case ast.withitem():
            value, targets = part.context_expr, [part.optional_vars] if part.optional_vars else []
        case _:
            return frozenset()
    if value is None or not reads_tainted(value, tainted, functions):
        return frozenset()
    return frozenset().union(*(bound(target) | stored_into(part) for target in targets))
