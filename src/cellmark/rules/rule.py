"""Rule: what is looked for, how grave it is, and the function that looks."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from typing import NamedTuple

from cellmark.core.finding import Severity

from .code import CodeCell, Place
from .facts import Facts

__all__ = ["Found", "Rule", "at", "at_line"]


class Found(NamedTuple):
    """What a rule saw: where, what is wrong, and what to write instead."""

    cell: CodeCell
    place: Place
    message: str
    fix: str


class Rule(NamedTuple):
    """`id` is for machines and tags, `name` for people; `summary` is one sentence."""

    id: str
    name: str
    severity: Severity
    summary: str
    look: Callable[[Facts], Iterator[Found]]


def at(cell: CodeCell, node: ast.AST, message: str, fix: str) -> Found:
    """Found at a node of the cell's tree."""
    return Found(cell, cell.place(node), message, fix)


def at_line(cell: CodeCell, line: int, message: str, fix: str) -> Found:
    """Found at a whole line of the cell."""
    return Found(cell, cell.whole_line(line), message, fix)
