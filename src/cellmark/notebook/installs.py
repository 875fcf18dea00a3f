"""Statements that install packages: what a notebook says of its needs, in its own way."""

from __future__ import annotations

import ast
import re
import shlex

from packaging.requirements import InvalidRequirement, Requirement

__all__ = ["installs"]

_MAGICS = {"pip", "conda", "mamba", "uv"}
_COMMAND = re.compile(
    r"^(?:\S*python\S*|\{sys\.executable\})\s+-m\s+pip\s|^(?:uv\s+)?pip3?\s|^conda\s|^mamba\s"
)
_VALUED = {"-r", "--requirement", "-c", "--constraint", "-i", "--index-url", "--extra-index-url"}
_VALUED |= {"-f", "--find-links", "-t", "--target", "-n", "--name", "--channel", "-p", "--prefix"}


def installs(node: ast.stmt) -> tuple[str, ...] | None:
    """The requirements that a statement installs, as written; None if it installs nothing.

    `node` comes from `python_of`: `%pip install a` and `!pip install a` are calls there. Files of
    requirements (`-r`) say nothing that can be read here, and give an empty tuple.
    """
    match node:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython")), attr=attr),
                args=[ast.Constant(value=str() as first), *others],
            )
        ):
            pass
        case _:
            return None
    if attr == "run_line_magic" and first in _MAGICS and isinstance(others[0], ast.Constant):
        return _named(str(others[0].value))
    if attr == "system" and _COMMAND.match(first):
        return _named(first)
    return None


def _named(command: str) -> tuple[str, ...] | None:
    try:
        words = shlex.split(command, comments=True)
    except ValueError:
        return ()
    if "install" not in words:
        return None
    given = words[words.index("install") + 1 :]
    pairs = zip(["", *given], given, strict=False)
    return tuple(word for before, word in pairs if before not in _VALUED and _is_named(word))


def _is_named(word: str) -> bool:
    try:
        Requirement(word)
    except InvalidRequirement:
        return False
    return True
