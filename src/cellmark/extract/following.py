"""Follow a model's answers forward: which variables the notebook makes of them, and how."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from .assignments import is_crossed, parallel
from .gathering import Gathered, gathered
from .kinds import length_of, rows_given
from .listed import listed_in, made_in
from .names import bound, stored_into
from .program import Line, Program
from .records import ModelCall
from .refusal import Refusal, refuse
from .rules import ANSWERS, not_rowwise
from .spans import Span, span_of
from .surface import surface_of
from .tracer import Tracer

__all__ = ["Follower", "Made", "Unnamed", "followed", "labels_of"]

_ROLES = frozenset({"train", "evaluate"})
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


class Unnamed(NamedTuple):
    """An expression that goes on with the model's answers and is given no variable: a metric's
    argument (`is_measured`), or a column of a table.
    """

    line: Line
    node: ast.expr
    calls: tuple[ModelCall, ...]
    is_measured: bool


def followed(program: Program, tracer: Tracer) -> Follower:
    """What the whole notebook makes of its models' answers."""
    follower = Follower(program, tracer)
    follower.follow()
    return follower


class Follower:
    """Walks the statements in order; `made` holds each variable each time it was made anew.

    `lost` says of variables made of answers why they can't be followed further; `broken` are
    those among them that were answers until then. `unnamed` goes on with answers unnamed.
    """

    def __init__(self, program: Program, tracer: Tracer) -> None:
        self.program = program
        self.tracer = tracer
        self.made: list[Made] = []
        self.lost: dict[str, Refusal] = {}
        self.broken: dict[str, Refusal] = {}
        self.unnamed: list[Unnamed] = []
        self._known: dict[str, Made] = {}
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

    def follow(self) -> None:
        for line in self.program.lines:
            if _ROLES & set(line.cell.roles):
                self._statement(line)
            else:
                self._forget(line)

    def _statement(self, line: Line) -> None:
        node = line.node
        self.unnamed += self._unnamed(line)
        assigned = _assigned_by(node)
        if assigned:
            for name, value in assigned.items():
                self._assignment(line, name, value)
            return
        if isinstance(node, ast.For):
            self._loop(line)
        stored = (stored_into(node) | frozenset(line.run.changed)) & self._known.keys()
        touched = {each for each in stored if line.index not in self._known[each].lines}
        if touched and not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Expr | ast.Delete):
            self._change(line, sorted(touched))
        self._forget(line)

    def _assignment(self, line: Line, name: str, value: ast.expr) -> None:
        sources = self._sources(line, value)
        if not sources:
            self._forget(line)
            return
        foreign = self.foreign(line, value)
        kept = line.run.answers.get(name)
        rows = {length_of(call.argument) for call in _calls_of(sources)}
        several = bool(self.inside(line, value)) and not isinstance(value, ast.Call)
        if several and foreign is None:
            kept = None  # a list of answers is no value a row, but may become one
        elif foreign is not None or kept is None or rows_given(kept) not in rows:
            if foreign is not None and kept is not None:
                self.lost[name] = _mixed(line, foreign)
            self._forget(line)
            return
        self._make(line, name, value, sources, kept)

    def _loop(self, line: Line) -> None:
        """A loop that asks models each turn, and what it gathers of their answers."""
        found = [*gathered(self.program, self.tracer, line)]
        names = {each.name for each in found}
        for each in found:
            made = [part for part in each.body if part not in each.feeding]
            own = names | {name for part in made for name in bound(part)}
            foreign = [self.foreign(line, part, own) for part in made]
            if any(foreign):
                self.lost[each.name] = _mixed(line, next(filter(None, foreign)))
            else:
                self._gather(line, each)

    def _gather(self, line: Line, found: Gathered) -> None:
        begun = max(
            each.index
            for each in self.program.lines[: line.index]
            if found.name in bound(each.node)
        )
        forms = [ast.unparse(_Form(self, line).visit(copy.deepcopy(each))) for each in found.body]
        self._keep(
            Made(
                found.name,
                ast.Name(f"<{found.name} of {'; '.join(forms)}>"),
                (begun, line.index),
                found.calls,
                goes_on=True,
                orders=any(self._orders(line, each) for each in found.body),
                value=line.run.answers.get(found.name),
            )
        )

    def _change(self, line: Line, touched: Sequence[str]) -> None:
        """A statement that alters variables in place, like `pred[pred < 0] = 0`."""
        for name in touched:
            before = self._known[name]
            foreign = self.foreign(line, line.node)
            # What ran and found nothing to change leaves no copy.
            kept = line.run.answers.get(name, before.value)
            if foreign is not None:
                self.lost[name] = self.broken[name] = _mixed(line, foreign)
                del self._known[name]
                continue
            sources = [before, *self._sources(line, line.node)]
            self._make(line, name, line.node, sources, kept)

    def _make(
        self,
        line: Line,
        name: str,
        node: ast.AST,
        sources: Sequence[Made | ModelCall],
        value: Any,
    ) -> None:
        earlier = [made for made in sources if isinstance(made, Made)]
        lines = sorted({index for made in earlier for index in made.lines} | {line.index})
        tree = _Form(self, line).visit(copy.deepcopy(node))
        changes = not isinstance(node, ast.expr)
        if changes:
            before = self._known[name].form
            tree = ast.Name(f"<{before}; {ast.unparse(tree)}>")
        made = Made(
            name,
            tree,
            tuple(lines),
            _calls_of(sources),
            changes
            or any(each.goes_on for each in earlier)
            or not (self._is_plain(line, node) or _is_returned(self.inside(line, node), value)),
            any(each.orders for each in earlier) or self._orders(line, node),
            value,
        )
        self._keep(made)

    def _keep(self, made: Made) -> None:
        self._known[made.name] = made
        self.made.append(made)
        self.lost.pop(made.name, None)
        self.broken.pop(made.name, None)

    def _forget(self, line: Line) -> None:
        for name in bound(line.node) | line.hidden:
            if self._known.get(name) and line.index not in self._known[name].lines:
                del self._known[name]

    # -- expressions

    def _unnamed(self, line: Line) -> Iterator[Unnamed]:
        for holder in ast.walk(line.node):
            measured = isinstance(holder, ast.Call) and self._callee(line, holder).startswith(
                "sklearn.metrics."
            )
            for part in _handed_on(holder, measured=measured):
                sources = self._sources(line, part)
                goes_on = sources and not self._is_plain(line, part)
                follows = goes_on and self.foreign(line, part) is None
                if follows and "rows" in self._kinds(line, part) and not self._orders(line, part):
                    yield Unnamed(line, part, _calls_of(sources), measured)

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

    def known(self, name: str) -> Made | None:
        return self._known.get(name)

    def _sources(self, line: Line, node: ast.AST) -> list[Made | ModelCall]:
        found: list[Made | ModelCall] = []
        for part in self._outside_calls(line, node):
            call = self.root(line, part)
            found += [call] if call is not None else self.inside(line, part)
            if isinstance(part, ast.Name) and part.id in self._known:
                found.append(self._known[part.id])
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
            known = node.id in self._known or node.id in own
            return node.id if kinds & {"rows", "filtered"} and not known else None
        if kinds and kinds <= {"aggregate", "estimator"}:
            return None
        skipped = labels_of(node, self._callee(line, node)) if isinstance(node, ast.Call) else []
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

    def _callee(self, line: Line, node: ast.Call) -> str:
        return self.tracer.callees.get(span_of(node, line.cell.number), "")

    def _is_plain(self, line: Line, node: ast.AST) -> bool:
        """Only the model's answer, or a column of it, maybe in another wrapping."""
        if self.root(line, node) is not None or isinstance(node, ast.Name):
            return True
        match node:
            case ast.Subscript(value=value, slice=part):
                return not any(True for _ in self._sources(line, part)) and self._is_plain(
                    line, value
                )
            case ast.Attribute(value=value, attr="values" | "T"):
                return self._is_plain(line, value)
            case ast.Call(func=ast.Attribute(value=value, attr=name)) if name in _SHAPES | {"max"}:
                return self._is_plain(line, value)
            case ast.Call(args=[value, *_]):
                named = self._callee(line, node).rpartition(".")[2]
                wraps = named in _WRAPS or self._callee(line, node).startswith("pandas.core.frame")
                wraps = wraps or self._callee(line, node).startswith("pandas.core.series")
                return wraps and self._is_plain(line, value)
        return False

    def _orders(self, line: Line, node: ast.AST) -> bool:
        for part in ast.walk(node):
            if isinstance(part, ast.Call):
                callee = self._callee(line, part)
                if callee.rpartition(".")[2] in _ORDERS or not_rowwise(callee):
                    return True
            if isinstance(part, ast.Slice) and part.step is not None:
                return True
        return False


class _Form(ast.NodeTransformer):
    """The text of an expression with the model's answers written for the variables made of them."""

    def __init__(self, follower: Follower, line: Line) -> None:
        self._follower = follower
        self._line = line

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        return self._listed(node)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> ast.AST:
        return self._listed(node)

    def visit_DictComp(self, node: ast.DictComp) -> ast.AST:
        return self._listed(node)

    def _listed(self, node: ast.ListComp | ast.GeneratorExp | ast.DictComp) -> ast.AST:
        """The same for training and test rows: the models, and what is made of each answer."""
        calls = self._follower.inside(self._line, node)
        if not calls:
            return self.generic_visit(node)
        states = ", ".join(f"{call.state.identity}.{call.state.generation}" for call in calls)
        asked = {span_of(self._follower.program.nodes[call.span], 0)[1:] for call in calls}
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and span_of(part, 0)[1:] in asked:
                part.args, part.keywords = [], []
        return ast.Name(f"<{states} by {': '.join(map(ast.unparse, made_in(node)))}>")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        call = self._follower.root(self._line, node)
        if call is not None:
            return ast.Name(f"<{call.state.identity}.{call.state.generation}.{call.method}>")
        inside = self._follower.inside(self._line, node)
        if inside:
            state = inside[0].state
            return ast.Name(f"<{state.identity}.{state.generation} by {ast.unparse(node.func)}>")
        skipped = labels_of(node, "pandas.Series") if _makes_series(node) else []
        node.keywords = [each for each in node.keywords if each not in skipped]
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        made = self._follower.known(node.id)
        return node if made is None else made.tree


def _makes_series(node: ast.Call) -> bool:
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    return name in {"Series", "DataFrame"}


def labels_of(node: ast.Call, callee: str) -> list[ast.keyword]:
    """The row labels in `pd.Series(pred, index=X_test.index)`: rows are answered in their order."""
    if not (callee.startswith("pandas.") and _makes_series(node)):
        return []
    return [each for each in node.keywords if each.arg == "index"]


def _is_returned(calls: Sequence[ModelCall], value: Any) -> bool:
    """Whether a function gave back one of the model's answers as it was, or a column of it."""
    given = np.asarray(value)
    for call in calls:
        answer = np.asarray(call.result)
        columns = list(answer.T) if answer.ndim == 2 else []
        if any(np.array_equal(each, given) for each in (answer, *columns)):
            return True
    return False


def _handed_on(node: ast.AST, *, measured: bool) -> list[ast.expr]:
    """What a metric is asked about, or what becomes a column of a table."""
    match node:
        case ast.Call(args=arguments) if measured:
            return arguments
        case ast.Call(args=[ast.Dict(values=values), *_]) if _makes_series(node):
            return values
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str()))], value=value):
            return [value]
    return []


def _calls_of(sources: Sequence[Made | ModelCall]) -> tuple[ModelCall, ...]:
    calls = [
        call for each in sources for call in (each.calls if isinstance(each, Made) else [each])
    ]
    return tuple({(call.span, call.state): call for call in calls}.values())


def _assigned_by(node: ast.stmt) -> Mapping[str, ast.expr]:
    """Name -> value of an assignment to a name, or of `p, q = x, y` where x and y read neither."""
    match node:
        case (
            ast.Assign(targets=[ast.Name(id=name)], value=value)
            | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
        ):
            return {name: value}
    return parallel(node) if not is_crossed(parallel(node)) else {}


def _mixed(line: Line, foreign: str) -> Refusal:
    return refuse(
        line.node,
        line.cell.number,
        f"makes the answer out of {foreign!r} too, which is not the model's answer",
        "Make it of the model's answers, constants and frozen values alone.",
    )
