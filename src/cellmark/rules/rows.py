"""What happens to rows and columns: pure functions of values."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping

from .code import CodeCell
from .value import UNKNOWN, Learning, Part, Rows, Value

__all__ = [
    "column_or_rows",
    "cut",
    "dropped",
    "joined",
    "parts",
    "renamed",
    "shared_bounds",
    "split_part",
    "texts",
    "transformed",
    "without",
]

_NAMED = (
    (re.compile(r"val|dev|cal|t(e?mp)|rest", re.IGNORECASE), "validation"),
    (re.compile(r"test|hold_?out|(^|_)te($|_)|(?<=[a-zX])te$|(^|_)ts($|_)", re.IGNORECASE), "test"),
)


def renamed(value: Value, target: ast.expr) -> Value:
    """The part that a name says it is: `X_val` is for validation, wherever it stands.

    Test rows are known by their names: halves called `X1` and `X2` may be the folds of a
    cross-validation.
    """
    if value.rows is None or not isinstance(target, ast.Name) or value.rows.part != "test":
        return value
    named = next((part for shape, part in _NAMED if shape.search(target.id)), "some")
    return value._replace(rows=Rows(value.rows.table, named))


def split_part(part: Part, side: Part) -> Part:
    """The part that one side of a split of a part is."""
    if part == "all":
        return side
    if part == "train":
        return "train" if side == "train" else "validation"
    if part in ("test", "validation"):
        return "validation" if side == "train" else "test"
    return "some"


def joined(values: Iterable[Value]) -> Value:
    """What comes of several values in one expression."""
    every = list(values)
    with_rows = [each for each in every if each.rows is not None]
    learnt: frozenset[Learning] = frozenset().union(*(each.learnt for each in every))
    if not with_rows:
        return Value(learnt=learnt)
    first = with_rows[0]
    same = all(each.rows == first.rows for each in with_rows)
    reads = frozenset().union(*(each.reads for each in with_rows))
    return Value(first.kind, first.rows if same else None, reads=reads, learnt=learnt)


def texts(value: Value) -> frozenset[str]:
    return frozenset(value.texts)


def column_or_rows(owner: Value, index: Value, node: ast.expr) -> Value:
    """`df["c"]`, `df[["c", "d"]]`, `df[mask]`, `df[names]`."""
    if isinstance(node, ast.Slice):
        return owner if not (node.lower or node.upper) else owner.of_unknown_columns()
    if index.kind == "text":
        return Value("series", owner.rows, reads=texts(index), learnt=owner.learnt)
    if index.kind in ("list", "tuple", "index"):
        known = texts(index) if index.texts else None
        return owner._replace(kind="frame", has=known, lacks=None)
    if index.rows is not None and index.kind in ("series", "array", ""):
        return owner
    return owner.of_unknown_columns()._replace(kind="")


def without(owner: Value, columns: frozenset[str]) -> Value:
    return owner._replace(
        has=owner.has - columns if owner.has is not None else None,
        lacks=owner.lacks | columns if owner.lacks is not None else None,
    )


def dropped(owner: Value, node: ast.Call, given: list[Value], named: Mapping[str, Value]) -> Value:
    """`df.drop(...)`: of columns if it says so."""
    if "columns" in named:
        which = named["columns"]
    else:
        axis = next((each.value for each in node.keywords if each.arg == "axis"), None)
        axis = node.args[1] if axis is None and len(node.args) > 1 else axis
        if axis is None or (isinstance(axis, ast.Constant) and axis.value in (0, "index", "rows")):
            return owner
        which = given[0] if given else named.get("labels", UNKNOWN)
    return without(owner, texts(which)) if which.texts else owner.of_unknown_columns()


def transformed(value: Value, learnt: frozenset[Learning]) -> Value:
    return value._replace(
        kind="array", has=None, lacks=None, reads=frozenset(), learnt=value.learnt | learnt
    )


def parts(value: Value) -> frozenset[str]:
    return value.parts.union(*map(parts, value.items))


def cut(node: ast.Subscript) -> tuple[Part, ast.expr] | None:
    """Which side `x[:bound]` or `x[bound:]` takes, and the bound."""
    index = (
        node.slice.elts[0] if isinstance(node.slice, ast.Tuple) and node.slice.elts else node.slice
    )
    if not isinstance(index, ast.Slice) or index.step is not None:
        return None
    if index.lower is None and index.upper is not None:
        return "train", index.upper
    if index.upper is None and index.lower is not None:
        return "test", index.lower
    return None


def shared_bounds(cells: Iterable[CodeCell]) -> frozenset[tuple[str, str]]:
    """(what, bound) for each `x[:bound]` that has an `x[bound:]`: together they are a split."""
    heads: set[tuple[str, str]] = set()
    tails: set[tuple[str, str]] = set()
    for cell in cells:
        for node in ast.walk(cell.tree):
            if isinstance(node, ast.Subscript) and (side := cut(node)):
                where = (ast.unparse(node.value), ast.unparse(side[1]))
                (heads if side[0] == "train" else tails).add(where)
    return frozenset(heads & tails)
