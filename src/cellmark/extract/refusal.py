"""Refusal: what can't be packaged yet, by cell and line, and what to write instead."""

from __future__ import annotations

import ast

from cellmark_runtime.errors import CheckFailed

__all__ = ["Refusal", "refuse"]


class Refusal(CheckFailed):
    """A statement that has no proven meaning for a single row.

    `cell` and `line` count from 1; `reason` and `fix` are for people.
    """

    def __init__(self, cell: int, line: int, reason: str, fix: str = "", source: str = "") -> None:
        self.cell = cell
        self.line = line
        self.reason = reason
        quoted = f"`{source}`: " if source else ""
        super().__init__(f"cell {cell}, line {line}", f"{quoted}{reason}", fix=fix)

    def __reduce__(self) -> tuple[type[Refusal], tuple[int, int, str, str]]:  # type: ignore[override]
        return type(self), (self.cell, self.line, self.reason, self.fix)


def refuse(node: ast.expr | ast.stmt, cell: int, reason: str, fix: str = "") -> Refusal:
    """The refusal of what stands at `node`, quoting it."""
    quoted = ast.unparse(node)
    return Refusal(
        cell, node.lineno, reason, fix, quoted if len(quoted) <= 80 else quoted[:77] + "..."
    )
