"""Follows expressions: what is known of their values, from syntax and the names before them."""

from __future__ import annotations

import ast
from collections.abc import Callable

from .code import CodeCell
from .pandas_calls import ATTRIBUTES, COLUMNWISE, NO_COLUMNS, ROW_FILTERS, SAME, STATISTICS
from .rows import column_or_rows, cut, joined, renamed, split_part, texts, without
from .value import UNKNOWN, Ask, Fit, Rows, Split, Value

__all__ = ["Expressions", "Flow"]


class Flow:
    """What was seen: `values` by the id() of an expression's node, and events in their order."""

    def __init__(self) -> None:
        self.values: dict[int, Value] = {}
        self.splits: list[Split] = []
        self.fits: list[Fit] = []
        self.asks: list[Ask] = []
        self.validations: list[Split] = []


class Expressions:
    """The names of a scope and what they stand for; what expressions over them give."""

    def __init__(
        self,
        flow: Flow,
        cell: CodeCell,
        full_name: Callable[[ast.AST], str],
        bounds: frozenset[tuple[str, str]],
        env: dict[str, Value],
    ) -> None:
        self._flow = flow
        self._cell = cell
        self._full_name = full_name
        self._bounds = bounds
        self._env = env

    def value(self, node: ast.expr) -> Value:
        found = self._value(node)
        self._flow.values[id(node)] = found
        return found

    def _value(self, node: ast.expr) -> Value:
        """By the name of the node's class, as in `ast.NodeVisitor`."""
        of_class: Callable[[ast.expr], Value]
        of_class = getattr(self, f"of_{type(node).__name__.lower()}", self._opaque)
        return of_class(node)

    def of_name(self, node: ast.Name) -> Value:
        return self._env.get(node.id, UNKNOWN)

    def of_constant(self, node: ast.Constant) -> Value:
        return Value("text", texts=(node.value,)) if isinstance(node.value, str) else UNKNOWN

    def of_lambda(self, _: ast.Lambda) -> Value:
        return UNKNOWN

    def of_unaryop(self, node: ast.UnaryOp) -> Value:
        return self.value(node.operand)

    def of_boolop(self, node: ast.BoolOp) -> Value:
        return joined([self.value(each) for each in node.values])

    def of_compare(self, node: ast.Compare) -> Value:
        """A flag owes nothing to the statistic that it was compared with."""
        operands = [self.value(each) for each in (node.left, *node.comparators)]
        return joined(operands)._replace(learnt=frozenset())

    def of_namedexpr(self, node: ast.NamedExpr) -> Value:
        value = self.value(node.value)
        self._assign(node.target, value)
        return value

    def of_ifexp(self, node: ast.IfExp) -> Value:
        self.value(node.test)
        body, other = self.value(node.body), self.value(node.orelse)
        return body if body == other else UNKNOWN

    def of_list(self, node: ast.List) -> Value:
        return self._display(node, "list")

    def of_tuple(self, node: ast.Tuple) -> Value:
        return self._display(node, "tuple")

    def of_set(self, node: ast.Set) -> Value:
        return self._display(node, "set")

    def _opaque(self, node: ast.expr) -> Value:
        kind = {ast.Dict: "dict", ast.DictComp: "dict", ast.ListComp: "list", ast.SetComp: "set",
                ast.JoinedStr: "text"}.get(type(node), "")  # fmt: skip
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            self._comprehended(node)
        else:
            for child in ast.iter_child_nodes(node):
                if isinstance(child, ast.expr):
                    self.value(child)
        return Value(kind)

    def _comprehended(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp
    ) -> None:
        outer = dict(self._env)
        for each in node.generators:
            self._assign(each.target, self._element(self.value(each.iter)))
            for condition in each.ifs:
                self.value(condition)
        for field in ("key", "value", "elt"):
            if part := getattr(node, field, None):
                self.value(part)
        self._env.clear()
        self._env.update(outer)

    def _display(self, node: ast.List | ast.Tuple | ast.Set, kind: str) -> Value:
        items = tuple(self.value(each) for each in node.elts)
        texts = [each.texts[0] for each in items if each.kind == "text" and len(each.texts) == 1]
        whole = len(texts) == len(items)
        return Value(kind, items=() if whole else items, texts=tuple(texts) if whole else ())

    def of_binop(self, node: ast.BinOp) -> Value:
        left, right = self.value(node.left), self.value(node.right)
        if left.kind == right.kind == "list" and left.texts and right.texts:
            return left._replace(texts=left.texts + right.texts)
        if "list" in (left.kind, right.kind) or "text" in (left.kind, right.kind):
            return Value(left.kind if left.kind in ("list", "text") else "")
        return joined([left, right])

    def of_attribute(self, node: ast.Attribute) -> Value:
        owner = self.value(node.value)
        if owner.kind == "bunch":
            rows = owner.rows
            return {
                "data": Value("array", rows),
                "target": Value("array", rows),
                "frame": Value("frame", rows, lacks=frozenset()),
            }.get(node.attr, UNKNOWN)
        if owner.kind == "frame" and node.attr not in ATTRIBUTES | SAME | COLUMNWISE:
            if node.attr in STATISTICS | ROW_FILTERS or node.attr in NO_COLUMNS:
                return UNKNOWN
            return Value("series", owner.rows, reads=frozenset({node.attr}), learnt=owner.learnt)
        match node.attr:
            case "values":
                return owner._replace(kind="array") if owner.rows else UNKNOWN
            case "columns" if owner.kind == "frame":
                return Value("index")
            case "str" | "dt" | "cat" if owner.rows:
                return owner
        return UNKNOWN

    def of_subscript(self, node: ast.Subscript) -> Value:
        base = node.value
        if isinstance(base, ast.Attribute) and base.attr in ("loc", "iloc", "ix"):
            return self._located(node, self.value(base.value))
        owner, index = self.value(base), self.value(node.slice)
        if owner.kind in ("list", "tuple", "dict", "set", "text", "index") or owner.rows is None:
            return UNKNOWN
        if isinstance(node.slice, ast.Slice):
            return self._sliced(node, owner)
        if owner.kind == "frame":
            return column_or_rows(owner, index, node.slice)
        if owner.kind == "groupby":
            return owner._replace(reads=texts(index))
        if index.rows is not None and index.rows.table == owner.rows.table:
            return owner
        if isinstance(node.slice, ast.Tuple) and node.slice.elts:
            return self._sliced(node, owner.of_unknown_columns())
        return owner._replace(rows=Rows(owner.rows.table, "some"))

    def _located(self, node: ast.Subscript, owner: Value) -> Value:
        """`df.loc[rows, columns]`; `.iloc` is not followed to the names of columns."""
        if owner.rows is None:
            self.value(node.slice)
            return UNKNOWN
        assert isinstance(node.value, ast.Attribute)
        by_name = node.value.attr == "loc"
        if not isinstance(node.slice, ast.Tuple) or not node.slice.elts:
            self.value(node.slice)
            return self._sliced(node, owner)
        first, *others = node.slice.elts
        filtered = self.value(first)
        rows = self._sliced(node, owner)
        if by_name and (filtered.rows is not None and filtered.rows.table == owner.rows.table):
            rows = owner
        column = self.value(others[0]) if others else UNKNOWN
        return (
            column_or_rows(rows, column, others[0])
            if by_name and others
            else (
                rows.of_unknown_columns()._replace(kind="" if rows.kind == "frame" else rows.kind)
            )
        )

    def _sliced(self, node: ast.Subscript, owner: Value) -> Value:
        """Some of the rows, or all; the two sides of one bound are a training and a test part."""
        assert owner.rows is not None
        index = node.slice
        if isinstance(index, ast.Tuple):
            index = index.elts[0]
        if isinstance(index, ast.Slice) and not (index.lower or index.upper or index.step):
            return owner
        side = cut(node)
        if side and (ast.unparse(node.value), ast.unparse(side[1])) in self._bounds:
            part = split_part(owner.rows.part, side[0])
            if side[0] == "train":
                said = f"`{ast.unparse(node)}` and the rows after it are taken apart"
                self._flow.splits.append(Split(self._cell, node, said, (owner,)))
            return owner._replace(rows=Rows(owner.rows.table, part))
        return owner._replace(rows=Rows(owner.rows.table, "some"))

    # -- names

    def _element(self, value: Value) -> Value:
        if value.kind in ("list", "index") and not value.items:
            return Value("text") if value.texts or value.kind == "index" else UNKNOWN
        kinds = {item.kind for item in value.items}
        return Value(kinds.pop()) if len(kinds) == 1 else UNKNOWN

    def _assign(self, target: ast.expr, value: Value) -> None:
        match target:
            case ast.Name():
                self._env[target.id] = value
                self._flow.values[id(target)] = value
            case ast.Tuple() | ast.List():
                items = value.items if len(value.items) == len(target.elts) else ()
                for number, element in enumerate(target.elts):
                    each = items[number] if items else UNKNOWN
                    self._assign(element, renamed(each, element))
            case ast.Subscript():
                self.value(target.slice)
                self._store(target, value)
            case ast.Starred():
                self._assign(target.value, UNKNOWN)
            case _:
                self.value(target)

    def _store(self, target: ast.Subscript, value: Value) -> None:
        """`df["c"] = value`, `df.loc[rows, "c"] = value`: the frame owes what the value owes."""
        base = target.value
        if isinstance(base, ast.Attribute) and base.attr in ("loc", "iloc", "at"):
            base = base.value
        owner = self.value(base)
        if not isinstance(base, ast.Name) or owner is UNKNOWN:
            return
        new = texts(self.value(target.slice))
        self._env[base.id] = owner._replace(
            learnt=owner.learnt | value.learnt,
            has=owner.has | new if owner.has is not None else None,
            lacks=owner.lacks - new if owner.lacks is not None else None,
        )

    def _take_out(self, frame: ast.Name, columns: frozenset[str]) -> None:
        owner = self.value(frame)
        self._env[frame.id] = without(owner, columns) if columns else owner.of_unknown_columns()
