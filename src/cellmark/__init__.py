"""Cellmark: tag a notebook's cells; experiments log themselves, models ship as proven services.

The verbs of the command line are functions here, with the same names and results:
`cellmark.package("churn.ipynb")`; `cellmark.runs()` is a DataFrame.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cellmark.actions import audit, challenge
    from cellmark.actions.check import check
    from cellmark.actions.demo import demo
    from cellmark.actions.diff import diff
    from cellmark.actions.explain import explain
    from cellmark.actions.monitor import monitor
    from cellmark.actions.package import package
    from cellmark.actions.registry import approve, history, models, promote, register
    from cellmark.actions.reproduce import reproduce
    from cellmark.actions.restore import restore
    from cellmark.actions.run import run
    from cellmark.actions.runs import runs_table as runs
    from cellmark.actions.serve import serve
    from cellmark.actions.show import show
    from cellmark.actions.verify import verify

__all__ = [
    "approve",
    "audit",
    "challenge",
    "check",
    "demo",
    "diff",
    "explain",
    "history",
    "models",
    "monitor",
    "package",
    "promote",
    "register",
    "reproduce",
    "restore",
    "run",
    "runs",
    "serve",
    "show",
    "verify",
]
__version__ = "0.1.0"

_REGISTRY = ("approve", "history", "models", "promote", "register")


def __getattr__(name: str) -> Any:
    # Fetched when first named: a kernel that records Runs imports this package too.
    if name == "widgets":  # no verbs, but as near at hand
        return import_module("cellmark.widgets")
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name in ("audit", "challenge"):  # verbs of their own: `cellmark.audit.find(...)`
        return import_module(f"cellmark.actions.{name}")
    function = "runs_table" if name == "runs" else name
    module = "registry" if name in _REGISTRY else name
    return getattr(import_module(f"cellmark.actions.{module}"), function)
