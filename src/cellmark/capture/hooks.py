"""IPython's pre- and post-run hooks."""

from __future__ import annotations

__all__ = ["listen"]


def listen() -> None:
    """Start listening to the cells of this kernel; a second call changes nothing."""
