"""All that a deployed bundle imports: loading, checking, scoring, serving, monitoring.

Importing this package pulls in neither pandas nor anything of Jupyter; `load` and `Model` are
fetched when they are first named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .scoring import Answer, InvalidRows, Model, load

__all__ = ["Answer", "InvalidRows", "Model", "load"]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import scoring

    return getattr(scoring, name)
