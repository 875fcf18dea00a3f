"""Rewrite calls: those that the rules know by their name, and all others part by part."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pandas as pd

from ..refusal import refuse
from ..text.names import named_in_text, reads
from ..text.spans import Edit, Span, span_of
from ..trace.polars_rules import not_rowwise_in_polars
from ..trace.program import is_lambda, reads_tainted
from ..trace.records import Event
from ..trace.rules import TRANSFORM_FOR, not_rowwise, not_while_scoring
from ..trace.sites import parameters_of
from ..trace.stacking import stacks
from .batchwise import rewrite_learnt
from .context import Call
from .polars_calls import rewrite_polars
from .rewriter import Rewriter
from .stacked import rewrite_stacked

__all__ = ["rewrite_by_rule", "rewrite_call"]


def rewrite_call(rewriter: Rewriter, node: ast.Call) -> None:
    callee = rewriter.callee(node)
    why = not_rowwise(callee) or not_rowwise_in_polars(callee) or not_while_scoring(callee)
    if why and not (callee.endswith("GroupBy.transform") and _own_function(rewriter, node)):
        raise refuse(node, rewriter.cell, *why)
    outer = rewriter.makes_rows
    rewriter.makes_rows = {event.kind for event in rewriter.events(node)} == {"rows"}
    for argument in [*node.args, *(each.value for each in node.keywords)]:
        if not _calls_back(rewriter, argument):
            rewriter.expression(argument)
    rewriter.makes_rows = outer
    rewriter.reads |= {*named_in_text(node)}
    if isinstance(node.func, ast.Name) and node.func.id in rewriter.context.program.functions:
        _notebook_function(rewriter, node, node.func.id)
    elif isinstance(node.func, ast.Name):
        rewriter.reads.add(node.func.id)
    elif isinstance(node.func, ast.Attribute):
        rewriter.expression(node.func.value)
    else:
        rewriter.expression(node.func)


def _own_function(rewriter: Rewriter, node: ast.Call) -> bool:
    """Whether a function of the notebook's is called back, so that its work on groups is known."""
    given = [*node.args, *(each.value for each in node.keywords)]
    return any(
        rewriter.works_on_rows(each)
        if isinstance(each, ast.Lambda)
        else isinstance(each, ast.Name) and _is_given_rows(rewriter, each.id)
        for each in given
    )


def _is_given_rows(rewriter: Rewriter, name: str) -> bool:
    """Whether a library gave rows, not single values, to the notebook function `name`."""
    program, tracer = rewriter.context.program, rewriter.context.tracer
    function = program.functions.get(name)
    if function is None or not is_lambda(program, function):
        return any((at, name) in tracer.given_rows for at in rewriter.statements)
    parts = (part for part in ast.walk(function.node.body[0]) if isinstance(part, ast.expr))
    known = (tracer.events.get(span_of(part, function.cell.number), []) for part in parts)
    return any(event.statement in rewriter.statements for events in known for event in events)


def _notebook_function(rewriter: Rewriter, node: ast.Call, name: str) -> None:
    rewriter.reads.add(name)
    tainted = _tainted_parameters(rewriter, node, name)
    call = Call(name, rewriter.statements, tainted, rewriter.by_row)
    if rewriter.context.on_call(call):
        rewriter.passes_frozen = True
        comma = ", " if node.args or node.keywords else ""
        rewriter.insert_argument(node, f"{comma}frozen=frozen")


def _calls_back(rewriter: Rewriter, node: ast.expr) -> bool:
    """`frame.pipe(f)` -> `frame.pipe(partial(f, frozen=frozen))`, if `f` needs frozen values."""
    program = rewriter.context.program
    if not isinstance(node, ast.Name) or node.id not in program.functions:
        return False
    by_row = not _is_given_rows(rewriter, node.id)
    parameters = parameters_of(program.functions[node.id].node.args)[: not by_row]
    call = Call(node.id, rewriter.statements, frozenset(parameters), by_row)
    rewriter.reads.add(node.id)
    if rewriter.context.on_call(call):
        rewriter.passes_frozen = True
        rewriter.helpers.add("partial")
        rewriter.replace(span_of(node, rewriter.cell), f"partial({node.id}, frozen=frozen)")
    return True


def _tainted_parameters(rewriter: Rewriter, node: ast.Call, name: str) -> frozenset[str]:
    program = rewriter.context.program
    arguments = program.functions[name].node.args
    positional = parameters_of(arguments)
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
    if rewrite_polars(rewriter, node, callee, rewrite_call):
        return True
    if rewrite_learnt(rewriter, node):
        return True
    if stacks(callee) and rewrite_stacked(rewriter, node):
        rewriter.reads |= reads(node.func)
        return True
    if method in TRANSFORM_FOR:
        return _transform(rewriter, node, span, method)
    if method == "drop" and callee.startswith("pandas."):
        return _drop(rewriter, node)
    return False


def _transform(rewriter: Rewriter, node: ast.Call, span: Span, method: str) -> bool:
    fits = [
        call
        for call in rewriter.context.tracer.watch.calls
        if call.span == span and call.statement in rewriter.statements
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
    events = rewriter.told([Event(fit.statement, fit.key, "estimator", fit.state) for fit in fits])
    receiver, data = node.func.value, node.args[0]
    text = rewriter.frozen_text(receiver, events)
    rewriter.replace(span_of(node.func, rewriter.cell), f"{text}.{wanted}")
    if len(node.args) > 1 or node.keywords:
        end = span_of(data, rewriter.cell)[3:]
        rewriter.edits.append(Edit(end, (span.end_line, span.end_column - 1), ""))
    rewriter.notes.append(f"{method} fitted on the training rows; scoring only applies it")
    rewriter.expression(data)
    return True


def _texts_in(rewriter: Rewriter, node: ast.expr) -> Iterator[str]:
    """Texts in an argument: as written, or as what its variables stood for."""
    for part in ast.walk(node):
        values = [part.value] if isinstance(part, ast.Constant) else []
        if isinstance(part, ast.expr):
            values += [event.value for event in rewriter.events(part)]
        for value in values:
            held = [value] if isinstance(value, str) else value
            if isinstance(held, list | tuple | set | pd.Index):
                yield from (each for each in held if isinstance(each, str))


def _drop(rewriter: Rewriter, node: ast.Call) -> bool:
    """Columns that scoring does not ask for may be absent: the target above all."""
    options = {each.arg for each in node.keywords}
    given = [*node.args, *(each.value for each in node.keywords)]
    named = {name for each in given for name in _texts_in(rewriter, each)}
    optional = named & {*rewriter.context.raw_columns, *rewriter.context.target}
    if optional and "errors" not in options and "index" not in options:
        rewriter.insert_argument(node, ', errors="ignore"')
        rewriter.notes.append(f"a request need not hold {', '.join(sorted(optional))}")
    rewrite_call(rewriter, node)
    return True
