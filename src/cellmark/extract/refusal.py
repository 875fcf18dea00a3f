"""Refusal: what can't be packaged yet, by cell and line, and what to write instead."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from cellmark_runtime.errors import CheckFailed

__all__ = ["Refusal", "in_order", "quoted", "refuse"]

_LONGEST = 80


class Refusal(CheckFailed):
    """A statement that has no proven meaning for a single row.

    `cell` and `line` count from 1; `reason` and `fix` are for people, `source` is what is refused,
    where that is less than the line. `others` are refused in the same notebook, after this one.
    """

    others: tuple[Refusal, ...] = ()

    def __init__(self, cell: int, line: int, reason: str, fix: str = "", source: str = "") -> None:
        self.cell = cell
        self.line = line
        self.reason = reason
        self.source = source
        quoted = f"`{source}`: " if source else ""
        super().__init__(f"cell {cell}, line {line}", f"{quoted}{reason}", fix=fix)

    def __str__(self) -> str:
        return "\n".join([super().__str__(), *map(str, self.others)])

    def __reduce__(self) -> tuple[type[Refusal], tuple[int, int, str, str, str]]:  # type: ignore[override]
        return type(self), (self.cell, self.line, self.reason, self.fix, self.source)


def in_order(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """Each refusal once, as they stand in the notebook."""
    once = {(each.cell, each.line, each.source, each.reason): each for each in refusals}
    return tuple(sorted(once.values(), key=lambda each: (each.cell, each.line)))


def refuse(node: ast.expr | ast.stmt, cell: int, reason: str, fix: str = "") -> Refusal:
    """The refusal of what stands at `node`, quoting it."""
    return Refusal(cell, node.lineno, reason, fix, quoted(node))


def quoted(node: ast.expr | ast.stmt) -> str:
    """What stands at `node`, short enough for a message."""
    text = ast.unparse(node)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
