"""One value against one field of the Signature: what it means, or what is wrong with it."""

from __future__ import annotations

import datetime as dt
import difflib
import math
import re
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from ..types.fault import Reason
from ..types.policies import Unseen
from ..types.signature import Field, Scalar
from .accepting import other_of

__all__ = ["Problem", "describe", "did_you_mean", "judge", "shown"]

_WORDS = {
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "string": "a text",
    "datetime": "a date and time as ISO 8601 text",
}
_SHOWN_CHARACTERS = 80
_SHOWN_CATEGORIES = 20
# What the narrower floats hold; JSON's numbers are wider.
_LARGEST = {"float16": 65504.0, "float32": 3.4028234663852886e38}
# An offset can carry these out of the calendar.
_EDGE_YEARS = (1, 9999)
# What a 64-bit count of nanoseconds can hold in whole years.
_NANOSECOND_YEARS = range(1678, 2262)


class Problem(NamedTuple):
    """Why a value can't stand in its field."""

    reason: Reason
    expected: str
    fix: str


def judge(value: object, field: Field, unseen: Unseen = "reject") -> object | Problem:
    """The value in the field's own kind (None for missing), or the Problem with it.

    `unseen` says what becomes of a category that training did not know.
    """
    if type(value).__module__ == "numpy":
        value = value.item()  # type: ignore[attr-defined]
    if _is_missing(value):
        return None if field.nullable else _null(field)
    read = _READERS[field.kind](value, field)
    if isinstance(read, Problem) or field.categories is None:
        return read
    return read if _is_known(read, field.categories) else _UNSEEN[unseen](read, field)


def describe(field: Field) -> str:
    """What the field takes, in words."""
    if field.categories is None:
        return _WORDS[field.kind] + (" or null" if field.nullable else "")
    known = [shown(category) for category in field.categories if category is not None]
    more = [f"{len(known) - _SHOWN_CATEGORIES} more"] if len(known) > _SHOWN_CATEGORIES else []
    null = ["null"] if field.nullable else []
    return "one of " + ", ".join(known[:_SHOWN_CATEGORIES] + more + null)


def did_you_mean(received: object, known: tuple[Scalar, ...]) -> str:
    """A question naming the nearest known text, or nothing."""
    texts = {text.casefold(): text for text in known if isinstance(text, str)}
    text = str(received).strip().casefold()
    # Of a text so much longer nothing is near (difflib's ratio), and difflib indexes each letter.
    if len(text) > 3 * max(map(len, texts), default=0):
        return ""
    near = difflib.get_close_matches(text, texts, n=1)
    return f"Did you mean {shown(texts[near[0]])}?" if near else ""


def shown(value: object) -> str:
    """A value as JSON text, cut to a readable length."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no word for these: it would say null.
    try:
        text = msgspec.json.encode(value, enc_hook=repr).decode()
    except (TypeError, ValueError, OverflowError, RecursionError):
        # Nothing of the value itself: printing it may be what failed.
        text = f"a value of type {type(value).__name__}"
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def _is_missing(value: object) -> bool:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return type(value).__name__ in ("NaTType", "NAType")


def _null(field: Field) -> Problem:
    fix = "Send a value: no training row lacked one here."
    return Problem("null", describe(field), fix)


def _wrong_type(field: Field, fix: str = "") -> Problem:
    return Problem("type", describe(field), fix or f"Send {_WORDS[field.kind]}.")


def _read_number(value: object, field: Field) -> object | Problem:
    # bool before int: isinstance(True, int) holds.
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _wrong_type(field, _without_quotes(value))
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        return Problem("range", "a finite number", "Send null where the value is not known.")
    largest = _LARGEST.get(field.dtype.lower(), math.inf)
    if abs(number) > largest:
        return Problem("range", f"a number up to {largest:g} in size", "Send a smaller number.")
    return number


def _read_integer(value: object, field: Field) -> object | Problem:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _wrong_type(field, _without_quotes(value))
    if isinstance(value, float):
        # JSON has one kind of number: 3.0 is a whole one, 3.5 is not.
        if not value.is_integer():
            return _wrong_type(field, "Send it without a fraction.")
        value = int(value)
    low, high = _bounds(field.dtype)
    if not low <= value <= high:
        return Problem("range", f"a whole number from {low} to {high}", "Send a smaller number.")
    return value


def _bounds(dtype: str) -> tuple[int, int]:
    found = re.fullmatch(r"(u?)int(8|16|32|64)", dtype.lower())
    sign, bits = (found[1], int(found[2])) if found else ("", 64)
    return (0, 2**bits - 1) if sign else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def _without_quotes(value: object) -> str:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return ""
    return f"Send {value} without quotes." if isinstance(value, str) else ""


def _read_boolean(value: object, field: Field) -> object | Problem:
    return value if isinstance(value, bool) else _wrong_type(field, "Send true or false.")


def _read_string(value: object, field: Field) -> object | Problem:
    if not isinstance(value, str):
        quoted = (
            f"Send it in quotes: {shown(str(value))}." if isinstance(value, (int, float)) else ""
        )
        return _wrong_type(field, quoted)
    try:
        value.encode()
    except UnicodeEncodeError:
        return Problem("type", "text of whole characters", "Send valid Unicode.")
    return value


def _read_datetime(value: object, field: Field) -> object | Problem:
    moment = _moment(value)
    if moment is None:
        return _wrong_type(field, 'Send it like "2024-05-31T13:45:00".')
    if field.dtype == "Date" and moment.time() != dt.time():
        return Problem("type", "a date", "Leave out the time of day.")
    zoned = "," in field.dtype
    if zoned != (moment.tzinfo is not None):
        fix = "Add the offset from UTC, like +02:00." if zoned else "Leave out the offset from UTC."
        return Problem("type", describe(field), fix)
    if zoned and moment.year in _EDGE_YEARS:
        return Problem("range", "a year from 2 to 9998", "Send null where it is not known.")
    if "[ns" in field.dtype and moment.year not in _NANOSECOND_YEARS:
        return Problem("range", "a year from 1678 to 2261", "Send null where it is not known.")
    return moment


def _moment(value: object) -> dt.datetime | None:
    if isinstance(value, dt.datetime):
        return value
    if isinstance(value, dt.date):
        return dt.datetime.combine(value, dt.time())
    try:
        return dt.datetime.fromisoformat(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _is_known(value: object, categories: tuple[Scalar, ...]) -> bool:
    # Kind was checked before; only true and 1 would still meet.
    return any(
        value == known and isinstance(known, bool) == isinstance(value, bool)
        for known in categories
    )


def _unknown(value: object, field: Field) -> Problem:
    near = did_you_mean(value, field.categories or ())
    return Problem(
        "category",
        describe(field),
        near or "Send a category known from training; a new one needs a new model.",
    )


def _as_other(value: object, field: Field) -> object | Problem:
    other = other_of(field)
    return _unknown(value, field) if other is None else other


def _as_missing(_value: object, field: Field) -> object | Problem:
    if field.nullable:
        return None
    fix = "It counts as missing, and no training row lacked a value here: send a known one."
    return Problem("category", describe(field), fix)


_UNSEEN: dict[Unseen, Callable[[object, Field], object | Problem]] = {
    "reject": _unknown,
    "other": _as_other,
    "missing": _as_missing,
}
_READERS = {
    "number": _read_number,
    "integer": _read_integer,
    "boolean": _read_boolean,
    "string": _read_string,
    "datetime": _read_datetime,
}
