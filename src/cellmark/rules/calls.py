"""Follows calls: what frames, transformers and models do to rows and columns."""

from __future__ import annotations

import ast

from .expressions import Expressions
from .pandas_calls import (
    ANSWERS,
    COLUMNWISE,
    FITS,
    FRAMES,
    FUNCTION_STATISTICS,
    MAKERS,
    ROW_FILTERS,
    SAME,
    SERIES,
    STATISTICS,
)
from .rows import dropped, joined, parts, split_part, texts, transformed
from .value import UNKNOWN, Ask, Fit, Learning, Rows, Split, Value

__all__ = ["Calls"]

_OF_ROWS = frozenset({"frame", "series", "array", "groupby", ""})


class Calls(Expressions):
    """Expressions, calls among them."""

    def of_call(self, node: ast.Call) -> Value:
        given = [self.value(each) for each in node.args]
        named = {each.arg or "": self.value(each.value) for each in node.keywords}
        callee = self._full_name(node.func)
        if callee:
            self._flow.values[id(node.func)] = UNKNOWN
            return self._function(node, callee, given, named)
        if isinstance(node.func, ast.Attribute):
            return self._method(node, node.func, self.value(node.func.value), given, named)
        self.value(node.func)
        return UNKNOWN

    def _function(
        self, node: ast.Call, callee: str, given: list[Value], named: dict[str, Value]
    ) -> Value:
        name = callee.rpartition(".")[2]
        first = given[0] if given else named.get("data", named.get("a", UNKNOWN))
        if callee in FRAMES:
            return self._frame(node, callee, first)
        if callee in SERIES:
            return Value("series", first.rows or Rows(id(node)), learnt=first.learnt)
        if callee.startswith(("sklearn.", "imblearn.", "category_encoders.")):
            return self._of_sklearn(node, callee, given, named)
        if callee in FUNCTION_STATISTICS:
            return self._statistic(node, first, f"`{ast.unparse(node)}`")
        if callee == "pandas.get_dummies":
            return first.of_unknown_columns()
        if callee in ("builtins.list", "builtins.set", "builtins.dict", "builtins.sorted"):
            kind = "list" if name == "sorted" else name
            return Value(kind, texts=first.texts if kind == "list" else ())
        if callee.startswith(("numpy.", "pandas.")):
            return joined([*given, *named.values()])._replace(
                kind="series" if callee.startswith("pandas.") else "array"
            )
        return Value(callee, parts=frozenset({name})) if name[:1].isupper() else UNKNOWN

    def _frame(self, node: ast.Call, callee: str, first: Value) -> Value:
        """A new table; a frame made of rows that are known has those rows."""
        if callee == "pandas.DataFrame" and first.rows is not None:
            return first._replace(kind="frame", has=None, lacks=None)
        learnt = frozenset().union(*(each.learnt for each in first.items))
        return Value("frame", Rows(id(node)), lacks=frozenset(), learnt=learnt)

    def _of_sklearn(
        self, node: ast.Call, callee: str, given: list[Value], named: dict[str, Value]
    ) -> Value:
        name = callee.rpartition(".")[2]
        if name == "train_test_split":
            return self._split(node, given)
        if name in ("cross_val_score", "cross_validate", "cross_val_predict"):
            tested = given[1:] or [each for key, each in named.items() if key == "X"]
            said = f"`{name}` takes them apart into folds"
            self._flow.validations.append(Split(self._cell, node, said, tuple(tested[:1])))
            return UNKNOWN
        if callee.startswith(MAKERS) or "return_X_y" in named:
            rows = Rows(id(node))
            return Value("tuple", items=(Value("array", rows), Value("array", rows)))
        if callee.startswith("sklearn.datasets."):
            return Value("bunch", Rows(id(node)))
        if name in ("scale", "minmax_scale", "robust_scale", "normalize") and given:
            return self._scaled(node, given[0]) if name != "normalize" else given[0]
        if name in ("clone",):
            return (given or [UNKNOWN])[0]._replace(fitted=None, learnt=frozenset())
        if not (name[:1].isupper() or name.startswith("make_")):
            return UNKNOWN
        inner = (parts(each) for each in [*given, *named.values()])
        return Value(callee, parts=frozenset({name}).union(*inner))

    def _scaled(self, node: ast.Call, first: Value) -> Value:
        statistic = self._statistic(node, first, f"`{ast.unparse(node)}`")
        return first._replace(learnt=first.learnt | statistic.learnt)

    def _split(self, node: ast.Call, given: list[Value]) -> Value:
        said = "`train_test_split` takes them apart"
        self._flow.splits.append(Split(self._cell, node, said, tuple(given)))
        items: list[Value] = []
        for each in given:
            for side in ("train", "test"):
                rows = each.rows and Rows(each.rows.table, split_part(each.rows.part, side))
                items.append(each._replace(rows=rows))
        return Value("tuple", items=tuple(items))

    def _method(
        self,
        node: ast.Call,
        function: ast.Attribute,
        owner: Value,
        given: list[Value],
        named: dict[str, Value],
    ) -> Value:
        name = function.attr
        if name in FITS and (owner.kind not in ("frame", "series", "list")):
            return self._fit(node, function, owner, given, named)
        if name in ANSWERS or (name in ("transform", "inverse_transform") and owner.rows is None):
            self._flow.asks.append(Ask(self._cell, node, owner, tuple(given)))
            return self._answered(name, owner, given)
        if name == "append" and owner.kind == "list":
            self._env.pop(function.value.id, None) if isinstance(function.value, ast.Name) else None
            return UNKNOWN
        if owner.rows is None:
            return UNKNOWN
        return self._of_rows(node, function, owner, given, named)

    def _of_rows(
        self,
        node: ast.Call,
        function: ast.Attribute,
        owner: Value,
        given: list[Value],
        named: dict[str, Value],
    ) -> Value:
        """A method of a frame, a series or an array."""
        name = function.attr
        owing = owner._replace(
            learnt=owner.learnt.union(*(v.learnt for v in [*given, *named.values()]))
        )
        if owner.kind == "groupby" and name in ("transform", *STATISTICS):
            statistic = self._statistic(node, owner, f"`{ast.unparse(node)}`")
            return statistic._replace(kind="series", rows=owner.rows)
        if name in STATISTICS and owner.kind in _OF_ROWS:
            return self._statistic(node, owner, f"`{ast.unparse(node)}`")
        if name == "groupby":
            return owner._replace(kind="groupby")
        if name == "drop":
            return dropped(owner, node, given, named)
        if name == "pop" and isinstance(function.value, ast.Name) and given:
            self._take_out(function.value, texts(given[0]))
            return Value("series", owner.rows, reads=texts(given[0]), learnt=owner.learnt)
        if name in ROW_FILTERS:
            along_columns = "axis" in named
            return owner.of_unknown_columns() if along_columns else owner
        if name in SAME:
            return owing
        if name in COLUMNWISE:
            return owing.of_unknown_columns()
        return UNKNOWN

    def _statistic(self, node: ast.Call, of: Value, said: str) -> Value:
        if of.rows is None or of.rows.part != "all":
            return Value("statistic", learnt=of.learnt)
        learning = Learning(self._cell, node, said, fits=False)
        return Value("statistic", learnt=of.learnt | {learning})

    def _fit(
        self,
        node: ast.Call,
        function: ast.Attribute,
        owner: Value,
        given: list[Value],
        named: dict[str, Value],
    ) -> Value:
        first = given[0] if given else named.get("X", UNKNOWN)
        told = (first, *given[1:]) if given else (first, *filter(None, [named.get("y")]))
        self._flow.fits.append(Fit(self._cell, node, owner, told, named))
        learnt = owner.learnt
        if owner.learns and first.rows is not None and first.rows.part == "all":
            kind = owner.kind.rpartition(".")[2]
            said = f"`{kind}` is fitted on `{_argument(node)}`"
            learnt = frozenset({Learning(self._cell, node, said, fits=True)})
        elif first.rows is not None:
            learnt = frozenset()
        fitted = owner._replace(fitted=first.rows, learnt=learnt)
        if isinstance(function.value, ast.Name):
            self._env[function.value.id] = fitted
        if function.attr in ("fit", "partial_fit"):
            return fitted
        if function.attr in ("fit_resample", "fit_sample"):
            y = told[1] if len(told) > 1 else UNKNOWN
            pair = (transformed(first, learnt), transformed(y, learnt))
            return Value("tuple", items=pair)
        return transformed(first, learnt)

    def _answered(self, name: str, owner: Value, given: list[Value]) -> Value:
        first = given[0] if given else UNKNOWN
        if name == "transform":
            return transformed(first, owner.learnt)
        if name in ("score", "inverse_transform"):
            return UNKNOWN
        return Value("array", first.rows)


def _argument(node: ast.Call) -> str:
    return ast.unparse(node.args[0]) if node.args else "X"
