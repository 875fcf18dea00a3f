"""Which nested statements are still of use once row-free values are frozen."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import Protocol, TypeVar

from .names import bound

__all__ = ["live"]


class _Part(Protocol):
    reads: set[str]


_P = TypeVar("_P", bound=_Part)


def live(parts: list[tuple[ast.stmt, _P]], wanted: Collection[str]) -> list[tuple[ast.stmt, _P]]:
    """Parts left when plain assignments that nothing reads are left out, repeatedly."""
    while True:
        read = {name for _, part in parts for name in part.reads} | set(wanted)
        kept = [pair for pair in parts if not _dead(pair[0], read)]
        if len(kept) == len(parts):
            return kept
        parts = kept


def _dead(node: ast.stmt, read: Collection[str]) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        return isinstance(function, ast.Attribute) and function.attr in {"fit", "partial_fit"}
    if not isinstance(node, ast.Assign):
        return False
    plain = all(isinstance(target, ast.Name) for target in node.targets)
    takes_out = any(
        isinstance(part, ast.Attribute) and part.attr == "pop" for part in ast.walk(node)
    )
    return plain and not takes_out and not bound(node) & set(read)
