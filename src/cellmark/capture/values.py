"""Values: which Python values are plain enough for a record, and as what."""

from __future__ import annotations

import math
import numbers
import os
from datetime import date, datetime, time, timedelta
from typing import Any

__all__ = ["number", "plain"]

_DEPTH = 4
_ITEMS = 200
_TEXT = 2000
_UNKNOWN = object()


def number(value: Any) -> float | int | None:
    """`value` as a number, if it is one (numpy's and pandas' scalars are; booleans are not)."""
    # bool before int: isinstance(True, int) holds, and so does numpy's for its own.
    if isinstance(value, bool) or type(value).__name__ in {"bool", "bool_"}:
        return None
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    # Asked of the type: an attribute of the user's own may do anything when it is looked up.
    if hasattr(type(value), "ndim") and value.ndim == 0 and hasattr(value, "item"):
        inner = value.item()
        return number(inner) if isinstance(inner, int | float) else None
    return None


def plain(value: Any) -> tuple[bool, Any]:
    """(whether `value` is plain, what to record for it): JSON values, and what maps onto them."""
    found = _plain(value, _DEPTH)
    return (False, None) if found is _UNKNOWN else (True, found)


def _plain(value: Any, depth: int) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return _at_home(value)[:_TEXT]
    as_number = number(value)
    if as_number is not None:
        # JSON has no NaN; as text it stays readable.
        whole = isinstance(as_number, int)
        return as_number if whole or math.isfinite(as_number) else str(as_number)
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, timedelta | os.PathLike):
        return _at_home(str(value))
    return _contained(value, depth) if depth else _UNKNOWN


def _at_home(text: str) -> str:
    """A rerun works in a copy, whose path is the project's behind this prefix."""
    prefix = os.environ.get("CELLMARK_COPY")
    return text.replace(prefix, "") if prefix else text


def _contained(value: Any, depth: int) -> Any:
    if type(value).__name__ in {"bool", "bool_"} and hasattr(type(value), "item"):
        return bool(value)
    if isinstance(value, list | tuple | set | frozenset | range) and len(value) <= _ITEMS:
        found = [_plain(item, depth - 1) for item in value]
        if _UNKNOWN in found:
            return _UNKNOWN
        return sorted(found, key=repr) if isinstance(value, set | frozenset) else found
    if isinstance(value, dict) and len(value) <= _ITEMS:
        entries = {str(key): _plain(item, depth - 1) for key, item in value.items()}
        return _UNKNOWN if _UNKNOWN in entries.values() else entries
    return _UNKNOWN
