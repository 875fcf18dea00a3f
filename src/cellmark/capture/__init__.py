"""Capture: hear a kernel's cells run and turn them into Runs. Lives in the user's kernel."""

from __future__ import annotations

from .hooks import listen

__all__ = ["listen"]
