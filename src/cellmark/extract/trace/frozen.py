"""Freezer: gives row-free values readable names and keeps them for scoring."""

from __future__ import annotations

import ast
import pickle
from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..refusal import refuse
from ..text.naming import readable_name
from ..values.kinds import is_estimator, length_of
from ..values.local import is_own
from .records import EstimatorState, Event

__all__ = ["Freezer", "Frozen", "summary_of"]

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
        *,
        of_group: bool = False,
    ) -> str:
        """The Python text that stands for the value of `node` in a scoring step.

        Args: `loops` are variables that tell events apart, with their values in the events' keys;
        `of_group` says that the last is a group, of which scoring may not know one.

        Raises:
            Refusal: if the value differs between evaluations in a way that no loop variable tells.
        """
        value, by = _by_loop(node, cell, events, loops, of_group=of_group)
        _check_freezable(node, cell, value)
        wanted = name or readable_name(node)
        if by and "," not in by:
            wanted = f"{wanted}_by_{'group' if of_group else by.rpartition('.')[2]}"
        kept = self.keep(wanted, value, node, cell)
        if of_group:
            return f'frozen.{kept}.get({by}, float("nan"))'
        return f"frozen.{kept}[{by}]" if by else f"frozen.{kept}"

    @staticmethod
    def name_for(node: ast.expr, suffix: str) -> str:
        """A readable name for something of an expression's, like its `categories`."""
        return f"{readable_name(node)}_{suffix}"

    def keep(self, wanted: str, value: Any, node: ast.expr, cell: int) -> str:
        """Keep a value under the name `wanted`, or that name with a number; returns the name."""
        origin = ast.unparse(node)
        if isinstance(value, EstimatorState):  # one estimator, whatever a function calls it
            for kept in self.values.values():
                if isinstance(kept.value, EstimatorState) and kept.value == value:
                    return kept.name
        name, suffix = wanted, 2
        while name in self.values or name in self._taken:
            known = self.values.get(name)
            if known is not None and known.origin == origin and _same(known.value, value):
                return name
            name, suffix = f"{wanted}_{suffix}", suffix + 1
        self.values[name] = Frozen(name, value, origin, cell, node.lineno)
        return name


def _by_loop(
    node: ast.expr, cell: int, events: Sequence[Event], loops: Sequence[str], *, of_group: bool
) -> tuple[Any, str]:
    """The one value of all events, or a dict by the value of a loop variable and its name."""
    if of_group and (table := _table([(event.key[-1], event.value) for event in events])):
        return table, loops[-1]
    first = events[0].value
    if not of_group and all(_same(event.value, first) for event in events):
        return first, ""
    for at, variable in enumerate(loops):
        table = _table([(event.key[at], event.value) for event in events if len(event.key) > at])
        if table is not None and len(table) > 1:
            return table, variable
    table = _table([(event.key, event.value) for event in events])
    if table is not None and len(loops) > 1 and not of_group:
        return table, ", ".join(loops)
    raise refuse(
        node,
        cell,
        f"has {len(events)} different values from the training rows",
        "Compute it once, in a statement of its own, or in a loop over column names; give it to "
        "a function as an argument.",
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
    if is_own(type(one)) and hasattr(one, "__dict__"):
        return _same(vars(one), vars(other))
    try:
        return pickle.dumps(one) == pickle.dumps(other)
    except (pickle.PicklingError, TypeError, AttributeError):
        return False


def _check_freezable(node: ast.expr, cell: int, value: Any) -> None:
    if isinstance(value, np.ndarray) and value.dtype == object and value.ndim > 1:
        raise refuse(node, cell, "is an array of Python objects, which can't be kept safely")


def summary_of(value: Any) -> str:
    """One line that says what a frozen value is, for people."""
    if is_estimator(value) or is_own(type(value)):
        return type(value).__name__
    if isinstance(value, dict) and any(is_estimator(part) for part in value.values()):
        return f"{len(value)} fitted estimators"
    if length_of(value) is not None:
        return f"{type(value).__name__} of {' x '.join(map(str, value.shape))}"
    text = " ".join(repr(_plain(value)).split())  # a table in a dict has lines of its own
    if len(text) <= _LONGEST_SUMMARY:
        return text
    kept = text[: _LONGEST_SUMMARY - 3]
    whole, space, _ = kept.rpartition(" ")
    return f"{whole or kept}{space}..."


def _plain(value: Any) -> Any:
    """Numbers as people write them: 1397.475, not np.float64(1397.475)."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return value
