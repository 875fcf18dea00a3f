"""Cell tags: the role that a person gave a cell."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

from cellmark_runtime.errors import CellmarkError

__all__ = ["ROLES", "UnknownTag", "roles_of", "unknown_tag"]

ROLES = ("parameters", "data", "preprocess", "train", "evaluate", "skip")
_SYNONYMS = {"model": "train"}
# papermill and nbconvert write these into notebooks themselves.
_FOREIGN = frozenset({"injected-parameters", "raises-exception", "hide-cell", "hide-input"})
_NEAR = 0.75


class UnknownTag(CellmarkError):
    """A cell tag that is nearly a role, and so most likely a slip of the pen."""


def roles_of(tags: Iterable[str]) -> tuple[str, ...]:
    """The roles among a cell's tags, in `ROLES` order; other people's tags are passed over."""
    named = {_SYNONYMS.get(tag, tag) for tag in tags}
    if "injected-parameters" in named:
        named.add("parameters")
    return tuple(role for role in ROLES if role in named)


def unknown_tag(tag: str, cell: int) -> UnknownTag | None:
    """The complaint about a tag that looks like a misspelt role, or None.

    Notebooks carry tags of other tools, so only near misses are complained about.
    """
    known = (*ROLES, *_SYNONYMS)
    if tag in known or tag in _FOREIGN:
        return None
    near = difflib.get_close_matches(tag.lower(), known, n=1, cutoff=_NEAR)
    if not near:
        return None
    return UnknownTag(
        f"cell {cell}",
        f"unknown tag {tag!r}",
        f"one of {', '.join(ROLES)}",
        f"Did you mean {near[0]!r}?",
    )
