"""Readable names for frozen values, from the words of the author's expression."""

from __future__ import annotations

import ast
import keyword
import re
import unicodedata
from collections.abc import Sequence

__all__ = ["model_name", "readable_name"]

_LONGEST_NAME = 40


def model_name(called: str) -> str:
    """The name of a frozen model by what the author calls it: `models['rf']` is `models_rf`."""
    return _identifier([called])


def readable_name(node: ast.expr) -> str:
    """A name from the words of an expression: columns first, then what is computed of them."""
    match node:
        case ast.Name():
            return _identifier([node.id])
        case ast.Call(func=ast.Name() as function):
            words = [word for argument in node.args for word in _words(argument)]
            plain = [part.id for part in node.args if isinstance(part, ast.Name)]
            return _identifier([*(words or plain), function.id])
    return _identifier(_words(node))


def _words(node: ast.AST) -> list[str]:
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.Call():
            return _words_of_call(node)
        case ast.Subscript(value=owner, slice=part):
            return _by_last([*_words(owner), *_words(part)])
        case ast.Attribute(value=owner, attr=name):
            return [*_words(owner), name]
        case ast.Compare(left=left, comparators=[right]):
            return [*_words(left), "vs", *_words(right)]
        case ast.BinOp(left=left, right=right):
            return [*_operand(left), *_operand(right)]
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return [word for part in parts for word in _words(part)]
    return _words(node.operand) if isinstance(node, ast.UnaryOp) else []


def _operand(node: ast.expr) -> list[str]:
    return [node.id] if isinstance(node, ast.Name) else _words(node)


def _words_of_call(node: ast.Call) -> list[str]:
    match node:
        case ast.Call(func=ast.Attribute(value=owner, attr="groupby"), args=[by, *_]):
            return [*_words(owner), "by", *_words(by)]
        case ast.Call(func=ast.Attribute(value=ast.Name(), attr="col"), args=columns):
            return [word for column in columns for word in _words(column)]
        case ast.Call(func=ast.Attribute(value=owner, attr=method)):
            return _by_last([*_words(owner), method])
    return _words(node.func)


def _by_last(words: list[str]) -> list[str]:
    """`by job income mean` reads better as `income mean by job`."""
    if "by" not in words:
        return words
    at = words.index("by")
    before, by, after = words[:at], words[at : at + 2], words[at + 2 :]
    return [*before, *after, *by]


def _identifier(words: Sequence[str]) -> str:
    latin = unicodedata.normalize("NFKD", "_".join(words).replace("ß", "ss"))
    plain = latin.encode("ascii", "ignore").decode()
    text = re.sub(r"\W+", "_", plain).strip("_")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()[:_LONGEST_NAME].strip("_")
    if not snake or snake[0].isdigit():
        snake = f"value_{snake}".strip("_")
    return f"{snake}_" if keyword.iskeyword(snake) else snake
