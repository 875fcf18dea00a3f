"""The parameters that a replay is given, held against what the notebook defines."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Mapping
from typing import Any

from cellmark_runtime.errors import CellmarkError

__all__ = ["UnknownParameter", "check_parameters"]


class UnknownParameter(CellmarkError):
    """A parameter that the notebook's `parameters` cell does not define."""


def check_parameters(notebook: Any, parameters: Mapping[str, object], where: str) -> None:
    """Refuse a parameter that the `parameters` cell lacks: it would change nothing, unnoticed.

    A notebook without such a cell takes any: papermill injects them at the top.
    """
    known = _defined(notebook)
    for name in parameters:
        if not name.isidentifier():
            raise UnknownParameter(where, f"{name!r} is no variable name", "a Python identifier")
        if known and name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            raise UnknownParameter(
                where,
                f"unknown parameter {name!r}",
                f"one of {', '.join(known)}",
                f"Did you mean {near[0]!r}?" if near else "Add it to the parameters cell.",
            )


def _defined(notebook: Any) -> list[str]:
    """Names assigned in cells tagged `parameters`, in order."""
    cells = [c for c in notebook.cells if "parameters" in c.metadata.get("tags", ())]
    names: dict[str, None] = {}
    for cell in cells:
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names[node.id] = None
    return list(names)
