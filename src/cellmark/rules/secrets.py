"""The rule about secrets, which never says one whole."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from cellmark.core.secret import SHAPES, is_secret_name

from .code import CodeCell, Place
from .facts import Facts
from .rule import Found, at

__all__ = ["masked", "secret"]

_SHAPED = tuple((what, re.compile(shape, re.DOTALL)) for what, shape in SHAPES.items())
# scheme://user:password@host; the password may not be a placeholder like {password} or $PASSWORD.
_IN_ADDRESS = re.compile(r"(?<=://)[^\s:/@'\"{}$<>]+:(?P<secret>[^\s/@'\"{}$<>*]{3,})@")
_PLACEHOLDER = re.compile(
    r"^(.)\1*$|your|change.?me|example|placeholder|dummy|^test|secret|password|passw|token|api.?key"
    r"|insert|replace|redacted|hidden|none|null|todo|fixme|postgres|^root$|^admin$|^user$|[<>{}$\[\]]"
    r"|\*\*\*|\.\.\.|xxx|env|^[A-Z]+(_[A-Z]+)+$",
    re.IGNORECASE,
)
_PASSWORD = re.compile(r"passw(or)?d|passphrase|(^|_)pwd($|_)", re.IGNORECASE)
_SHORTEST = 8
_SHORTEST_PASSWORD = 6
# Bits a character: English words have about 3, random letters and digits over 3.5.
_RANDOM = 3.0
_FIX = (
    'Read it from the environment: `os.environ["NAME"]`. If the notebook was ever shared, make a '
    "new one and revoke this."
)


class _Span(NamedTuple):
    start: int
    end: int
    what: str


def secret(facts: Facts) -> Iterator[Found]:
    """Keys and tokens known by their shape, and literals that are given to secret names."""
    for cell in facts.notebook.cells:
        for span in _shaped(cell.source):
            shown = cell.source[span.start : span.start + 4]
            message = (
                f"{span.what} in the notebook ({shown}..., {span.end - span.start} characters)"
            )
            yield Found(cell, _place(cell, span), message, _FIX)
        for name, node in _named(cell.tree):
            if not any(_shaped(str(node.value))):
                message = f"`{name}` is given a secret as text ({len(str(node.value))} characters)"
                yield at(cell, node, message, _FIX)


def masked(cell: CodeCell) -> list[str]:
    """The cell's lines with the secrets in them starred, every character in its place."""
    text = cell.source
    for span in _shaped(text):
        text = _starred(text, span.start, span.end)
    lines = text.split("\n")
    for _, node in _named(cell.tree):
        place = cell.place(node)
        for number in range(place.line, place.end_line + 1):
            line = lines[number - 1]
            start = place.column if number == place.line else 0
            end = place.end_column - 2 if number == place.end_line else len(line)
            lines[number - 1] = _starred(line, start - 4, end)
    return lines


def _starred(text: str, start: int, end: int) -> str:
    kept = min(start + 4, end)
    hidden = re.sub(r"[^\n]", "*", text[kept:end])
    return text[:kept] + hidden + text[end:]


def _shaped(text: str) -> Iterator[_Span]:
    for what, shape in _SHAPED:
        for found in shape.finditer(text):
            if what != "an API key" or _mixed(found[0]):
                yield _Span(found.start(), found.end(), what)
    for found in _IN_ADDRESS.finditer(text):
        if not _PLACEHOLDER.search(found["secret"]):
            yield _Span(found.start("secret"), found.end("secret"), "a password in an address")


def _mixed(text: str) -> bool:
    return any(letter.isdigit() for letter in text) and any(letter.isalpha() for letter in text)


def _named(tree: ast.Module) -> Iterator[tuple[str, ast.Constant]]:
    """(name, literal) for each text that a secret name is given and that is not a placeholder."""
    for node in ast.walk(tree):
        for name, value in _given(node):
            if (
                isinstance(value, ast.Constant)
                and isinstance(value.value, str)
                and is_secret_name(name)
                and _is_secret(name, value.value)
            ):
                yield name, value


def _given(node: ast.AST) -> Iterator[tuple[str, ast.expr | None]]:
    match node:
        case ast.Assign(targets=[target], value=value):
            if isinstance(target, ast.Name):
                yield target.id, value
            elif isinstance(target, ast.Attribute):
                yield target.attr, value
            elif isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Constant):
                yield str(target.slice.value), value
        case ast.AnnAssign(target=ast.Name(id=name), value=value):
            yield name, value
        case ast.keyword(arg=str() as name, value=value):
            yield name, value
        case ast.Dict(keys=keys, values=values):
            for key, value in zip(keys, values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value


def _is_secret(name: str, text: str) -> bool:
    if _PLACEHOLDER.search(text) or any(letter.isspace() for letter in text):
        return False
    if re.match(r"[./~]|https?:|\w+\.(json|txt|pem|key|ya?ml|csv|env)$", text):
        return False
    if _PASSWORD.search(name):
        return len(text) >= _SHORTEST_PASSWORD and not text.isalpha()
    return len(text) >= _SHORTEST and _mixed(text) and _entropy(text) >= _RANDOM


def _entropy(text: str) -> float:
    """Shannon's entropy of the letters of a text, in bits a character."""
    counts = Counter(text).values()
    return -sum(n / len(text) * math.log2(n / len(text)) for n in counts)


def _place(cell: CodeCell, span: _Span) -> Place:
    before, inside = cell.source[: span.start], cell.source[span.start : span.end]
    line = before.count("\n") + 1
    column = span.start - (before.rfind("\n") + 1) + 1
    end_line = line + inside.count("\n")
    last = span.end - (cell.source.rfind("\n", 0, span.end) + 1) + 1
    return Place(line, column, end_line, last)
