"""The store: what was recorded, found again.

Names are imported on first use: a kernel that imports `store.spool` must not wait for SQLAlchemy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .errors import StoreError
    from .store import Store, open_store

__all__ = ["Store", "StoreError", "open_store"]


def __getattr__(name: str) -> object:
    if name == "StoreError":
        from .errors import StoreError

        return StoreError
    if name in __all__:
        from . import store

        return getattr(store, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
