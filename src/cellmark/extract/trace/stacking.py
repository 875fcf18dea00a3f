"""Frames put one below the other and prepared together: `pd.concat([train, test])`.

A request has rows of one of them. What the statements after it compute of all rows is frozen, and
the part that is cut out again is every row.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ..values.kinds import length_of

if TYPE_CHECKING:
    from .selections import Selections

__all__ = ["ALONG_ROWS", "note_stacked", "stacks"]

ALONG_ROWS = (0, "index", "rows")


def stacks(callee: str) -> bool:
    """Whether what is called, by its qualified name, is pandas' `concat`."""
    return callee.startswith("pandas.") and callee.endswith(".concat")


def note_stacked(
    selections: Selections,
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
    result: Any,
) -> None:
    """`result` is made of frames one below the other: each row is one of theirs."""
    parts = arguments[0] if arguments else options.get("objs", ())
    axis = arguments[1] if len(arguments) > 1 else options.get("axis", 0)
    if axis not in ALONG_ROWS or not isinstance(parts, list | tuple):
        return
    counts = [length_of(part) or 0 for part in parts]
    if len(parts) > 1 and length_of(result) == sum(counts):
        selections.stack(counts)
