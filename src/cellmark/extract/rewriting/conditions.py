"""The condition of a row filter: its parts, the columns behind it, and its text for people."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from ..text.names import bound, reads
from ..trace.program import Line, Program

__all__ = ["behind", "columns_behind", "conjuncts", "said_of"]

_LONGEST = 120
# Types of what a condition may be made of under a name of its own.
_PLAIN = frozenset({"Expr", "Index", "Series", "ndarray"})
_DEEPEST = 10


def conjuncts(node: ast.expr) -> list[ast.expr]:
    """The parts of `a & b & c`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitAnd):
        return [*conjuncts(node.left), *conjuncts(node.right)]
    return [node]


def behind(
    program: Program, cell: int, statement: int, node: ast.AST, deepest: int = _DEEPEST
) -> Iterator[tuple[ast.AST, int]]:
    """An expression and what the series and arrays that it names were made of, with the cells."""
    yield node, cell
    for name in sorted(reads(node)) if deepest else ():
        line = _made(program, statement, name)
        if line is not None:
            yield from behind(program, line.cell.number, line.index, line.node, deepest - 1)


def columns_behind(program: Program, cell: int, statement: int, node: ast.AST) -> frozenset[str]:
    """Columns that an expression reads, itself or through the series and arrays that it names."""
    known = {name for line in program.lines for name in line.run.columns}
    every = (part for part, _ in behind(program, cell, statement, node))
    return frozenset(name for part in every for name in _columns_named(part, known))


def _columns_named(node: ast.AST, columns: set[str]) -> Iterator[str]:
    methods = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr in columns and part not in methods:
            yield part.attr
        elif isinstance(part, ast.Constant) and isinstance(part.value, str):
            # The text of a query names columns as words.
            yield from {part.value, *re.findall(r"\w+", part.value)} & columns


def _made(program: Program, statement: int, name: str) -> Line | None:
    """The last assignment, before a statement, to a name that is no frame."""
    for line in reversed(program.lines[:statement]):
        if name in bound(line.node):
            kind = line.run.types.get(name, object).__name__
            plain = isinstance(line.node, ast.Assign) and kind in _PLAIN
            return line if plain else None
    return None


def said_of(program: Program, line: Line, parts: Sequence[ast.expr]) -> str:
    """The condition in the author's words; a mask with a name is told by what it was made of."""
    several = len(parts) > 1
    texts = [_told(program, line, part) for part in parts]
    text = " & ".join(f"({each})" if several else each for each in texts)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _told(program: Program, line: Line, part: ast.expr) -> str:
    if isinstance(part, ast.UnaryOp) and isinstance(part.op, ast.Invert):
        return f"not ({_told(program, line, part.operand)})"
    if isinstance(part, ast.Lambda):
        return ast.unparse(part.body)
    if isinstance(part, ast.Attribute) and part.attr == "index":
        # The labels of selected rows are told by what selected them.
        inner = part.value
        if isinstance(inner, ast.Subscript) and not isinstance(inner.slice, ast.Tuple):
            return _told(program, line, inner.slice)
    if isinstance(part, ast.Name):
        made = _made(program, line.index, part.id)
        if made is not None and isinstance(made.node, ast.Assign):
            return _told(program, made, made.node.value)
    return ast.unparse(part)
