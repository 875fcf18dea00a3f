"""Span: where an expression stands in a cell's text; and edits of that text by span."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["Edit", "Span", "apply_edits", "lines_of", "span_of"]


class Span(NamedTuple):
    """An expression's place: code cell number, then lines from 1 and columns in UTF-8 bytes."""

    cell: int
    line: int
    column: int
    end_line: int
    end_column: int


class Edit(NamedTuple):
    """Replace what stands between two places (line from 1, column in UTF-8 bytes) by `text`."""

    start: tuple[int, int]
    end: tuple[int, int]
    text: str


def span_of(node: ast.expr | ast.stmt, cell: int) -> Span:
    """The span of a node that came from parsing the cell's text."""
    end_line = node.end_lineno if node.end_lineno is not None else node.lineno
    end_column = node.end_col_offset if node.end_col_offset is not None else node.col_offset
    return Span(cell, node.lineno, node.col_offset, end_line, end_column)


def lines_of(text: str) -> list[str]:
    """The lines of a text as Python's parser counts them: `str.splitlines` knows more line ends."""
    return re.split(r"\r\n|\r|\n", text)


def apply_edits(text: str, edits: Iterable[Edit], first: int, last: int) -> str:
    """Lines `first` to `last` of `text` with the edits made; edits must not overlap.

    Insertions at one place stand in the order in which they are given.
    """
    lines = [line.encode() for line in lines_of(text)]
    kept = lines[first - 1 : last]
    for edit in sorted(edits, key=lambda edit: edit[:2])[::-1]:
        (line, column), (end_line, end_column) = edit.start, edit.end
        before = kept[line - first][:column]
        after = kept[end_line - first][end_column:]
        kept[line - first : end_line - first + 1] = (before + edit.text.encode() + after).split(
            b"\n"
        )
    return b"\n".join(kept).decode()
