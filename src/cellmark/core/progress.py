"""Progress: what is being done, and how much of it is done already."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["PATIENCE", "Tell", "untold"]

# Seconds between two lines about one stage, in the environment of a command whose lines are shown
# as they come.
PATIENCE = "CELLMARK_PATIENCE"

# What is counted, how many are done, of how many: ("one row at a time", 120, 300).
Tell = Callable[[str, int, int], None]


def untold(_what: str, _done: int, _of: int) -> None:
    """Tell nobody."""
