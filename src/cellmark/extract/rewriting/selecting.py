"""Rewrite what selects rows: scoring keeps every row, or refuses the ones the author left out."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..refusal import Refusal, refuse
from ..text.spans import Edit, span_of
from ..trace.left_out import Fate
from ..trace.rules import CUT_FIX
from ..trace.selections import Sort
from .chosen import Chosen
from .rewriter import Rewriter

__all__ = ["rewrite_selection", "selection_at"]

_Pieces = Sequence[str | ast.expr]
# Methods of polars that choose rows otherwise than the rules know -> (reason, fix)
_UNCLEAR = {
    "drop_nans": (
        "leaves out rows by NaN, and keeps those that lack a value",
        "Say so by a condition: `df.filter(~pl.col('x').is_nan().fill_null(False))`.",
    ),
    "explode": (
        "makes several rows of one, and an answer has one for each row of the request",
        "Explode in the data cell, in the statement that reads the table.",
    ),
    "remove": (
        "leaves out rows for which a condition holds, and keeps those that lack the value",
        "Keep rows by a condition: `df.filter(~(pl.col('x') > 3).fill_null(False))`.",
    ),
}


def selection_at(rewriter: Rewriter, node: ast.expr) -> Sort:
    """How `node` selected rows when the notebook ran; empty if it did not."""
    known = rewriter.context.tracer.watch.selections.by_span.get(span_of(node, rewriter.cell), [])
    return next((each.sort for each in known if each.statement in rewriter.statements), "")


def rewrite_selection(rewriter: Rewriter, node: ast.expr, sort: Sort) -> None:
    """Write `node` so that every row passes, or one that the author leaves out is refused.

    Raises: Refusal for a condition that a request can't be judged by.
    """
    if sort == "unclear":
        raise _refused(rewriter, node)
    chosen = Chosen(rewriter, node, sort)
    if chosen.by_place():
        _pass(
            chosen, f"{chosen.named()} selects or orders rows to train on; scoring takes every row"
        )
        return
    absent = chosen.about_target()
    if absent == "only":
        _pass(chosen, f"{chosen.named()} concerns the target alone, which no request holds")
    elif rewriter.context.policies.filtered_row == "score":
        note = f"rows that {chosen.named()} leaves out are scored as they are"
        _pass(chosen, f"{note} (policy filtered_row=score)", "scored")
    elif absent:
        names = ", ".join(sorted(rewriter.context.target))
        raise refuse(
            node,
            rewriter.cell,
            f"leaves out rows by the target {names}, which no request holds",
            "State the policy filtered_row=score, or leave the target out of the condition.",
        )
    else:
        _reject(chosen)


def _refused(rewriter: Rewriter, node: ast.expr) -> Refusal:
    method = node.func.attr if isinstance(node, ast.Call) and hasattr(node.func, "attr") else ""
    reason = "leaves out rows, and a scored batch never shrinks silently"
    return refuse(node, rewriter.cell, *_UNCLEAR.get(method, (reason, CUT_FIX)))


def _pass(chosen: Chosen, note: str, fate: Fate = "passed") -> None:
    """Every row passes: what is left is the base, and the columns that were taken of it."""
    rewriter, base, columns = chosen.rewriter, chosen.base, chosen.columns
    rewriter.selected[span_of(chosen.node, rewriter.cell)] = fate
    whole = chosen.node is rewriter.whole and isinstance(base, ast.Name)
    rewriter.gone = whole and columns is None and base.id == rewriter.replaces  # type: ignore[attr-defined]
    before, after = chosen.before_base, chosen.after_base
    # A comment in a chain of methods goes on to the end of its line.
    after = after if "#" in after else after.rstrip()
    if columns is not None:
        pieces: _Pieces = [before, base, f"{after}{chosen.indexer}[:, ", *_columns(chosen), "]"]
    elif whole:
        pieces = [before, base, f"{after}.{'clone' if chosen.polars else 'copy'}()"]
    else:
        pieces = [before, base, after]
    _respell(chosen, pieces)
    rewriter.notes.append(note)


def _columns(chosen: Chosen) -> _Pieces:
    """The columns taken along with the rows, without the target, which no request holds."""
    columns, target = chosen.columns, chosen.rewriter.context.target
    assert columns is not None
    if not isinstance(columns, ast.List):
        return [columns]
    left = [
        part
        for part in columns.elts
        if not (isinstance(part, ast.Constant) and str(part.value) in target)
    ]
    return [columns] if len(left) == len(columns.elts) else [ast.unparse(ast.List(left))]


def _reject(chosen: Chosen) -> None:
    rewriter = chosen.rewriter
    rewriter.selected[span_of(chosen.node, rewriter.cell)] = "refused"
    if chosen.completes:
        helper, pieces, said = _complete(chosen)
    else:
        helper, pieces, said = _conditional(chosen)
    rewriter.helpers.add(helper)
    _respell(chosen, pieces)
    rewriter.notes.append(f"rows {said} (policy filtered_row=reject)")


def _complete(chosen: Chosen) -> tuple[str, _Pieces, str]:
    """`x.dropna(subset=["a"])` -> `keep_complete(x, subset=["a"])`."""
    assert isinstance(chosen.node, ast.Call)
    options: list[str | ast.expr] = []
    if chosen.node.args and chosen.polars:
        options = _subset(chosen, chosen.node.args[0])
    for option in chosen.node.keywords:
        if option.arg == "thresh" and chosen.key is None:
            options.append(f", at_most={_may_lack(chosen, option.value)}")
        elif option.arg in {"how", "thresh"}:
            options += [f", {option.arg}=", option.value]
        elif option.arg == "subset":
            options += _subset(chosen, option.value)
    which = f" in {_listed(chosen.wanted())}" if chosen.key is not None else ""
    said = f"with missing values{which} are rejected"
    return "keep_complete", _around(chosen, "keep_complete", options), said


def _subset(chosen: Chosen, value: ast.expr) -> list[str | ast.expr]:
    wanted = chosen.wanted()
    whole = len(wanted) == len(chosen.parts())
    return [", subset=", value] if whole else [f", subset={_listed(wanted)}"]


def _may_lack(chosen: Chosen, thresh: ast.expr) -> int:
    """How many values a row may lack: a request holds fewer columns than the notebook's table."""
    rewriter = chosen.rewriter
    selections = rewriter.context.tracer.watch.selections.by_span
    width = selections[span_of(chosen.node, rewriter.cell)][0].width
    values = {event.value for event in rewriter.events(thresh)}
    values |= {thresh.value} if isinstance(thresh, ast.Constant) else set()
    if len(values) != 1:
        fix = "Give thresh as a number, or name the columns with subset."
        raise refuse(chosen.node, rewriter.cell, "its thresh is not one number", fix)
    return width - int(values.pop())


def _listed(parts: Sequence[ast.expr]) -> str:
    names = [ast.unparse(part) for part in parts]
    one_name = len(parts) == 1 and not isinstance(parts[0], ast.Constant)
    return names[0] if one_name else f"[{', '.join(names)}]"


def _conditional(chosen: Chosen) -> tuple[str, _Pieces, str]:
    """`x[mask]` -> `keep_rows(x, mask, "mask")`."""
    wanted = chosen.wanted()
    condition, said = _condition(chosen, wanted)
    text = repr(said)
    pieces = [*_around(chosen, "keep_rows", [", ", *condition, f", {text}"])]
    if chosen.columns is not None:
        pieces = [*pieces[:-1], f"){chosen.indexer}[:, ", *_columns(chosen), "]"]
    return "keep_rows", pieces, f"are rejected {_when(said)}"


def _when(said: str) -> str:
    negated = said.startswith("not (") and said.endswith(")")
    return f"if {said[5:-1]}" if negated else f"unless {said}"


def _condition(chosen: Chosen, wanted: Sequence[ast.expr]) -> tuple[_Pieces, str]:
    said = chosen.said(wanted)
    owner = chosen.base.id if isinstance(chosen.base, ast.Name) else ""
    if chosen.method == "query":
        said = _query_text(wanted[0])
        rows = owner or "rows"
        given = _query_names(chosen, wanted[0])
        ask: list[str | ast.expr] = [f"{rows}.eval(", wanted[0], f"{given})"]
        return (ask if owner else ["lambda rows: ", *ask]), said
    if chosen.by_labels is not None:
        return _labels(chosen, chosen.by_labels, owner)
    whole = len(wanted) == len(chosen.parts()) and not chosen.filters
    if whole and chosen.key is not None:
        return [chosen.key], said
    if len(wanted) == 1:
        return _spelt(chosen, wanted[0]), said
    joined: list[str | ast.expr] = []
    for part in wanted:
        joined += [" & (" if joined else "(", *_spelt(chosen, part), ")"]
    return joined, said


def _spelt(chosen: Chosen, part: ast.expr) -> list[str | ast.expr]:
    """A part of a condition; `city="Bern"` has no text of its own as one."""
    match part:
        case ast.Compare(
            left=ast.Call(func=ast.Attribute(attr="col"), args=[ast.Constant(value=name)]),
            comparators=[value],
        ) if chosen.filters and span_of(part.left, 0) == span_of(value, 0):
            return [f"pl.col({name!r}) == ", value]
    return [part]


def _labels(chosen: Chosen, labels: ast.expr, owner: str) -> tuple[_Pieces, str]:
    """The condition behind labels that rows are selected by."""
    drops = chosen.method == "drop"
    if drops:
        _check_alone(chosen)
    said = chosen.said([chosen.mask or labels])
    said = f"not ({said})" if drops else said
    if chosen.mask is not None:
        return (["~(", chosen.mask, ")"] if drops else [chosen.mask]), said
    opening = f"{'~' if drops else ''}{owner or 'rows'}.index.isin("
    return [opening if owner else f"lambda rows: {opening}", labels, ")"], said


def _check_alone(chosen: Chosen) -> None:
    """Columns are dropped in a statement of their own."""
    assert isinstance(chosen.node, ast.Call)
    if any(option.arg == "columns" for option in chosen.node.keywords):
        fix = "Drop the columns in a statement of their own."
        raise refuse(chosen.node, chosen.rewriter.cell, "drops rows and columns in one", fix)


def _query_text(node: ast.expr) -> str:
    return node.value if isinstance(node, ast.Constant) else ast.unparse(node)  # type: ignore[return-value]


def _query_names(chosen: Chosen, node: ast.expr) -> str:
    """The variables that the text of a query names with an @, as an argument of `eval`."""
    text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
    names = sorted(set(_at_names(text)))
    chosen.rewriter.reads |= set(names)
    pairs = ", ".join(f'"{name}": {name}' for name in names)
    return f", local_dict={{{pairs}}}" if names else ""


def _at_names(text: str) -> Iterator[str]:
    for part in text.split("@")[1:]:
        name = "".join(_leading_word(part))
        if name.isidentifier():
            yield name


def _leading_word(text: str) -> Iterator[str]:
    for letter in text:
        if not (letter.isalnum() or letter == "_"):
            return
        yield letter


def _around(chosen: Chosen, helper: str, arguments: _Pieces) -> _Pieces:
    """`helper(base, ...)`, or `base.pipe(helper, ...)` in a chain of methods."""
    methods = bool(chosen.method or chosen.indexer) and not chosen.is_series
    piped = methods and not isinstance(chosen.base, ast.Name)
    before, base, after = chosen.before_base, chosen.base, chosen.after_base
    if piped:
        return [before, base, f"{after}.pipe({helper}", *arguments, ")"]
    return [f"{helper}({before}", base, after, *arguments, ")"]


def _respell(chosen: Chosen, pieces: _Pieces) -> None:
    """Write `pieces` in place of a selection; parts of it among them, in order, keep their text."""
    rewriter = chosen.rewriter
    span = span_of(chosen.node, rewriter.cell)
    place, text = (span.line, span.column), ""
    for piece in pieces:
        if isinstance(piece, str):
            text += piece
            continue
        part = span_of(piece, rewriter.cell)
        rewriter.edits.append(Edit(place, (part.line, part.column), text))
        (rewriter.expression if piece is chosen.base else rewriter.condition)(piece)
        place, text = (part.end_line, part.end_column), ""
    rewriter.edits.append(Edit(place, (span.end_line, span.end_column), text))
