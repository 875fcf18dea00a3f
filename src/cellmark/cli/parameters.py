"""`-p NAME VALUE`: a notebook's parameters on the command line."""

from __future__ import annotations

import ast
import contextlib
import json
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from cellmark_runtime.errors import CellmarkError

__all__ = ["BadParameter", "Parameters", "WithParameters", "parse_parameters"]

_FLAGS = ("-p", "--parameter")
_CONSTANTS = {"True": True, "true": True, "False": False, "false": False}
_NOTHING = ("None", "null", "~")

Parameters = Annotated[
    list[str] | None,
    typer.Option(
        *_FLAGS,
        metavar="NAME VALUE",
        help="Set a parameter of the notebook; repeatable. VALUE is read as a number, true, "
        "false, null, a [list] or a {map: ...} if it is one, else as text.",
    ),
]


class BadParameter(CellmarkError):
    """A `-p` that is not a name and a value."""


class WithParameters(TyperCommand):
    """A command that takes papermill's two-word `-p NAME VALUE`, which typer has no type for."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parse, each `-p NAME VALUE` made one word first."""
        return super().parse_args(ctx, joined(args))


def joined(args: list[str]) -> list[str]:
    """`-p NAME VALUE` -> `-p NAME=VALUE`; what is one word already stays. `--` ends it."""
    words, result = list(args), []
    while words:
        word = words.pop(0)
        result.append(word)
        if word == "--":
            return [*result, *words]
        if word in _FLAGS and words:
            name = words.pop(0)
            result.append(f"{name}={words.pop(0)}" if "=" not in name and words else name)
    return result


def parse_parameters(given: list[str] | None) -> dict[str, object]:
    """Name -> value. Raises: BadParameter."""
    found: dict[str, object] = {}
    for pair in given or ():
        name, equals, text = pair.partition("=")
        if not equals:
            raise BadParameter(f"-p {pair}", "no value", "-p NAME VALUE")
        found[name] = parse_value(text)
    return found


def parse_value(text: str) -> object:
    """A value as papermill reads it; lists, maps and quoted text as JSON or Python write them."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text in _NOTHING:
        return None
    for number in (int, float):
        with contextlib.suppress(ValueError):
            return number(text)
    if text[:1] in ("[", "{", "(", '"', "'"):
        for read in (json.loads, ast.literal_eval):
            # SyntaxError is literal_eval's, for what is no Python either.
            with contextlib.suppress(ValueError, SyntaxError):
                value: object = read(text)
                return value
    return text
