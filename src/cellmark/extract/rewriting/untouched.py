"""Leave text as its author wrote it: where it may stay, and what is put in its place otherwise."""

from __future__ import annotations

import ast

from ..answer.frames import Prepared
from ..refusal import refuse
from ..text.names import reads
from ..text.spans import span_of
from ..trace.rules import READS_CLOCK, names_today, not_while_scoring
from .rewriter import Rewriter

__all__ = ["is_given", "leave_as_written"]


def leave_as_written(rewriter: Rewriter, node: ast.AST) -> None:
    """Leave `node` as it is; it may not read, draw or look at the clock."""
    for part in ast.walk(node):
        if isinstance(part, ast.Attribute) and part.attr == "environ":
            raise refuse(
                part,
                rewriter.cell,
                "reads the environment, which is another where the service runs",
                "Give the value in a parameters cell.",
            )
        if isinstance(part, ast.Call) and (why := _why_not(rewriter, part)):
            raise refuse(part, rewriter.cell, *why)
    rewriter.reads |= reads(node) - _look_up(rewriter, node) - _given_in(rewriter, node)


def is_given(rewriter: Rewriter, node: ast.expr) -> bool:
    """Write what is given for `node`, a model's own answer; False where nothing is."""
    given = rewriter.context.given.get(span_of(node, rewriter.cell))
    if given is not None:
        rewriter.edits.append(given)
    return given is not None


def _given_in(rewriter: Rewriter, node: ast.AST) -> frozenset[str]:
    """Write what is given for parts of `node`; returns the names that stand in these alone."""
    if isinstance(node, ast.expr) and is_given(rewriter, node):
        return reads(node)
    inside, outside = set[str](), set[str]()
    for child in ast.iter_child_nodes(node):
        given = _given_in(rewriter, child)
        inside |= given
        outside |= reads(child) - given
    return frozenset(inside - outside)


def _look_up(rewriter: Rewriter, node: ast.AST) -> frozenset[str]:
    """Let names of tables in `node` be frozen values; returns those names."""
    tables = rewriter.context.program.lines[rewriter.statement].tables & reads(node)
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id in tables:
            rewriter.replace(span_of(part, rewriter.cell), _table_text(rewriter, part))
    return tables


def _table_text(rewriter: Rewriter, node: ast.Name) -> str:
    value = Prepared(node.id, rewriter.statement)
    for line in reversed(rewriter.context.program.lines[: rewriter.statement]):
        if node.id in line.writes:
            value = Prepared(node.id, line.index + 1)
            break
    kept = rewriter.context.freezer.keep(node.id.lower(), value, node, rewriter.cell)
    rewriter.frozen[kept] = node.id
    return f"frozen.{kept}"


def _why_not(rewriter: Rewriter, node: ast.Call) -> tuple[str, str] | None:
    given = [part.value for part in node.args if isinstance(part, ast.Constant)]
    if names_today(rewriter.callee(node), given):
        return READS_CLOCK
    return not_while_scoring(rewriter.callee(node))
