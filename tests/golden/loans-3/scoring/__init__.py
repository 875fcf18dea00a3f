"""Will a loan be repaid?: raw rows in, the notebook's answers out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .schema import Frozen, Row
    from .steps import features, predict, predict_proba

__all__ = [
    "Frozen",
    "Row",
    "features",
    "predict",
    "predict_proba",
]


def __getattr__(name: str) -> Any:
    # Fetched when first named: `python -m scoring.app` checks digests before any step is run.
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = "schema" if name in {"Frozen", "Row"} else "steps"
    return getattr(import_module(f".{module}", __name__), name)
