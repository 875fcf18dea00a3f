"""Settle where each statement of the scoring path stands: once in the module, or in every call."""

from __future__ import annotations

from collections.abc import Sequence

from ..refusal import Refusal
from .path import PathLine

__all__ = ["settled"]

_PER_CALL = frozenset({"step", "split"})


def settled(lines: Sequence[PathLine]) -> tuple[PathLine, ...]:
    """The lines, with constants that later statements change made steps.

    A list that a loop appends to begins empty in every call; as a constant of the module it would
    hold what the requests before have left.
    Raises: Refusal where a function of the notebook reads such a name.
    """
    while True:
        changed = {name for line in lines if line.place in _PER_CALL for name in _writes(line)}
        moved = [line for line in lines if line.place == "constant" and _concerns(line, changed)]
        if not moved:
            break
        lines = [line._replace(place="step") if line in moved else line for line in lines]
    _check_definitions(lines, changed)
    return tuple(lines)


def _writes(line: PathLine) -> frozenset[str]:
    return line.binds | line.line.writes


def _concerns(line: PathLine, changed: set[str]) -> bool:
    return bool((line.binds | line.reads) & changed)


def _check_definitions(lines: Sequence[PathLine], changed: set[str]) -> None:
    for line in lines:
        behind = sorted(line.reads & changed) if line.place == "definition" else []
        if behind:
            raise Refusal(
                line.line.cell.number,
                line.line.node.lineno,
                f"`{min(line.binds)}` reads {behind[0]!r}, which other statements change",
                f"Pass {behind[0]} to it as an argument.",
            )
