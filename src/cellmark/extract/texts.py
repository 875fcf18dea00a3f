"""Cut the author's text: statements with their comments, expressions, imports, definitions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from .program import Function
from .refusal import refuse
from .spans import Edit, apply_edits

__all__ = ["first_line", "frozen_parameter", "import_of", "is_spaced", "segment"]


def first_line(text: str, node: ast.stmt) -> int:
    """The statement's first line, comment lines directly above it included."""
    rows = text.splitlines()
    decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
    first: int = min([node.lineno, *decorators])
    while first > 1 and rows[first - 2].lstrip().startswith("#"):
        first -= 1
    return first


def is_spaced(text: str, node: ast.stmt) -> bool:
    above = first_line(text, node) - 2
    return above >= 0 and not text.splitlines()[above].strip()


def segment(text: str, node: ast.expr | ast.stmt, edits: Iterable[Edit]) -> str:
    """The text of one node with the edits that lie within it made."""
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    start = (node.lineno, node.col_offset)
    inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
    rows = [row.encode() for row in text.splitlines()]
    tail = rows[end[0] - 1][end[1] :]
    written = apply_edits(text, inside, node.lineno, end[0]).encode()
    return written[node.col_offset : len(written) - len(tail)].decode()


def import_of(node: ast.Import | ast.ImportFrom, wanted: frozenset[str]) -> ast.stmt:
    names = [
        alias for alias in node.names if (alias.asname or alias.name).partition(".")[0] in wanted
    ]
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)


def frozen_parameter(function: Function, texts: Mapping[int, str]) -> Edit:
    """Insert `*, frozen: Frozen` at the end of a definition's parameters."""
    arguments = function.node.args
    rows = texts[function.cell.number].splitlines()
    opened = re.search(r"def\s+\w+\s*\(", rows[function.node.lineno - 1])
    assert opened is not None
    if arguments.kwarg is not None:
        raise refuse(
            function.node, function.cell.number, "takes any keyword", "Name the arguments it takes."
        )
    every = [each for each in ast.walk(arguments) if isinstance(each, ast.arg | ast.expr)]
    if not every:
        place = (function.node.lineno, len(rows[function.node.lineno - 1][: opened.end()].encode()))
        return Edit(place, place, "*, frozen: Frozen")
    last = max((each.end_lineno or 0, each.end_col_offset or 0) for each in every)
    star = "" if arguments.kwonlyargs or arguments.vararg else "*, "
    return Edit(last, last, f", {star}frozen: Frozen")
