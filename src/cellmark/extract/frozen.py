"""Freezer: gives row-free values readable names and keeps them for scoring."""

from __future__ import annotations

import ast
import keyword
import pickle
import re
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .kinds import is_estimator
from .refusal import refuse
from .tracer import Event

__all__ = ["Freezer", "Frozen", "summary_of"]

_LONGEST_NAME = 40
_LONGEST_SUMMARY = 60


class Frozen(NamedTuple):
    """A value kept for scoring. `origin` is the author's expression."""

    name: str
    value: Any
    origin: str
    cell: int
    line: int


class Freezer:
    """Collects frozen values; the same value of the same expression gets the same name."""

    def __init__(self, taken: frozenset[str]) -> None:
        self.values: dict[str, Frozen] = {}
        self._taken = taken

    def freeze(
        self,
        node: ast.expr,
        cell: int,
        events: Sequence[Event],
        loops: Sequence[str],
        name: str = "",
    ) -> str:
        """The Python text that stands for the value of `node` in a scoring step.

        Raises:
            Refusal: if the value differs between evaluations in a way that no loop variable tells.
        """
        value, by = _by_loop(node, cell, events, loops)
        _check_freezable(node, cell, value)
        wanted = name or _readable(node)
        if by and "," not in by:
            wanted = f"{wanted}_by_{by}"
        kept = self.keep(wanted, value, node, cell)
        return f"frozen.{kept}[{by}]" if by else f"frozen.{kept}"

    def keep(self, wanted: str, value: Any, node: ast.expr, cell: int) -> str:
        """Keep a value under the name `wanted`, or that name with a number; returns the name."""
        origin = ast.unparse(node)
        name, suffix = wanted, 2
        while name in self.values or name in self._taken:
            known = self.values.get(name)
            if known is not None and known.origin == origin and _same(known.value, value):
                return name
            name, suffix = f"{wanted}_{suffix}", suffix + 1
        self.values[name] = Frozen(name, value, origin, cell, node.lineno)
        return name


def _by_loop(
    node: ast.expr, cell: int, events: Sequence[Event], loops: Sequence[str]
) -> tuple[Any, str]:
    """The one value of all events, or a dict by the value of a loop variable and its name."""
    first = events[0].value
    if all(_same(event.value, first) for event in events):
        return first, ""
    for at, variable in enumerate(loops):
        table = _table([(event.key[at], event.value) for event in events if len(event.key) > at])
        if table is not None and len(table) > 1:
            return table, variable
    table = _table([(event.key, event.value) for event in events])
    if table is not None and loops:
        return table, ", ".join(loops)
    raise refuse(
        node,
        cell,
        f"has {len(events)} different values from the training rows",
        "Compute it once, in a statement of its own, or in a loop over column names.",
    )


def _table(pairs: Sequence[tuple[Hashable, Any]]) -> dict[Hashable, Any] | None:
    table: dict[Hashable, Any] = {}
    for key, value in pairs:
        if key in table and not _same(table[key], value):
            return None
        table[key] = value
    return table


def _same(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if is_estimator(one):
        return False
    try:
        return pickle.dumps(one) == pickle.dumps(other)
    except (pickle.PicklingError, TypeError, AttributeError):
        return False


def _check_freezable(node: ast.expr, cell: int, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim > 1:
        raise refuse(node, cell, "is an array of Python objects, which can't be kept safely")
    if isinstance(value, pd.DataFrame) and isinstance(value.index, pd.RangeIndex) and len(value) > 1:
        raise refuse(
            node,
            cell,
            f"is a table of {len(value)} rows cut from the training rows",
            "Keep all rows on the way to the model, and select training rows in the train cell.",
        )


def _readable(node: ast.expr) -> str:
    """A name from the words of an expression: columns first, then what is computed of them."""
    match node:
        case ast.Name():
            return _identifier([node.id])
        case ast.Call(func=ast.Name() as function):
            words = [word for argument in node.args for word in _words(argument)]
            return _identifier([*words, function.id])
    return _identifier(_words(node))


def _words(node: ast.AST) -> list[str]:
    match node:
        case ast.Constant(value=str() as text):
            return [text]
        case ast.Call(func=ast.Attribute(value=owner, attr="groupby"), args=[by, *_]):
            return [*_words(owner), "by", *_words(by)]
        case ast.Call(func=ast.Attribute(value=owner, attr=method)):
            return _by_last([*_words(owner), method])
        case ast.Call(func=function):
            return _words(function)
        case ast.Subscript(value=owner, slice=part):
            return _by_last([*_words(owner), *_words(part)])
        case ast.Attribute(value=owner, attr=name):
            return [*_words(owner), name]
        case ast.Compare(left=left, comparators=[right]):
            return [*_words(left), "vs", *_words(right)]
        case ast.BinOp(left=left, right=right):
            return [*_words(left), *_words(right)]
        case ast.UnaryOp(operand=operand):
            return _words(operand)
        case ast.List() | ast.Tuple():
            return [word for element in node.elts for word in _words(element)]
    return []


def _by_last(words: list[str]) -> list[str]:
    """`by job income mean` reads better as `income mean by job`."""
    if "by" not in words:
        return words
    at = words.index("by")
    before, by, after = words[:at], words[at : at + 2], words[at + 2 :]
    return [*before, *after, *by]


def _identifier(words: Sequence[str]) -> str:
    text = re.sub(r"\W+", "_", "_".join(words), flags=re.ASCII).strip("_")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text).lower()[:_LONGEST_NAME].strip("_")
    if not snake or snake[0].isdigit():
        snake = f"value_{snake}".strip("_")
    return f"{snake}_" if keyword.iskeyword(snake) else snake


def summary_of(value: Any) -> str:
    """One line that says what a frozen value is, for people."""
    if is_estimator(value):
        return type(value).__name__
    if isinstance(value, dict) and any(is_estimator(part) for part in value.values()):
        return f"{len(value)} fitted estimators"
    if isinstance(value, pd.Series | pd.Index | pd.DataFrame | np.ndarray):
        return f"{type(value).__name__} of {' x '.join(map(str, value.shape))}"
    text = repr(value)
    return text if len(text) <= _LONGEST_SUMMARY else f"{text[: _LONGEST_SUMMARY - 3]}..."
