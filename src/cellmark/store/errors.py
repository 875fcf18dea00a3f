"""What can be wrong with a store."""

from __future__ import annotations

from cellmark_runtime.errors import CellmarkError

__all__ = ["NoSuchRun", "StoreError"]


class StoreError(CellmarkError):
    """A store that can't be read or written: read-only, full, damaged, made by a newer Cellmark."""


class NoSuchRun(CellmarkError):
    """A reference that names no Run, or more than one."""
