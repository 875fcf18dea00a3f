"""Rewrite polars calls that would be right for the training rows alone."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from ..refusal import refuse
from ..text.names import chain_root
from ..text.naming import readable_name
from ..text.spans import Edit, Span, span_of
from ..trace.polars_rules import CATEGORICAL, DUMMIES, EVALUATES

if TYPE_CHECKING:
    from .rewriter import Rewriter

__all__ = ["rewrite_polars"]

_COLUMNS = ("col", "get_column")


def rewrite_polars(
    rewriter: Rewriter,
    node: ast.Call,
    callee: str,
    calls: Callable[[Rewriter, ast.Call], None],
) -> bool:
    """Rewrite a call that is polars' own; False if nothing is to be done. `calls` does the rest."""
    if not callee.startswith("polars."):
        return False
    if _names_categorical(node):
        raise refuse(node, rewriter.cell, *CATEGORICAL)
    numbered = (
        callee.endswith(".to_physical") and rewriter.context.tracer.watch.expressions.categorical
    )
    if numbered:
        raise refuse(node, rewriter.cell, *CATEGORICAL)
    if callee in DUMMIES:
        return _dummies(rewriter, node, span_of(node, rewriter.cell))
    if callee in EVALUATES:
        return _without_target(rewriter, node)
    if callee == "polars.dataframe.frame.DataFrame.drop":
        return _drop(rewriter, node, calls)
    return False


def _names_categorical(node: ast.Call) -> bool:
    """`pl.Categorical` among the arguments: codes in the order in which a process meets texts."""
    given = [*node.args, *(each.value for each in node.keywords)]
    words = [part for each in given for part in ast.walk(each)]
    return any(
        (isinstance(part, ast.Attribute) and part.attr == "Categorical")
        or (isinstance(part, ast.Name) and part.id == "Categorical")
        for part in words
    )


def _dummies(rewriter: Rewriter, node: ast.Call, span: Span) -> bool:
    """`df.to_dummies("city")` -> `with_dummies(df, frozen.df_dummies)`."""
    known = rewriter.context.tracer.watch.learnt.get(span, [])
    events = [event for event in known if event.statement in rewriter.statements]
    if not events or not isinstance(node.func, ast.Attribute):
        return False
    data = node.func.value
    whole = next((part.id for part in ast.walk(data) if isinstance(part, ast.Name)), "frame")
    name = whole.lower() if isinstance(data, ast.Call) else readable_name(data)
    text = rewriter.frozen_text(data, events, f"{name}_dummies")
    start = span_of(data, rewriter.cell)
    rewriter.edits.append(Edit(start[1:3], start[1:3], "with_dummies("))
    rewriter.edits.append(Edit(start[3:], span[3:], f", {text})"))
    rewriter.helpers.add("with_dummies")
    rewriter.notes.append("one column per category of the training rows, whatever a request holds")
    rewriter.expression(data)
    return True


def _drop(rewriter: Rewriter, node: ast.Call, calls: Callable[[Rewriter, ast.Call], None]) -> bool:
    """Columns that scoring does not ask for may be absent: the target above all."""
    named = {part.value for part in ast.walk(node) if isinstance(part, ast.Constant)}
    optional = named & {*rewriter.context.raw_columns, *rewriter.context.target}
    if optional and not any(each.arg == "strict" for each in node.keywords):
        rewriter.insert_argument(node, ", strict=False")
        rewriter.notes.append(f"a request need not hold {', '.join(sorted(map(str, optional)))}")
    calls(rewriter, node)
    return True


def _without_target(rewriter: Rewriter, node: ast.Call) -> bool:
    """`df.with_columns(..., t=pl.col("bought") == "yes")`: what concerns the target alone goes.

    A list of columns is looked into.
    """
    several = node.args[0] if len(node.args) == 1 and not node.keywords else None
    parts: list[ast.expr | ast.keyword] = (
        [*several.elts]
        if isinstance(several, ast.List | ast.Tuple)
        else [*node.args, *node.keywords]
    )
    absent = [part for part in parts if _is_target(rewriter, part)]
    if not absent or not isinstance(node.func, ast.Attribute):
        return False
    left = [part for part in parts if part not in absent]
    owner = node.func.value
    if not left and callee_method(node) == "select":
        return False
    rewriter.expression(owner)
    said = ", ".join(sorted(str(name) for part in absent for name in _columns(rewriter, part)))
    rewriter.notes.append(f"a request does not hold {said}")
    if not left:
        call, place = span_of(node, rewriter.cell), span_of(owner, rewriter.cell)
        rewriter.edits.append(Edit(place[3:], call[3:], ""))
        return True
    for part in left:
        rewriter.expression(part.value if isinstance(part, ast.keyword) else part)
    rewriter.edits += _cut(parts, absent)
    return True


def callee_method(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else ""


def _is_target(rewriter: Rewriter, part: ast.expr | ast.keyword) -> bool:
    columns = _columns(rewriter, part)
    return bool(columns) and columns <= {*rewriter.context.target}


def _columns(rewriter: Rewriter, part: ast.expr | ast.keyword) -> set[str]:
    """Raw and target columns that an argument names, each by `pl.col` or as a text of its own."""
    value = part.value if isinstance(part, ast.keyword) else part
    known = {*rewriter.context.raw_columns, *rewriter.context.target}
    if isinstance(value, ast.Constant):
        return {str(value.value)} & known
    named = {
        str(word.value)
        for call in ast.walk(value)
        if isinstance(call, ast.Call) and callee_method(call) in _COLUMNS
        for word in ast.walk(call)
        if isinstance(word, ast.Constant)
    }
    taken = {
        str(each.slice.value)
        for each in ast.walk(value)
        if isinstance(each, ast.Subscript) and isinstance(each.slice, ast.Constant)
        if chain_root(each)
    }
    return (named | taken) & known


def _cut(parts: Sequence[ast.expr | ast.keyword], absent: Sequence[Any]) -> list[Edit]:
    """Edits that take arguments out, with the comma that follows or, at the end, goes before."""
    edits = []
    kept_before: tuple[int, int] | None = None
    for at, part in enumerate(parts):
        start, end = _ends(part)
        if part not in absent:
            kept_before = end
        elif any(each not in absent for each in parts[at + 1 :]):
            edits.append(Edit(start, _ends(parts[at + 1])[0], ""))
        elif kept_before is not None:
            edits.append(Edit(kept_before, end, ""))
            kept_before = end
    return edits


def _ends(part: ast.expr | ast.keyword) -> tuple[tuple[int, int], tuple[int, int]]:
    return (part.lineno, part.col_offset), (part.end_lineno or 0, part.end_col_offset or 0)
