"""Indent a piece of Python without touching the text inside its strings."""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator

from .spans import lines_of

__all__ = ["indented"]

_STEP = "    "


def indented(text: str) -> str:
    """The statements of `text`, one level deeper; lines that begin inside a string stay."""
    inside = set(_lines_inside_strings(text))
    return "\n".join(
        row if number in inside or not row.strip() else _STEP + row
        for number, row in enumerate(lines_of(text), start=1)
    )


def _lines_inside_strings(text: str) -> Iterator[int]:
    opened: list[int] = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        # Python 3.12 reads an f-string as several tokens, 3.11 as one.
        name = tokenize.tok_name[token.type]
        if name == "STRING":
            yield from range(token.start[0] + 1, token.end[0] + 1)
        elif name == "FSTRING_START":
            opened.append(token.start[0])
        elif name == "FSTRING_END":
            yield from range(opened.pop() + 1, token.end[0] + 1)
