"""A selection of rows as the author wrote it: where the rows are, and what chooses them."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from ..text.names import is_full
from ..text.spans import span_of
from ..trace.selections import Sort
from ..trace.texts import between
from .conditions import behind, columns_behind, conjuncts, said_of
from .rewriter import Rewriter

__all__ = ["Chosen"]

_LONGEST = 80
_KEYS = {"drop": "index", "drop_nulls": "subset", "dropna": "subset", "query": "expr"}
_COMPLETES = frozenset({"dropna", "drop_nulls"})
_INDEXERS = frozenset({"loc", "iloc"})
_OF_BATCH = frozenset(
    {"cumcount", "duplicated", "is_duplicated", "is_first_distinct", "is_last_distinct"}
    | {"is_unique", "rank"}
)


class Chosen:
    """A selection as it is written: `base` are the rows that it selects from."""

    def __init__(self, rewriter: Rewriter, node: ast.expr, sort: Sort) -> None:
        self.rewriter = rewriter
        self.node = node
        self.sort = sort
        self.method = ""
        self.columns: ast.expr | None = None
        self.indexer = ""
        self.key: ast.expr | None
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Attribute)
            self.method, self.base = node.func.attr, node.func.value
            self.key = _argument(node, _KEYS.get(self.method, ""))
            return
        assert isinstance(node, ast.Subscript)
        self.base, self.key = node.value, node.slice
        if isinstance(self.base, ast.Attribute) and self.base.attr in _INDEXERS:
            self.indexer, self.base = f".{self.base.attr}", self.base.value
        if isinstance(self.key, ast.Tuple) and self.key.elts:
            first, *others = self.key.elts
            self.key = first
            self.columns = others[0] if others and not is_full(others[0]) else None

    @property
    def filters(self) -> bool:
        """Whether it is polars' `filter`, which may be given several conditions."""
        return self.method == "filter"

    @property
    def completes(self) -> bool:
        """Whether it leaves out rows that lack values."""
        return self.method in _COMPLETES

    @property
    def polars(self) -> str:
        """What of polars' the rows were when the notebook ran: frame, series, or empty."""
        selections = self.rewriter.context.tracer.watch.selections.by_span
        return selections[span_of(self.node, self.rewriter.cell)][0].polars

    @property
    def is_series(self) -> bool:
        """Whether the rows are a polars series, which can't be piped."""
        return self.polars == "series"

    @property
    def by_labels(self) -> ast.expr | None:
        """The labels that it selects rows by, or None."""
        told = self.method == "drop" or (self.indexer == ".loc" and self.sort == "place")
        return self.key if told else None

    @property
    def mask(self) -> ast.expr | None:
        """The condition in `x[condition].index` or `x.index[condition]`, where `x` is the base."""
        owner = ast.unparse(self.base) if isinstance(self.base, ast.Name) else ""
        match self.by_labels:
            case ast.Attribute(
                attr="index",
                value=ast.Subscript(
                    value=ast.Name(id=name) | ast.Attribute(attr="loc", value=ast.Name(id=name)),
                    slice=mask,
                ),
            ) if name == owner and not isinstance(mask, ast.Tuple):
                return mask
            case ast.Subscript(
                value=ast.Attribute(attr="index", value=ast.Name(id=name)), slice=mask
            ):
                kinds = {event.kind for event in self.rewriter.events(mask)}
                return mask if name == owner and kinds == {"rows"} else None
        return None

    def named(self) -> str:
        text = ast.unparse(self.node)
        if not isinstance(self.base, ast.Name):
            text = text[len(ast.unparse(self.base)) :]
        return f"`{text if len(text) <= _LONGEST else text[: _LONGEST - 3] + '...'}`"

    def by_place(self) -> bool:
        """Rows told by what other rows hold, or by hand: no condition on a row of its own."""
        rewriter = self.rewriter
        if self.by_labels is not None:
            kinds = {event.kind for event in rewriter.events(self.by_labels)}
            return "filtered" not in kinds and self.mask is None
        if self.sort == "place":
            return True
        if (self.method and not self.filters) or not self.parts():
            return False
        program, callees = rewriter.context.program, rewriter.context.tracer.callees
        return any(
            callees.get(span_of(part, cell), "").rpartition(".")[2] in _OF_BATCH
            for key in self.parts()
            for node, cell in behind(program, rewriter.cell, rewriter.statement, key)
            for part in ast.walk(node)
            if isinstance(part, ast.Call)
        )

    def about_target(self) -> str:
        """`only` or `also` where the condition reads the target, else empty."""
        found = [self._behind(part) for part in self.parts()]
        if self.completes or not any(found):
            return "only" if self.completes and found and all(found) else ""
        rest = [each for each in found if each != "only"]
        return "only" if not rest else ("also" if "also" in rest else "")

    def parts(self) -> list[ast.expr]:
        """The parts of the condition that must all hold."""
        if self.filters:
            return self._predicates()
        if self.key is None:
            return []
        if self.completes and isinstance(self.key, ast.List | ast.Tuple):
            return list(self.key.elts)
        if self.method:
            return [self.key]
        return conjuncts(self.key)

    def _predicates(self) -> list[ast.expr]:
        """What `df.filter(a, b, city="Bern")` asks of a row."""
        assert isinstance(self.node, ast.Call)
        given = [
            part
            for each in self.node.args
            for part in (each.elts if isinstance(each, ast.List | ast.Tuple) else [each])
        ]
        return [
            *(part for each in given for part in conjuncts(each)),
            *(_equality(each) for each in self.node.keywords),
        ]

    def wanted(self) -> list[ast.expr]:
        """Those parts that a request can be judged by."""
        return [part for part in self.parts() if not self._behind(part)]

    def _behind(self, part: ast.expr) -> str:
        columns = columns_behind(
            self.rewriter.context.program, self.rewriter.cell, self.rewriter.statement, part
        )
        target = columns & set(self.rewriter.context.target)
        return ("only" if columns <= target else "also") if target else ""

    def said(self, parts: Sequence[ast.expr]) -> str:
        line = self.rewriter.context.program.lines[self.rewriter.statement]
        return said_of(self.rewriter.context.program, line, parts)

    # -- the author's text around the base

    @property
    def before_base(self) -> str:
        """An opening parenthesis around the base, if there is one."""
        place = span_of(self.node, self.rewriter.cell)
        start = span_of(self.base, self.rewriter.cell)
        return between(self._text(), (place.line, place.column), (start.line, start.column))

    @property
    def after_base(self) -> str:
        """What stands between the base and the `.` or `[` after it."""
        base = span_of(self.base, self.rewriter.cell)
        end = span_of(self.node, self.rewriter.cell)
        tail = between(
            self._text(), (base.end_line, base.end_column), (end.end_line, end.end_column)
        )
        mark = "." if self.method or self.indexer else "["
        return tail[: tail.index(mark)]

    def _text(self) -> str:
        return self.rewriter.context.program.texts[self.rewriter.cell]


def _equality(given: ast.keyword) -> ast.expr:
    """`city="Bern"` among the arguments of a filter, as the condition that it is."""
    made = ast.parse(f"pl.col({given.arg!r}) == None", mode="eval").body
    assert isinstance(made, ast.Compare)
    for part in ast.walk(made):
        ast.copy_location(part, given.value)
    made.comparators = [given.value]
    return made


def _argument(node: ast.Call, name: str) -> ast.expr | None:
    given = {each.arg: each.value for each in node.keywords}
    known = given.get(name, given.get("labels"))
    return known if known is not None else (node.args[0] if node.args else None)
