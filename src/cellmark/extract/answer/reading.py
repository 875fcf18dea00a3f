"""Read expressions for what they take of the models' answers: which, and as what."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Sequence
from typing import Any, NamedTuple

from ..text.spans import Span, span_of
from ..trace.program import Line, Program
from ..trace.records import ModelCall
from ..trace.rules import ANSWERS, not_rowwise
from ..trace.tracer import Tracer
from .listed import listed_in, made_in
from .surface import surface_of

__all__ = ["Made", "Reading", "calls_of", "labels_of", "makes_series"]

# What only takes, shapes or renames the numbers of the model's answer, and decides nothing.
_SHAPES = frozenset({"ravel", "flatten", "squeeze", "reshape", "copy", "to_numpy", "tolist"})
_WRAPS = frozenset({"Series", "DataFrame", "asarray", "array", "list", "max", "amax"})
_ORDERS = frozenset({"argsort", "sort", "sort_values", "sorted", "sort_index", "argpartition"})


class Made(NamedTuple):
    """A variable as it stands after a statement, made of the model's answers.

    `tree` is how, with the model's answers in place of variables: the same for training and test
    rows. `lines` number the statements, `goes_on` says that it is more than the answer itself,
    `orders` that it depends on the order or the whole of the rows. `value` is None for a list of
    several models' answers, which is no value a row.
    """

    name: str
    tree: ast.expr
    lines: tuple[int, ...]
    calls: tuple[ModelCall, ...]
    goes_on: bool
    orders: bool
    value: Any

    @property
    def form(self) -> str:
        return ast.unparse(self.tree)


class Reading:
    """Reads expressions of statements; `known` are the variables that hold answers by then."""

    def __init__(self, program: Program, tracer: Tracer) -> None:
        self.program = program
        self.tracer = tracer
        self.known: dict[str, Made] = {}
        self._calls: dict[Span, ModelCall] = {
            call.span: call
            for call in tracer.watch.calls
            if call.top_level and call.method in ANSWERS
        }
        self._inside: dict[tuple[Span, int], list[ModelCall]] = {}
        for line in program.lines:
            for place, listed in listed_in(tracer, line).items():
                self._inside[place, line.index] = [*listed.calls]
        for call in tracer.watch.calls:
            surface = surface_of(program, call) if not call.top_level else None
            if surface is not None and call.method in ANSWERS:
                place = span_of(surface.outer, program.lines[call.statement].cell.number)
                self._inside.setdefault((place, call.statement), []).append(call)

    def root(self, line: Line, node: ast.AST) -> ModelCall | None:
        """The model's call that `node` is."""
        if not isinstance(node, ast.Call):
            return None
        call = self._calls.get(span_of(node, line.cell.number))
        return call if call is not None and call.statement == line.index else None

    def inside(self, line: Line, node: ast.AST) -> list[ModelCall]:
        """The models' calls inside a function that `node` calls, or inside a comprehension."""
        if not isinstance(node, ast.Call | ast.ListComp | ast.GeneratorExp | ast.DictComp):
            return []
        return self._inside.get((span_of(node, line.cell.number), line.index), [])

    def sources(self, line: Line, node: ast.AST) -> list[Made | ModelCall]:
        found: list[Made | ModelCall] = []
        for part in self._outside_calls(line, node):
            call = self.root(line, part)
            found += [call] if call is not None else self.inside(line, part)
            if isinstance(part, ast.Name) and part.id in self.known:
                found.append(self.known[part.id])
        return found

    def _outside_calls(self, line: Line, node: ast.AST) -> Iterator[ast.AST]:
        """`node` and what is below it, but not what the model is asked about."""
        yield node
        if self.root(line, node) is None and not self.inside(line, node):
            for child in ast.iter_child_nodes(node):
                yield from self._outside_calls(line, child)

    def foreign(self, line: Line, node: ast.AST, own: Collection[str] = frozenset()) -> str | None:
        """A name of other rows that it reads: the actual values, features, another table.

        `own` are names that the statement itself makes of the answers.
        """
        if self.root(line, node) is not None or self.inside(line, node):
            return None
        kinds = self._kinds(line, node)
        if isinstance(node, ast.Name):
            known = node.id in self.known or node.id in own
            return node.id if kinds & {"rows", "filtered"} and not known else None
        if kinds and kinds <= {"aggregate", "estimator"}:
            return None
        skipped = labels_of(node, self.callee(line, node)) if isinstance(node, ast.Call) else []
        for child in ast.iter_child_nodes(node):
            found = None if child in skipped else self.foreign(line, child, own)
            if found is not None:
                return found
        return None

    def _kinds(self, line: Line, node: ast.AST) -> set[str]:
        if not isinstance(node, ast.expr):
            return set()
        events = self.tracer.events.get(span_of(node, line.cell.number), [])
        return {event.kind for event in events if event.statement == line.index}

    def callee(self, line: Line, node: ast.Call) -> str:
        return self.tracer.callees.get(span_of(node, line.cell.number), "")

    def is_plain(self, line: Line, node: ast.AST) -> bool:
        """Only the model's answer, or a column of it, maybe in another wrapping."""
        if self.root(line, node) is not None or isinstance(node, ast.Name):
            return True
        match node:
            case ast.Subscript(value=value, slice=part):
                return not any(True for _ in self.sources(line, part)) and self.is_plain(
                    line, value
                )
            case ast.Attribute(value=value, attr="values" | "T"):
                return self.is_plain(line, value)
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _SHAPES | {"max"}:
                return self.is_plain(line, value)
            case ast.Call(args=[value, *_]):
                named = self.callee(line, node).rpartition(".")[2]
                wraps = named in _WRAPS or self.callee(line, node).startswith("pandas.core.frame")
                wraps = wraps or self.callee(line, node).startswith("pandas.core.series")
                return wraps and self.is_plain(line, value)
        return False

    def orders(self, line: Line, node: ast.AST) -> bool:
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                callee = self.callee(line, part)
                if callee.rpartition(".")[2] in _ORDERS or not_rowwise(callee):
                    return True
            if isinstance(part, ast.Slice) and part.step is not None:
                return True
        return False

    def goes_on(self, line: Line, node: ast.expr) -> bool:
        """Whether it is one value a row made of the models' answers alone, and more than they."""
        goes_on = bool(self.sources(line, node)) and not self.is_plain(line, node)
        follows = goes_on and self.foreign(line, node) is None
        return follows and "rows" in self._kinds(line, node) and not self.orders(line, node)

    def form(self, line: Line, node: ast.AST) -> Any:
        """`node` with the models' answers in place of variables."""
        return _Form(self, line).visit(copy.deepcopy(node))


class _Form(ast.NodeTransformer):
    """The text of an expression with the model's answers written for the variables made of them."""

    def __init__(self, reading: Reading, line: Line) -> None:
        self._reading = reading
        self._line = line

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._listed(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._listed(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._listed(node)

    def _listed(self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> ast.AST:
        """The same for training and test rows: the models, and what is made of each answer."""
        calls = self._reading.inside(self._line, node)
        if not calls:
            return self.generic_visit(node)
        states = ", ".join(f"{call.state.identity}.{call.state.generation}" for call in calls)
        asked = {span_of(self._reading.program.nodes[call.span], 0)[1:] for call in calls}
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and span_of(part, 0)[1:] in asked:
                part.args, part.keywords = [], []
        return ast.Name(f"<{states} by {': '.join(map(ast.unparse, made_in(node)))}>")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        call = self._reading.root(self._line, node)
        if call is not None:
            return ast.Name(f"<{call.state.identity}.{call.state.generation}.{call.method}>")
        inside = self._reading.inside(self._line, node)
        if inside:
            state = inside[0].state
            return ast.Name(f"<{state.identity}.{state.generation} by {ast.unparse(node.func)}>")
        skipped = labels_of(node, "pandas.Series") if makes_series(node) else []
        node.keywords = [each for each in node.keywords if each not in skipped]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        made = self._reading.known.get(node.id)
        return node if made is None else made.tree


def makes_series(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"Series", "DataFrame"}


def labels_of(node: ast.Call, callee: str) -> list[ast.keyword]:
    """The row labels in `pd.Series(pred, index=X_test.index)`: rows are answered in their order."""
    if not (callee.startswith("pandas.") and makes_series(node)):
        return []
    return [each for each in node.keywords if each.arg == "index"]


def calls_of(sources: Sequence[Made | ModelCall]) -> tuple[ModelCall, ...]:
    calls = [
        call for each in sources for call in (each.calls if isinstance(each, Made) else [each])
    ]
    return tuple({(call.span, call.state): call for call in calls}.values())
