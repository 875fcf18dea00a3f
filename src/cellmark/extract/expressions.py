"""polars expressions: what they sum up is seen only where a frame works them out.

`pl.col("age").mean()` is a recipe. In `df.with_columns(...)` it is a number of the training rows,
and a request would compute it of its own rows without a word. So every recipe is noted, and worked
out beside the author's own call on the same frame: one that gives one row is a sum, and is frozen.
"""

from __future__ import annotations

import ast
import contextlib
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from .polars_rules import FILL_STRATEGY, MANY_COLUMNS, fills_from_batch, not_rowwise_in_polars
from .records import Event, Key
from .refusal import refuse
from .spans import Span, span_of

if TYPE_CHECKING:
    from .rewrite import Rewriter

__all__ = ["Expressions", "freeze_sum", "holds_sums", "is_expression"]

# A recipe of one row out of two is a sum, a recipe of two is not: told without the whole frame.
_FEW = 2


class _Recipe(NamedTuple):
    span: Span
    statement: int
    key: Key
    expression: Any


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

    `categorical` says whether a frame that worked some out had categories that polars numbers.
    """

    def __init__(self) -> None:
        self.categorical = False
        self.sums: dict[Span, list[Event]] = {}
        self._open: list[_Recipe] = []

    def note(self, span: Span, statement: int, key: Key, expression: Any) -> None:
        """An expression was made; no frame has worked it out yet."""
        self._open.append(_Recipe(span, statement, key, expression))

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
                self._sum(recipe, frame)
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


# -- in scoring


def holds_sums(rewriter: Rewriter, node: ast.AST) -> bool:
    """Whether a part of `node` summed up the training rows, or looks at other rows than its own."""
    return any(
        _sums(rewriter, part) or (isinstance(part, ast.Call) and _why_not(rewriter, part))
        for part in ast.walk(node)
        if isinstance(part, ast.expr)
    )


def freeze_sum(rewriter: Rewriter, node: ast.expr) -> bool:
    """`pl.col("age").mean()` -> `pl.lit(frozen.age_mean)`; False where `node` sums up nothing.

    Raises: Refusal for an expression that looks at other rows than its own.
    """
    if isinstance(node, ast.Call) and (why := _why_not(rewriter, node)):
        raise refuse(node, rewriter.cell, *why)
    events = _sums(rewriter, node)
    if not events:
        return False
    if any(isinstance(event.value, Several) for event in events):
        raise refuse(node, rewriter.cell, *MANY_COLUMNS)
    text = rewriter.frozen_text(node, events)
    rewriter.replace(span_of(node, rewriter.cell), f"pl.lit({text})")
    return True


def _sums(rewriter: Rewriter, node: ast.expr) -> list[Event]:
    known = rewriter.context.tracer.watch.expressions.sums.get(span_of(node, rewriter.cell), [])
    return [event for event in known if event.statement in rewriter.statements]


def _why_not(rewriter: Rewriter, node: ast.Call) -> tuple[str, str] | None:
    callee = rewriter.callee(node)
    given = [*node.args, *(each.value for each in node.keywords)]
    constants = [each.value for each in given if isinstance(each, ast.Constant)]
    if fills_from_batch(callee, constants):
        return FILL_STRATEGY
    return not_rowwise_in_polars(callee) if callee.startswith("polars.expr.") else None
