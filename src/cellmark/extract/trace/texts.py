"""Cut the author's text: statements with their comments, expressions, imports, definitions."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable

from ..refusal import refuse
from ..text.spans import Edit, apply_edits, lines_of
from .program import CellText, Function, Line, Program, is_lambda

__all__ = [
    "DELETED",
    "between",
    "first_line",
    "frozen_parameter",
    "import_of",
    "in_parentheses",
    "is_spaced",
    "segment",
    "source_of",
    "statement_text",
]

# Stands where a statement was left out; the lines that hold it are dropped.
DELETED = "\0deleted"


def first_line(text: str, node: ast.stmt) -> int:
    """The statement's first line, comment lines directly above it included."""
    rows = lines_of(text)
    decorators = [each.lineno for each in getattr(node, "decorator_list", [])]
    first: int = min([node.lineno, *decorators])
    while first > 1 and rows[first - 2].lstrip().startswith("#"):
        first -= 1
    return first


def is_spaced(text: str, node: ast.stmt) -> bool:
    above = first_line(text, node) - 2
    return above >= 0 and not lines_of(text)[above].strip()


def segment(text: str, node: ast.expr | ast.stmt, edits: Iterable[Edit]) -> str:
    """The text of one node with the edits that lie within it made."""
    end = (node.end_lineno or node.lineno, node.end_col_offset or 0)
    start = (node.lineno, node.col_offset)
    inside = [edit for edit in edits if start <= edit.start and edit.end <= end]
    rows = [row.encode() for row in lines_of(text)]
    tail = rows[end[0] - 1][end[1] :]
    written = apply_edits(text, inside, node.lineno, end[0]).encode()
    return written[node.col_offset : len(written) - len(tail)].decode()


def source_of(cell: CellText, text: str, node: ast.stmt) -> str:
    """A top-level statement as its author wrote it, decorators included.

    `text` is the cell's as plain Python. A magic stands on the same line in the author's own.
    """
    decorators = getattr(node, "decorator_list", [])
    if decorators:
        return "\n".join(lines_of(text)[decorators[0].lineno - 1 : node.end_lineno])
    written = segment(text, node, ())
    own = lines_of(cell.source)[node.lineno - 1 : node.end_lineno]
    return "\n".join(own).strip() if "get_ipython()." in written and own else written


def in_parentheses(text: str) -> str:
    """An expression that may stand anywhere: one of several lines needs parentheses."""
    return f"({text})" if "\n" in text else text


def statement_text(program: Program, line: Line, edits: Iterable[Edit]) -> str:
    """The text of a statement with the edits made, comment lines directly above it included."""
    text = program.texts[line.cell.number]
    last = line.node.end_lineno or line.node.lineno
    if _shares_its_line(program, line):  # `a = 1; b = 2`
        return segment(text, line.node, list(edits))
    written = apply_edits(text, edits, first_line(text, line.node), last)
    return "\n".join(row for row in written.split("\n") if DELETED not in row)


def _shares_its_line(program: Program, line: Line) -> bool:
    last = line.node.end_lineno or line.node.lineno
    return any(
        other.cell.number == line.cell.number
        and other.node is not line.node
        and other.node.lineno <= last
        and (other.node.end_lineno or 0) >= line.node.lineno
        for other in program.lines
    )


def import_of(
    node: ast.Import | ast.ImportFrom, wanted: frozenset[str]
) -> ast.Import | ast.ImportFrom:
    names = [
        alias for alias in node.names if (alias.asname or alias.name).partition(".")[0] in wanted
    ]
    if isinstance(node, ast.Import):
        return ast.Import(names)
    return ast.ImportFrom(node.module, names, node.level)


def frozen_parameter(program: Program, function: Function) -> Edit:
    """Insert `*, frozen: Frozen` at the end of a definition's parameters."""
    arguments = function.node.args
    if arguments.kwarg is not None:
        raise refuse(
            function.node, function.cell.number, "takes any keyword", "Name the arguments it takes."
        )
    every = [each for each in ast.walk(arguments) if isinstance(each, ast.arg | ast.expr)]
    if not every:
        row = lines_of(program.texts[function.cell.number])[function.node.lineno - 1]
        opened = re.search(r"def\s+\w+\s*\(", row)
        assert opened is not None  # a lambda that is given nothing is not written anew
        place = (function.node.lineno, len(row[: opened.end()].encode()))
        return Edit(place, place, "*, frozen: Frozen")
    last = max((each.end_lineno or 0, each.end_col_offset or 0) for each in every)
    star = "" if arguments.kwonlyargs or arguments.vararg else "*, "
    told = "frozen" if is_lambda(program, function) else "frozen: Frozen"
    return Edit(last, last, f", {star}{told}")


def between(text: str, start: tuple[int, int], end: tuple[int, int]) -> str:
    """What stands between two places, as edits give them."""
    rows = [row.encode() for row in lines_of(text)][start[0] - 1 : end[0]]
    rows[-1] = rows[-1][: end[1]]
    rows[0] = rows[0][start[1] :]
    return b"\n".join(rows).decode()
