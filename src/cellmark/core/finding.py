"""Finding: a place in a notebook that will hurt, by which rule, and what to do about it."""

from __future__ import annotations

from typing import Literal

import msgspec

__all__ = ["Finding", "Severity"]

# error: the notebook fails, leaks, or gives a wrong number; warning: it may, elsewhere or again
Severity = Literal["error", "warning"]


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """`cell` is the code cell's number, lines and columns are within it, all from 1.

    `end_column` is the one after the last. `cell_id` is null in old notebooks, which have none.
    `source` is the text of `line`, secrets made unreadable; `rule` and `name` name the rule.
    """

    rule: str
    name: str
    severity: Severity
    file: str
    cell: int
    cell_id: str | None
    line: int
    column: int
    end_line: int
    end_column: int
    source: str
    message: str
    fix: str
