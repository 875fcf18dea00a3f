"""Smallest: of many changes the few that make a difference, by trying halves.

Source: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (2002).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Literal

__all__ = ["Outcome", "Spent", "smallest"]

# What trying a set gave; `unresolved`: such a mixture could not be tried.
Outcome = Literal["differs", "same", "unresolved"]


class Spent(Exception):
    """No more trials are allowed."""


def smallest(
    changes: Sequence[str], outcome: Callable[[frozenset[str]], Outcome]
) -> tuple[tuple[str, ...], bool]:
    """The fewest of `changes` that still make the difference, and whether none can be spared.

    All of them do, and none of them does not. `outcome` may raise Spent: then what it was
    narrowed to by then. At most n * n + 3 n trials, log n of them where one change is to blame.
    """
    left, parts = list(changes), 2
    try:
        while len(left) > 1:
            pieces = _pieces(left, min(parts, len(left)))
            smaller = next((p for p in pieces if outcome(frozenset(p)) == "differs"), None)
            if smaller is not None:
                left, parts = smaller, 2
                continue
            others = [[c for c in left if c not in piece] for piece in pieces]
            # Of two pieces each is the rest of the other.
            rest = others if len(pieces) > 2 else []
            smaller = next((p for p in rest if outcome(frozenset(p)) == "differs"), None)
            if smaller is not None:
                left, parts = smaller, max(len(pieces) - 1, 2)
            elif len(pieces) == len(left):
                break
            else:
                parts = 2 * len(pieces)
    except Spent:
        return tuple(left), False
    return tuple(left), True


def _pieces(items: list[str], count: int) -> list[list[str]]:
    """`items` in `count` pieces of nearly the same length, in their order."""
    edges = [len(items) * at // count for at in range(count + 1)]
    return [items[a:b] for a, b in pairwise(edges)]
