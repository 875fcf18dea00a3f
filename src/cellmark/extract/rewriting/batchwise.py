"""Rewrite calls that learn from their rows, so that they use what the training rows taught them."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any

from ..text.naming import readable_name
from ..text.spans import Edit, span_of
from ..trace.learnt import Dummies
from ..trace.records import Event
from .layout import takes_columns
from .rewriter import Rewriter

__all__ = ["rewrite_learnt"]

_Lessons = list[Event]
_Rule = Callable[[Rewriter, ast.Call, _Lessons], bool]

_QCUT_PARAMETERS = ("x", "q", "labels", "retbins", "precision", "duplicates")
_KEPT = "the categories of the training rows, whatever a request holds"


def rewrite_learnt(rewriter: Rewriter, node: ast.Call) -> bool:
    """Rewrite a call that learnt something when the notebook ran; False if it did not."""
    known = rewriter.context.tracer.watch.learnt.get(span_of(node, rewriter.cell), [])
    lessons = rewriter.told([each for each in known if each.statement in rewriter.statements])
    # A table that sums up the rows is frozen whole.
    if not lessons or {event.kind for event in rewriter.events(node)} == {"aggregate"}:
        return False
    rule = _RULES[rewriter.callee(node).rpartition(".")[2]]
    return rule(rewriter, node, lessons)


def _dummies(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    data = _argument(node, 0, "data")
    if data is None:
        return False
    values = [event.value for event in lessons if isinstance(event.value, Dummies)]
    found = [_without(value.categories, rewriter.context.target) for value in values]
    of_series = isinstance(found[0], list)
    if not of_series and takes_columns(rewriter, node):
        found = [_with_others(rewriter, each) for each in found]
    wanted = _name(data, "categories") if of_series else f"{_frame_in(data)}_categories"
    _wrap(rewriter, data, "with_categories", _frozen(rewriter, node, lessons, found, wanted))
    rewriter.notes.append("one column per category of the training rows, whatever a request holds")
    rewriter.as_written(node.func)
    for part in [*node.args, *(each.value for each in node.keywords)]:
        rewriter.expression(part)
    if of_series and not any(each.arg == "prefix" for each in node.keywords):
        # Of a categorical series pandas makes categorical column names, of texts plain ones.
        columns = [value.columns for value in values]
        text = _frozen(rewriter, node, lessons, columns, _name(data, "columns"))
        _after(rewriter, node, f".set_axis({text}, axis=1)")
    return True


def _astype(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`x.astype("category")` -> `with_categories(x, frozen.x_categories)`."""
    if not isinstance(node.func, ast.Attribute):
        return False
    data = node.func.value
    found = [_without(event.value, rewriter.context.target) for event in lessons]
    of_frame = isinstance(found[0], dict)
    wanted = f"{_frame_in(data)}_categories" if of_frame else _name(data, "categories")
    text = _frozen(rewriter, data, lessons, found, wanted)
    plain = any(isinstance(each, ast.Constant) for each in node.args)
    if plain:
        _enclose(rewriter, data, node, "with_categories", text)
    else:
        _wrap(rewriter, data, "with_categories", text)
    for part in [*node.args, *(each.value for each in node.keywords)]:
        rewriter.as_written(part)
    rewriter.notes.append(_KEPT)
    rewriter.expression(data)
    return True


def _categorical(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`pd.Categorical(x)` -> `pd.Categorical(with_categories(x, frozen.x_categories))`."""
    data = _argument(node, 0, "values") or _argument(node, 0, "data")
    if data is None:
        return False
    text = rewriter.frozen_text(data, lessons, _name(data, "categories"))
    _wrap(rewriter, data, "with_categories", text)
    rewriter.notes.append(_KEPT)
    rewriter.as_written(node.func)
    for part in [*node.args, *(each.value for each in node.keywords)]:
        rewriter.expression(part)
    return True


def _factorize(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`pd.factorize(x)`, `x.factorize()` -> `factorized(x, frozen.x_uniques)`."""
    is_method = "Mixin" in rewriter.callee(node)
    data = node.func.value if is_method and isinstance(node.func, ast.Attribute) else None
    data = data or _argument(node, 0, "values")
    if data is None:
        return False
    text = rewriter.frozen_text(data, lessons, _name(data, "uniques"))
    _enclose(rewriter, data, node, "factorized", text)
    rewriter.notes.append("codes by the values of the training rows")
    rewriter.expression(data)
    return True


def _cut(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`pd.cut(x, 4)` -> `pd.cut(x, frozen.x_edges)`."""
    data, bins = _argument(node, 0, "x"), _argument(node, 1, "bins")
    if data is None or bins is None:
        return False
    text = rewriter.frozen_text(data, lessons, _name(data, "edges"))
    rewriter.replace(span_of(bins, rewriter.cell), text)
    _bins_kept(rewriter, node, bins)
    rewriter.as_written(node.func)
    return True


def _qcut(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`pd.qcut(x, 4)` -> `pd.cut(x, frozen.x_edges, include_lowest=True)`."""
    data, bins = _argument(node, 0, "x"), _argument(node, 1, "q")
    if data is None or bins is None:
        return False
    text = rewriter.frozen_text(data, lessons, _name(data, "edges"))
    place = span_of(bins, rewriter.cell)
    named = next((each for each in node.keywords if each.value is bins), None)
    start = (named.lineno, named.col_offset) if named else (place.line, place.column)
    written = f"bins={text}" if named else text
    rewriter.edits.append(Edit(start, (place.end_line, place.end_column), written))
    for name, part in zip(_QCUT_PARAMETERS[2:], node.args[2:], strict=False):
        before = (part.lineno, part.col_offset)
        rewriter.edits.append(Edit(before, before, f"{name}="))
    rewriter.insert_argument(node, ", include_lowest=True")
    function = node.func
    owner = f"{ast.unparse(function.value)}." if isinstance(function, ast.Attribute) else "pd."
    rewriter.replace(span_of(function, rewriter.cell), f"{owner}cut")
    if isinstance(function, ast.Attribute):
        rewriter.as_written(function.value)
    _bins_kept(rewriter, node, bins)
    return True


def _bins_kept(rewriter: Rewriter, node: ast.Call, bins: ast.expr) -> None:
    rewriter.notes.append("the edges of the training rows; values outside them are missing")
    for part in [*node.args, *(each.value for each in node.keywords)]:
        if part is not bins:
            rewriter.expression(part)


def _to_datetime(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`pd.to_datetime(x)` -> `pd.to_datetime(x, format=frozen.x_format)`."""
    data = _argument(node, 0, "arg")
    if data is None or any(each.arg in {"format", None} for each in node.keywords):
        return False
    text = rewriter.frozen_text(data, lessons, _name(data, "format"))
    rewriter.insert_argument(node, f", format={text}")
    rewriter.notes.append("dates are read as pandas read those of the training rows")
    rewriter.as_written(node.func)
    for part in [*node.args, *(each.value for each in node.keywords)]:
        rewriter.expression(part)
    return True


def _zscore(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`zscore(x)` -> `z_scores(x, frozen.x_mean, frozen.x_spread)`."""
    data = _argument(node, 0, "a")
    if data is None:
        return False
    mean, spread = (
        _frozen(rewriter, node, lessons, [getattr(event.value, part) for event in lessons], name)
        for part, name in (("mean", _name(data, "mean")), ("spread", _name(data, "spread")))
    )
    _enclose(rewriter, data, node, "z_scores", f"{mean}, {spread}")
    rewriter.notes.append("scores by the mean and spread of the training rows")
    rewriter.expression(data)
    return True


def _of_group(rewriter: Rewriter, node: ast.Call, lessons: _Lessons) -> bool:
    """`df.groupby("k")["x"].transform("mean")` -> `of_group(df.groupby("k"), frozen.x_mean_by_k)`.

    The column that was summed up is not read any more: it may be the target.
    """
    statistic = _argument(node, 0, "func")
    if not isinstance(node.func, ast.Attribute) or statistic is None:
        return False
    receiver = node.func.value
    said = ast.Call(ast.Attribute(receiver, _statistic(statistic), ast.Load()), [], [])
    ast.copy_location(said, node)
    text = rewriter.frozen_text(said, lessons, readable_name(said))
    inner = receiver.value if isinstance(receiver, ast.Subscript | ast.Attribute) else receiver
    grouped = inner if _is_groupby(inner) else receiver
    _enclose(rewriter, grouped, node, "of_group", text)
    rewriter.notes.append("the training rows' statistic of each group; missing for other groups")
    rewriter.expression(grouped)
    return True


def _is_groupby(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="groupby")):
            return True
    return False


def _statistic(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str() as name) | ast.Attribute(attr=name) | ast.Name(id=name):
            return name
    return "statistic"


# -- pieces


def _argument(node: ast.Call, at: int, name: str) -> ast.expr | None:
    """An argument by its place or name; None if it can't be told."""
    if any(isinstance(each, ast.Starred) for each in node.args):
        return None
    if at < len(node.args):
        return node.args[at]
    return next((each.value for each in node.keywords if each.arg == name), None)


def _name(node: ast.expr, suffix: str) -> str:
    return f"{readable_name(node)}_{suffix}"


def _frame_in(node: ast.expr) -> str:
    names = (part.id for part in ast.walk(node) if isinstance(part, ast.Name))
    return next(names, "frame").lower()


def _frozen(
    rewriter: Rewriter, node: ast.expr, lessons: _Lessons, values: list[Any], name: str
) -> str:
    pairs = zip(lessons, values, strict=True)
    return rewriter.frozen_text(node, [each._replace(value=value) for each, value in pairs], name)


def _without(categories: Any, target: Collection[str]) -> Any:
    """Categories by column but for the target's, which no request brings."""
    if not isinstance(categories, dict):
        return categories
    return {name: levels for name, levels in categories.items() if str(name) not in target}


def _with_others(rewriter: Rewriter, categories: Any) -> Any:
    """Categories by column, and after them those of other frames' dummies of the same columns.

    A test file may lack a category: its column then comes of the training frame's columns, and a
    request may hold it.
    """
    lessons = [one.value for each in rewriter.context.tracer.watch.learnt.values() for one in each]
    others = [one.categories for one in lessons if isinstance(one, Dummies)]
    alike = [one for one in others if isinstance(one, dict) and {*one} >= {*categories}]
    return {
        name: [*dict.fromkeys([*levels, *(level for one in alike for level in one[name])])]
        for name, levels in categories.items()
    }


def _wrap(rewriter: Rewriter, data: ast.expr, helper: str, text: str) -> None:
    """`data` -> `helper(data, text)`."""
    _enclose(rewriter, data, data, helper, text)


def _enclose(rewriter: Rewriter, data: ast.expr, whole: ast.expr, helper: str, text: str) -> None:
    """`whole`, which holds `data` -> `helper(data, text)`."""
    inner, outer = span_of(data, rewriter.cell), span_of(whole, rewriter.cell)
    start, begin = (outer.line, outer.column), (inner.line, inner.column)
    rewriter.edits.append(Edit(start, begin, f"{helper}("))
    rewriter.edits.append(
        Edit((inner.end_line, inner.end_column), (outer.end_line, outer.end_column), f", {text})")
    )
    rewriter.helpers.add(helper)


def _after(rewriter: Rewriter, node: ast.expr, text: str) -> None:
    end = span_of(node, rewriter.cell)[3:]
    rewriter.edits.append(Edit(end, end, text))


_RULES: Mapping[str, _Rule] = {
    "get_dummies": _dummies,
    "astype": _astype,
    "Categorical": _categorical,
    "Series": _categorical,
    "factorize": _factorize,
    "cut": _cut,
    "qcut": _qcut,
    "to_datetime": _to_datetime,
    "transform": _of_group,
    "zscore": _zscore,
}
