"""Rewrite calls: those that the rules know by their name, and all others part by part."""

from __future__ import annotations

import ast
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from .context import Call
from .names import reads
from .program import reads_tainted
from .records import Event
from .refusal import refuse
from .rules import (
    DUMMIES,
    TRANSFORM_FOR,
    cut_refusal,
    is_cut,
    not_rowwise,
    not_while_scoring,
)
from .spans import Edit, Span, span_of

if TYPE_CHECKING:
    from .rewrite import Rewriter

__all__ = ["rewrite_by_rule", "rewrite_call"]


def rewrite_call(rewriter: Rewriter, node: ast.Call) -> None:
    callee = rewriter.callee(node)
    if why := not_rowwise(callee) or not_while_scoring(callee):
        raise refuse(node, rewriter.cell, *why)
    if is_cut(callee) and _counts_bins(rewriter, node):
        raise refuse(node, rewriter.cell, *cut_refusal())
    outer = rewriter.makes_rows
    rewriter.makes_rows = {event.kind for event in rewriter.events(node)} == {"rows"}
    for argument in [*node.args, *(each.value for each in node.keywords)]:
        rewriter.expression(argument)
    rewriter.makes_rows = outer
    if isinstance(node.func, ast.Name) and node.func.id in rewriter.context.program.functions:
        _notebook_function(rewriter, node, node.func.id)
    elif isinstance(node.func, ast.Name):
        rewriter.reads.add(node.func.id)
    elif isinstance(node.func, ast.Attribute):
        rewriter.expression(node.func.value)
    else:
        rewriter.expression(node.func)


def _counts_bins(rewriter: Rewriter, node: ast.Call) -> bool:
    bins = [*node.args[1:2], *(each.value for each in node.keywords if each.arg == "bins")]
    values = [part.value for part in bins if isinstance(part, ast.Constant)]
    values += [event.value for part in bins for event in rewriter.events(part)]
    return any(isinstance(value, int) for value in values)


def _notebook_function(rewriter: Rewriter, node: ast.Call, name: str) -> None:
    rewriter.reads.add(name)
    tainted = _tainted_parameters(rewriter, node, name)
    if rewriter.context.on_call(Call(name, rewriter.statement, tainted)):
        rewriter.passes_frozen = True
        comma = ", " if node.args or node.keywords else ""
        rewriter.insert_argument(node, f"{comma}frozen=frozen")


def _tainted_parameters(rewriter: Rewriter, node: ast.Call, name: str) -> frozenset[str]:
    program = rewriter.context.program
    arguments = program.functions[name].node.args
    positional = [each.arg for each in [*arguments.posonlyargs, *arguments.args]]
    starred = any(isinstance(each, ast.Starred) for each in node.args)
    if starred or any(each.arg is None for each in node.keywords):
        return frozenset([*positional, *(each.arg for each in arguments.kwonlyargs)])
    given = [*zip(positional, node.args, strict=False)]
    named = [(each.arg, each.value) for each in node.keywords if each.arg]
    return frozenset(
        parameter
        for parameter, value in [*given, *named]
        if reads_tainted(value, rewriter.tainted, program.functions)
        and not reads(value) & rewriter.row_names
    )


def rewrite_by_rule(rewriter: Rewriter, node: ast.Call) -> bool:
    """Rewrite a call that the tables know; False if they don't."""
    span = span_of(node, rewriter.cell)
    callee = rewriter.callee(node)
    method = callee.rpartition(".")[2]
    if method == "astype":
        return _astype(rewriter, node, span)
    if callee in DUMMIES:
        return _dummies(rewriter, node, span)
    if method in TRANSFORM_FOR:
        return _transform(rewriter, node, span, method)
    if method == "drop" and callee.startswith("pandas."):
        return _drop(rewriter, node)
    return False


def _dummies(rewriter: Rewriter, node: ast.Call, span: Span) -> bool:
    known = rewriter.context.tracer.watch.categories.get(span, [])
    events = [
        event._replace(value=_without(event.value, rewriter.context.target))
        for event in known
        if event.statement == rewriter.statement
    ]
    if not events or not node.args or isinstance(node.args[0], ast.Starred):
        return False
    data, *others = [*node.args, *(each.value for each in node.keywords)]
    of_series = isinstance(events[0].value, list)
    frame = next((part.id for part in ast.walk(data) if isinstance(part, ast.Name)), "frame")
    named = rewriter.context.freezer.name_for(data, "categories")
    text = rewriter.frozen_text(node, events, named if of_series else f"{frame.lower()}_categories")
    place = span_of(data, rewriter.cell)
    start, end = (place.line, place.column), (place.end_line, place.end_column)
    rewriter.edits.append(Edit(start, start, "with_categories("))
    rewriter.edits.append(Edit(end, end, f", {text})"))
    rewriter.helpers.add("with_categories")
    rewriter.notes.append("one column per category of the training rows, whatever a request holds")
    rewriter.as_written(node.func)
    for part in [data, *others]:
        rewriter.expression(part)
    if of_series and not any(each.arg == "prefix" for each in node.keywords):
        _name_columns(rewriter, node, span)
    return True


def _without(categories: Any, target: Collection[str]) -> Any:
    """Categories by column but for the target's, which no request brings."""
    if not isinstance(categories, dict):
        return categories
    return {name: levels for name, levels in categories.items() if str(name) not in target}


def _name_columns(rewriter: Rewriter, node: ast.Call, span: Span) -> None:
    """Of a categorical series pandas makes categorical column names, of texts plain ones."""
    noted = rewriter.context.tracer.watch.columns.get(span, [])
    events = [event for event in noted if event.statement == rewriter.statement]
    text = rewriter.frozen_text(
        node, events, rewriter.context.freezer.name_for(node.args[0], "columns")
    )
    end = (span.end_line, span.end_column)
    rewriter.edits.append(Edit(end, end, f".set_axis({text}, axis=1)"))


def _astype(rewriter: Rewriter, node: ast.Call, span: Span) -> bool:
    """`x.astype("category")` -> `with_categories(x, frozen.x_categories)`."""
    known = rewriter.context.tracer.watch.categories.get(span, [])
    events = [event for event in known if event.statement == rewriter.statement]
    if not events or not isinstance(node.func, ast.Attribute):
        return False
    data = node.func.value
    text = rewriter.frozen_text(data, events, rewriter.context.freezer.name_for(data, "categories"))
    start = span_of(data, rewriter.cell)
    rewriter.edits.append(Edit(start[1:3], start[1:3], "with_categories("))
    rewriter.edits.append(Edit(start[3:], span[3:], f", {text})"))
    rewriter.helpers.add("with_categories")
    rewriter.notes.append("the categories of the training rows, whatever a request holds")
    rewriter.expression(data)
    return True


def _transform(rewriter: Rewriter, node: ast.Call, span: Span, method: str) -> bool:
    fits = [
        call
        for call in rewriter.context.tracer.watch.calls
        if call.span == span and call.statement == rewriter.statement
    ]
    if not fits or not isinstance(node.func, ast.Attribute) or not node.args:
        return False
    wanted = TRANSFORM_FOR[method]
    fitted = rewriter.context.tracer.watch.estimators.at(fits[-1].state)
    if not hasattr(fitted, wanted):
        kind = type(fitted).__name__
        raise refuse(
            node,
            rewriter.cell,
            f"{kind} can't be applied to rows that it was not fitted on",
            f"Use an estimator that has `{wanted}`.",
        )
    events = [Event(fit.statement, fit.key, "estimator", fit.state) for fit in fits]
    receiver, data = node.func.value, node.args[0]
    text = rewriter.frozen_text(receiver, events)
    rewriter.replace(span_of(node.func, rewriter.cell), f"{text}.{wanted}")
    if len(node.args) > 1 or node.keywords:
        end = span_of(data, rewriter.cell)[3:]
        rewriter.edits.append(Edit(end, (span.end_line, span.end_column - 1), ""))
    rewriter.notes.append(f"{method} fitted on the training rows; scoring only applies it")
    rewriter.expression(data)
    return True


def _drop(rewriter: Rewriter, node: ast.Call) -> bool:
    """Columns that scoring does not ask for may be absent: the target above all."""
    options = {each.arg for each in node.keywords}
    named = {
        part.value
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and isinstance(part.value, str)
    }
    optional = named & {*rewriter.context.raw_columns, *rewriter.context.target}
    if optional and "errors" not in options and "index" not in options:
        rewriter.insert_argument(node, ', errors="ignore"')
        rewriter.notes.append(f"a request need not hold {', '.join(sorted(optional))}")
    rewrite_call(rewriter, node)
    return True
