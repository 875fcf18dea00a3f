"""Rules about pandas 3: what still runs there, and does something else without a word."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from packaging.version import Version

from .code import CodeCell
from .facts import Facts
from .rule import Found, at

__all__ = [
    "chained_assignment",
    "dates_as_numbers",
    "inplace_on_column",
    "missing_as_text",
    "text_as_object",
]

_INPLACE = frozenset(
    {"fillna", "replace", "clip", "mask", "where", "ffill", "bfill", "interpolate"}
)
_CONTAINERS = frozenset({"dict", "list", "tuple", "set", "array"})
_OBJECT = frozenset({"object", "O", "object_"})
_DATES = re.compile(r"date|time|stamp|epoch|index|day|\bts\b|_ts\b|\bdt\b|_dt\b|\.view\(", re.I)
_BILLION = frozenset({10**9, 1e9})


def inplace_on_column(facts: Facts) -> Iterator[Found]:
    """`df["c"].fillna(0, inplace=True)`: the column is a copy, and the frame stays as it is."""
    if not _has_pandas_3(facts):
        return
    for call in facts.calls:
        if call.name not in _INPLACE or not _is_true(call.argument("inplace")):
            continue
        assert isinstance(call.node.func, ast.Attribute)
        column = call.node.func.value
        if _is_column(facts, column):
            name = ast.unparse(column)
            arguments = ", ".join(
                ast.unparse(each)
                for each in [*call.node.args, *call.node.keywords]
                if not isinstance(each, ast.keyword) or each.arg != "inplace"
            )
            message = f"in pandas 3 `{name}` is a copy: this changes nothing in the frame"
            yield at(call.cell, call.node, message, f"`{name} = {name}.{call.name}({arguments})`.")


def chained_assignment(facts: Facts) -> Iterator[Found]:
    """`df["c"][rows] = 0`: what is stored into is a copy, and the frame stays as it is."""
    if not _has_pandas_3(facts):
        return
    for cell, node in _stores(facts):
        inner = node.value
        if isinstance(inner, ast.Attribute) and inner.attr in ("loc", "iloc", "at", "iat"):
            chained = _is_column(facts, inner.value)
        else:
            chained = _is_selection(facts, inner)
        if chained:
            yield at(
                cell,
                node,
                f"in pandas 3 `{ast.unparse(inner)}` is a copy: this changes nothing in the frame",
                'Store in one step: `df.loc[rows, "column"] = value`.',
            )


def _stores(facts: Facts) -> Iterator[tuple[CodeCell, ast.Subscript]]:
    for cell, node in facts.nodes:
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign):
            targets = [node.target]
        for target in targets:
            if isinstance(target, ast.Subscript):
                yield cell, target


def _is_selection(facts: Facts, node: ast.expr) -> bool:
    """Whether it is a column, or rows, of something that is a frame for certain."""
    if isinstance(node, ast.Attribute):
        return facts.kind_of(node.value) == "frame" and facts.kind_of(node) == "series"
    if not isinstance(node, ast.Subscript):
        return False
    base = node.value
    if isinstance(base, ast.Attribute) and base.attr in ("loc", "iloc"):
        base = base.value
    return facts.kind_of(base) == "frame"


def _is_column(facts: Facts, node: ast.expr) -> bool:
    """Whether it is a column by its look, `df["c"]`, of nothing that is known to be no frame."""
    if isinstance(node, ast.Attribute):
        return facts.kind_of(node.value) == "frame" and facts.kind_of(node) == "series"
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return False
    kind = facts.kind_of(node.value)
    texts = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
    return kind == "frame" or (not kind and texts)


def text_as_object(facts: Facts) -> Iterator[Found]:
    """`df[c].dtype == object`: columns of text have a type of their own, so it is never true."""
    if not _has_pandas_3(facts):
        return
    for cell, node in facts.nodes:
        if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
            continue
        sides = [node.left, *node.comparators]
        if (
            any(_is_dtype(facts, each) for each in sides)
            and any(_is_object(facts, each) for each in sides)
            and not _also_text(facts, node)
        ):
            yield at(
                cell,
                node,
                "in pandas 3 columns of text have dtype `str`, so they are no `object`",
                "Ask `pd.api.types.is_string_dtype(column)`, or `df.select_dtypes('str')`.",
            )


def _is_dtype(facts: Facts, node: ast.expr) -> bool:
    if isinstance(node, ast.Subscript):
        node = node.value
    if not isinstance(node, ast.Attribute):
        return False
    if node.attr == "dtypes":
        return True
    column = isinstance(node.value, ast.Subscript) or facts.kind_of(node.value) == "series"
    kind = facts.kind_of(node.value.value) if isinstance(node.value, ast.Subscript) else ""
    return node.attr == "dtype" and column and kind not in _CONTAINERS


def _is_object(facts: Facts, node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return node.value in ("object", "O")
    full = facts.full_name(node)
    return full.rpartition(".")[2] in _OBJECT and full.startswith(("builtins.", "numpy."))


def _also_text(facts: Facts, node: ast.AST) -> bool:
    """Whether another part of the condition asks for text: `... or is_string_dtype(df[c])`."""
    parent = facts.parents.get(id(node))
    text = ast.unparse(parent) if isinstance(parent, ast.BoolOp) else ""
    return "str" in text or "is_numeric" in text


def missing_as_text(facts: Facts) -> Iterator[Found]:
    """`astype(str)` and then a look for "nan": missing values stay missing, there is no "nan"."""
    if not _has_pandas_3(facts) or not any(_to_text(call.node) for call in facts.calls):
        return
    for cell, node in facts.nodes:
        if isinstance(node, ast.Constant) and node.value in ("nan", "NaN") and _sought(facts, node):
            yield at(
                cell,
                node,
                f"in pandas 3 `astype(str)` leaves missing values as they are: no {node.value!r}",
                "Look for them with `.isna()`, or fill them first with `.fillna(...)`.",
            )


def _to_text(node: ast.expr) -> bool:
    match node:
        case ast.Call(
            func=ast.Attribute(attr="astype"), args=[ast.Name(id="str") | ast.Constant(value="str")]
        ):
            return True
    return False


def _sought(facts: Facts, node: ast.Constant) -> bool:
    """Whether values just made text are compared with it, or it is replaced in them."""
    parent = facts.parents.get(id(node))
    if isinstance(parent, ast.Compare):
        return any(_made_text(each) for each in (parent.left, *parent.comparators))
    while isinstance(parent, ast.Dict | ast.List):
        parent = facts.parents.get(id(parent))
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Attribute)
        and parent.func.attr == "replace"
        and _made_text(parent.func.value)
    )


def _made_text(node: ast.expr) -> bool:
    return any(_to_text(part) for part in ast.walk(node) if isinstance(part, ast.Call))


def dates_as_numbers(facts: Facts) -> Iterator[Found]:
    """Dates as whole numbers, cut to seconds by a billion: pandas 3 counts microseconds."""
    if not _has_pandas_3(facts):
        return
    for cell, node in facts.nodes:
        if (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Div | ast.FloorDiv)
            and _is_billion(node.right)
            and _to_number(node.left)
            and (isinstance(node.op, ast.FloorDiv) or _of_dates(node.left))
        ):
            yield at(
                cell,
                node,
                "in pandas 3 most dates count microseconds, so this gives a thousandth of the "
                "seconds",
                'Say the unit: `.astype("datetime64[s]").astype("int64")`.',
            )


def _of_dates(node: ast.expr) -> bool:
    """Whether its text speaks of dates: what else is divided by a billion may be money."""
    return _DATES.search(ast.unparse(node)) is not None


def _is_billion(node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow):
        return ast.unparse(node) == "10 ** 9"
    return isinstance(node, ast.Constant) and node.value in _BILLION


def _to_number(node: ast.expr) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr="astype" | "view"), args=[kind, *_]):
            return "int" in ast.unparse(kind) and "datetime64" not in ast.unparse(node)
    return False


def _has_pandas_3(facts: Facts) -> bool:
    version = facts.version("pandas")
    return version is not None and version >= Version("3.0.dev0")


def _is_true(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True
