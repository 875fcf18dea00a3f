"""Names that stand twice, found in one pass: who sends a million of them waits no longer for it."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["first_repeated"]


def first_repeated(names: Iterable[str]) -> str | None:
    """The first name that stood before already, or None."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
