"""What a cell shows, as text that can be compared between two executions of it."""

from __future__ import annotations

import math
import re
from itertools import zip_longest
from typing import Any

__all__ = ["first_difference", "same_numbers", "shown_lines"]

# Shown numbers are rounded already; what differs less than this is the rounding's last digit.
_RELATIVE = 1e-6
_ABSOLUTE = 1e-12
# What differs each time and says nothing of the result, and what stands for it.
_PASSING = (
    (re.compile(r"\b0x[0-9A-Fa-f]{6,16}\b"), "0x0"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d+)?)?\b"), "<time>"),
    (re.compile(r"\b\d\d:\d\d:\d\d(\.\d+)?\b"), "<time>"),
    (re.compile(r"\b\d+(\.\d+)?(e-?\d+)? ?(s|ms|us|µs|μs|ns|min|sec|secs|seconds?)\b"), "<time>"),
    (re.compile(r"\d+(\.\d+)?(it/s|s/it)\b"), "<speed>"),
)
_PROGRESS = re.compile(r"\d+%\s*\|")
_TIMED = re.compile(r"^\s*(CPU times|Wall time|Elapsed)\b")
_NUMBER = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d+)?")


def shown_lines(outputs: list[Any]) -> list[str]:
    """The lines that a cell printed and showed: standard output and results as plain text.

    Left out: warnings, pictures, progress bars, and lines that only tell how long it took. Memory
    addresses and times are made the same.
    """
    texts = [_text(output) for output in outputs]
    lines = [line for text in texts for line in text.split("\n")]
    plain = (_settled(line.rpartition("\r")[2]) for line in lines)
    return [line for line in plain if line and not _PROGRESS.search(line)]


def first_difference(saved: list[str], now: list[str]) -> tuple[str, str] | None:
    """The first pair of lines that do not say the same; None if all do.

    Numbers are the same within the last digit that is likely to be shown. An absent line is "".
    """
    for one, other in zip_longest(saved, now, fillvalue=""):
        if not same_numbers(one, other):
            return one, other
    return None


def _text(output: Any) -> str:
    if output.output_type == "stream":
        return str(output.text) if output.name == "stdout" else ""
    if output.output_type in ("execute_result", "display_data"):
        return str(output.data.get("text/plain", ""))
    return ""


def _settled(line: str) -> str:
    if _TIMED.match(line):
        return ""
    for pattern, stands_for in _PASSING:
        line = pattern.sub(stands_for, line)
    return " ".join(line.split())


def same_numbers(one: str, other: str) -> bool:
    """Whether two lines say the same, numbers up to the last digit that is likely to be shown."""
    if one == other:
        return True
    if _NUMBER.sub("#", one).split() != _NUMBER.sub("#", other).split():
        return False
    pairs = zip(_NUMBER.findall(one), _NUMBER.findall(other), strict=True)
    return all(
        math.isclose(float(left), float(right), rel_tol=_RELATIVE, abs_tol=_ABSOLUTE)
        for left, right in pairs
    )
