"""Which modules a module's text imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator

__all__ = ["modules_imported"]


def modules_imported(text: str) -> Iterator[str]:
    """Top-level names of the modules that a text imports, anywhere in it, but for relative ones."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.module.partition(".")[0]
