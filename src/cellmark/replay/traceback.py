"""Tracebacks as kernels send them, made plain."""

from __future__ import annotations

import re

__all__ = ["line_of", "plain"]

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# So IPython heads a frame that is in a cell, and a syntax error too.
_FRAME = re.compile(r"Cell In ?\[(\d+)\], line (\d+)")


def plain(traceback: str) -> str:
    """`traceback` without the terminal's colour codes."""
    return _COLOUR.sub("", traceback)


def line_of(traceback: str, execution_count: int | None) -> int | None:
    """The line (from 1) of the failing cell that a plain traceback blames, or None.

    The last frame of that very cell counts: a function of another cell may stand below it.
    """
    found = _FRAME.findall(traceback)
    lines = [int(line) for count, line in found if int(count) == execution_count]
    return lines[-1] if lines else None
