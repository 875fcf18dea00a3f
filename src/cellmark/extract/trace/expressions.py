"""polars expressions: what they sum up is seen only where a frame works them out.

`pl.col("age").mean()` is a recipe. In `df.with_columns(...)` it is a number of the training rows,
and a request would compute it of its own rows without a word. So every recipe is noted, and worked
out beside the author's own call on the same frame: one that gives one row is a sum, and is frozen.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from typing import Any, NamedTuple

from ..text.spans import Span
from .records import Event, Key

__all__ = ["OF_THE_GROUP", "Expressions", "Several", "is_expression", "watched"]

# A recipe of one row out of two is a sum, a recipe of two is not: told without the whole frame.
_FEW = 2
# What follows a statistic's name where a key of its groups has that name already.
OF_THE_GROUP = "of the group"


class _Recipe(NamedTuple):
    """`by` are the keys of groups where the expression is `column.over(*by)`."""

    span: Span
    statement: int
    key: Key
    expression: Any
    by: tuple[Any, ...] = ()


class Several(dict[str, Any]):
    """What an expression over several columns summed up, by column."""


def is_expression(value: object) -> bool:
    """Whether `value` is a polars expression."""
    return any(
        kind.__name__ == "Expr" and kind.__module__ == "polars.expr.expr"
        for kind in type(value).__mro__
    )


class Expressions:
    """`sums` are the numbers that expressions gave of the training rows, by place.

    `groups` are tables of what `over` gave of each group of them, one row a group, `categorical`
    says whether a frame that worked some out had categories that polars numbers.
    """

    def __init__(self) -> None:
        self.categorical = False
        self.sums: dict[Span, list[Event]] = {}
        self.groups: dict[Span, list[Event]] = {}
        self._open: list[_Recipe] = []

    def note(self, span: Span, statement: int, key: Key, expression: Any) -> None:
        """An expression was made; no frame has worked it out yet."""
        self._open.append(_Recipe(span, statement, key, expression))

    def over(
        self, function: Callable[..., Any], span: Span, statement: int, key: Key
    ) -> Callable[..., Any]:
        """The same as `function`, an expression's `over`; what it makes is noted."""

        def over(*arguments: Any, **options: Any) -> Any:
            expression = function(*arguments, **options)
            if arguments and not options:
                flat = [part for each in arguments for part in _parts(each)]
                self._open.append(_Recipe(span, statement, key, expression, tuple(flat)))
            return expression

        return over

    def worked_out(self, frame: Any, statement: int, *, of_rows: bool) -> None:
        """A frame is about to work out what was made last; `of_rows` if its rows are the input's.

        What was made for another frame in the statement is forgotten; what was put into a variable
        waits for the first frame that can work it out.
        """
        self.categorical |= any(str(dtype) == "Categorical" for dtype in frame.dtypes)
        left = []
        for recipe in self._open:
            if not of_rows:
                left += [] if recipe.statement == statement else [recipe]
                continue
            try:
                work_out = self._group if recipe.by else self._sum
                work_out(recipe, frame)
            except Exception:  # noqa: BLE001 - made for another frame
                left += [] if recipe.statement == statement else [recipe]
        self._open = left

    def _sum(self, recipe: _Recipe, frame: Any) -> None:
        if frame.head(_FEW).select(recipe.expression).height != 1 or _is_literal(recipe, frame):
            return
        whole = frame.select(recipe.expression)
        if whole.height == 1:
            row = dict(zip(whole.columns, whole.row(0), strict=True))
            value = Several(row) if len(row) > 1 else next(iter(row.values()))
            event = Event(recipe.statement, recipe.key, "aggregate", value)
            self.sums.setdefault(recipe.span, []).append(event)

    def _group(self, recipe: _Recipe, frame: Any) -> None:
        # The statistic may be named after a key: `pl.col("city").count().over("city")`.
        given = frame.select(recipe.expression).to_series()
        keys = frame.select(*recipe.by)
        named = given.name if given.name not in keys.columns else f"{given.name} {OF_THE_GROUP}"
        groups = keys.with_columns(given.alias(named)).unique(maintain_order=True)
        # One value a group is a statistic of it; a rank within it, say, is not.
        if len(groups) == len(groups.unique(subset=keys.columns)):
            event = Event(recipe.statement, recipe.key, "aggregate", groups)
            self.groups.setdefault(recipe.span, []).append(event)


def _parts(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list | tuple) else [value]


def _is_literal(recipe: _Recipe, frame: Any) -> bool:
    """Whether an expression reads no column and counts no rows."""
    meta = recipe.expression.meta
    if meta.root_names() or meta.has_multiple_outputs():
        return False
    one, other = (frame.head(rows).select(recipe.expression) for rows in (1, _FEW))
    return bool(one.equals(other))


def watched(
    expressions: Expressions, function: Callable[..., Any], statement: int, *, of_rows: bool
) -> Callable[..., Any]:
    """A frame's method that also works out, aside, what its arguments sum up."""

    @functools.wraps(function)
    def evaluate(*arguments: Any, **options: Any) -> Any:
        with contextlib.suppress(Exception):
            frame = function.__self__  # type: ignore[attr-defined]
            expressions.worked_out(frame, statement, of_rows=of_rows)
        return function(*arguments, **options)

    return evaluate
