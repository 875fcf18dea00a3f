"""An .ipynb file in; tagged cells and their statements out."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cells import Cell, Notebook, read
    from .statements import CellSyntaxError, SourceStatement, statements_of

__all__ = ["Cell", "CellSyntaxError", "Notebook", "SourceStatement", "read", "statements_of"]

_FILES = frozenset({"Cell", "Notebook", "read"})


def __getattr__(name: str) -> Any:
    """What is asked for, and no more: nbformat takes two seconds that a kernel need not spend."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = importlib.import_module(".cells" if name in _FILES else ".statements", __name__)
    return getattr(home, name)
