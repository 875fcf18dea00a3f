"""What polars expressions summed up of the training rows, frozen in a rewritten statement."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..refusal import refuse
from ..text.naming import readable_name
from ..text.spans import Edit, span_of
from ..trace.expressions import OF_THE_GROUP, Several
from ..trace.polars_rules import (
    FILL_STRATEGY,
    MANY_COLUMNS,
    fills_from_batch,
    not_rowwise_in_polars,
)
from ..trace.records import Event

if TYPE_CHECKING:
    from .rewriter import Rewriter

__all__ = ["freeze_sum", "holds_sums"]


def holds_sums(rewriter: Rewriter, node: ast.AST) -> bool:
    """Whether a part of `node` summed up the training rows, or looks at other rows than its own."""
    return any(
        _sums(rewriter, part)
        or _groups(rewriter, part)
        or (isinstance(part, ast.Call) and _why_not(rewriter, part))
        for part in ast.walk(node)
        if isinstance(part, ast.expr)
    )


def freeze_sum(rewriter: Rewriter, node: ast.expr) -> bool:
    """`pl.col("age").mean()` -> `pl.lit(frozen.age_mean)`; False where `node` sums up nothing.

    Raises: Refusal for an expression that looks at other rows than its own.
    """
    if isinstance(node, ast.Call) and (groups := _groups(rewriter, node)):
        _freeze_groups(rewriter, node, groups)
        return True
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


def _freeze_groups(rewriter: Rewriter, node: ast.Call, groups: Sequence[Event]) -> None:
    """`pl.col("x").mean().over("k")` -> `over_groups(frozen.x_mean_by_k, "k")`."""
    assert isinstance(node.func, ast.Attribute)
    first, last = node.args[0], node.args[-1]
    inner, by = readable_name(node.func.value), readable_name(node.args[0])
    text = rewriter.frozen_text(node, groups, f"{inner}_by_{by}")
    whole, start, end = (span_of(each, rewriter.cell) for each in (node, first, last))
    opening = (whole.line, whole.column), (start.line, start.column)
    rewriter.edits.append(Edit(*opening, f"over_groups({text}, "))
    closing = (end.end_line, end.end_column), (whole.end_line, whole.end_column)
    named = _output_name(groups)
    rewriter.edits.append(Edit(*closing, f"){named}"))
    rewriter.helpers.add("over_groups")
    rewriter.notes.append("each group keeps its statistic of the training rows")
    for argument in node.args:
        rewriter.expression(argument)


def _output_name(groups: Sequence[Event]) -> str:
    """An alias where the statistic could not have the name of its column in the table."""
    names = {event.value.columns[-1] for event in groups}
    told = [name.removesuffix(f" {OF_THE_GROUP}") for name in names if name.endswith(OF_THE_GROUP)]
    return f".alias({told[0]!r})" if len(told) == len(names) == 1 else ""


def _groups(rewriter: Rewriter, node: ast.expr) -> list[Event]:
    known = rewriter.context.tracer.watch.expressions.groups.get(span_of(node, rewriter.cell), [])
    return [event for event in known if event.statement in rewriter.statements]


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
