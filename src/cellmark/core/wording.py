"""How Runs and their values are told to people, in few characters."""

from __future__ import annotations

from datetime import datetime
from typing import Any

__all__ = ["brief", "short", "when"]

# The end of a ULID is its random part: nearly always enough to name a Run.
_SHORT = 8
_DIGITS = 4
_TEXT = 40


def short(run: str) -> str:
    """Enough of a Run's id to name it."""
    return run[-_SHORT:]


def when(timestamp: float) -> str:
    """A moment in the local time zone, to the minute."""
    return datetime.fromtimestamp(timestamp).astimezone().strftime("%Y-%m-%d %H:%M")


def brief(value: Any, width: int = _TEXT) -> str:
    """A value in few characters: floats to four significant digits, long text cut."""
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.{_DIGITS}g}"
    text = str(value)
    return text if len(text) <= width else f"{text[: width - 1]}…"
