"""Numbers and moments as people read them."""

from __future__ import annotations

import datetime as dt

from .markup import Html, element

__all__ = ["count", "moment", "number", "sentence", "share", "span", "when"]

_SPANS = (("days", 86_400.0), ("hours", 3600.0), ("minutes", 60.0))
_MILLI = 0.001


def count(value: float) -> str:
    """Of whole things."""
    return f"{value:,.0f}"


def number(value: float) -> str:
    """To three digits."""
    return f"{value:.3g}"


def share(part: float, whole: float) -> str:
    """A part in percent; of nothing it is no number."""
    return f"{part / whole:.1%}" if whole else "-"


def span(seconds: float) -> str:
    """How long."""
    for unit, length in _SPANS:
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.3g} s" if seconds >= 1 else f"{seconds / _MILLI:.3g} ms"


def moment(seconds: float) -> Html:
    """A time since 1970."""
    return when(dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat())


def when(iso: str) -> Html:
    """A time in ISO 8601, to the minute."""
    return element("time", f"{iso[:16].replace('T', ' ')} UTC", datetime=iso)


def sentence(said: str) -> list[Html | str]:
    """A sentence of the terminal's: what stands between backticks is code."""
    parts = said.split("`")
    return [element("code", part) if at % 2 else part for at, part in enumerate(parts) if part]
