"""Rewrite `pd.concat([train, test])`: a request's rows are of one of the frames."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..refusal import refuse
from ..text.spans import Edit, span_of
from ..trace.stacking import ALONG_ROWS

if TYPE_CHECKING:
    from .rewriter import Rewriter

__all__ = ["rewrite_stacked"]


def rewrite_stacked(rewriter: Rewriter, node: ast.Call) -> bool:
    """`pd.concat([train, test])` -> `pd.concat([test])`; False where it stacks no rows.

    Of several parts that follow the request's rows each is all of them: the last is taken, and
    the proof shows whether the others are alike.
    """
    options = {each.arg: each.value for each in node.keywords}
    given = node.args[0] if node.args else options.get("objs")
    axis = node.args[1] if len(node.args) > 1 else options.get("axis", ast.Constant(0))
    if not isinstance(given, ast.List | ast.Tuple) or getattr(axis, "value", "") not in ALONG_ROWS:
        return False
    line = rewriter.context.program.lines[rewriter.statement]
    rows = [part for part in given.elts if _is_rows(rewriter, part)]
    if len(given.elts) < 2 or len(rows) != len(given.elts):
        return False
    own = [part for part in rows if not _names(part) & line.tables]
    if "keys" in options:
        raise refuse(
            node,
            rewriter.cell,
            "numbers the frames that it puts one below the other",
            "Give each a column that tells them apart, `test['is_train'] = 0`, and select by it.",
        )
    kept = (own or rows)[-1]
    whole, part = span_of(given, rewriter.cell), span_of(kept, rewriter.cell)
    rewriter.edits.append(Edit(whole[1:3], part[1:3], "["))
    rewriter.edits.append(Edit(part[3:], whole[3:], "]"))
    rewriter.notes.append("rows of the frames that are put below each other; a request has one's")
    rewriter.expression(kept)
    if not line.tables and len(rewriter.context.tracer.sources) > 1:
        # Which frame is the request's is not known yet: all that may be are to be reached.
        rewriter.reads |= _names(given)
    return True


def _names(node: ast.AST) -> frozenset[str]:
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name))


def _is_rows(rewriter: Rewriter, part: ast.expr) -> bool:
    line = rewriter.context.program.lines[rewriter.statement]
    kinds = {event.kind for event in rewriter.events(part)}
    return bool(kinds & {"rows", "filtered"}) or bool(_names(part) & line.tables)
