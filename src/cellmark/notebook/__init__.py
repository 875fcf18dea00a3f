"""An .ipynb file in; tagged cells and their statements out."""

from .cells import Cell, Notebook, read
from .statements import CellSyntaxError, SourceStatement, statements_of

__all__ = ["Cell", "CellSyntaxError", "Notebook", "SourceStatement", "read", "statements_of"]
