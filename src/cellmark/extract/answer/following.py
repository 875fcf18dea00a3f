"""Follow a model's answers forward: which variables the notebook makes of them, and how."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..refusal import Refusal, refuse
from ..text.assignments import is_crossed, parallel
from ..text.names import bound, stored_into
from ..trace.program import Line, Program
from ..trace.records import ModelCall
from ..trace.tracer import Tracer
from ..values.kinds import length_of, rows_given
from .gathering import Gathered, gathered
from .reading import Made, Reading, calls_of, makes_series

__all__ = ["Follower", "Unnamed", "followed"]

_ROLES = frozenset({"train", "evaluate"})


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
        self._reading = Reading(program, tracer)

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
        stored = (stored_into(node) | frozenset(line.run.changed)) & self._reading.known.keys()
        touched = {each for each in stored if line.index not in self._reading.known[each].lines}
        if touched and not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Expr | ast.Delete):
            self._change(line, sorted(touched))
        self._forget(line)

    def _assignment(self, line: Line, name: str, value: ast.expr) -> None:
        sources = self._reading.sources(line, value)
        if not sources:
            self._forget(line)
            return
        foreign = self._reading.foreign(line, value)
        kept = line.run.answers.get(name)
        rows = {length_of(call.argument) for call in calls_of(sources)}
        several = bool(self._reading.inside(line, value)) and not isinstance(value, ast.Call)
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
            foreign = [self._reading.foreign(line, part, own) for part in made]
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
        forms = [ast.unparse(self._reading.form(line, each)) for each in found.body]
        self._keep(
            Made(
                found.name,
                ast.Name(f"<{found.name} of {'; '.join(forms)}>"),
                (begun, line.index),
                found.calls,
                goes_on=True,
                orders=any(self._reading.orders(line, each) for each in found.body),
                value=line.run.answers.get(found.name),
            )
        )

    def _change(self, line: Line, touched: Sequence[str]) -> None:
        """A statement that alters variables in place, like `pred[pred < 0] = 0`."""
        for name in touched:
            before = self._reading.known[name]
            foreign = self._reading.foreign(line, line.node)
            # What ran and found nothing to change leaves no copy.
            kept = line.run.answers.get(name, before.value)
            if foreign is not None:
                self.lost[name] = self.broken[name] = _mixed(line, foreign)
                del self._reading.known[name]
                continue
            sources = [before, *self._reading.sources(line, line.node)]
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
        tree = self._reading.form(line, node)
        changes = not isinstance(node, ast.expr)
        if changes:
            before = self._reading.known[name].form
            tree = ast.Name(f"<{before}; {ast.unparse(tree)}>")
        made = Made(
            name,
            tree,
            tuple(lines),
            calls_of(sources),
            changes
            or any(each.goes_on for each in earlier)
            or not (
                self._reading.is_plain(line, node)
                or _is_returned(self._reading.inside(line, node), value)
            ),
            any(each.orders for each in earlier) or self._reading.orders(line, node),
            value,
        )
        self._keep(made)

    def _keep(self, made: Made) -> None:
        self._reading.known[made.name] = made
        self.made.append(made)
        self.lost.pop(made.name, None)
        self.broken.pop(made.name, None)

    def _forget(self, line: Line) -> None:
        for name in bound(line.node) | line.hidden:
            if self._reading.known.get(name) and line.index not in self._reading.known[name].lines:
                del self._reading.known[name]

    def _unnamed(self, line: Line) -> Iterator[Unnamed]:
        reading = self._reading
        for holder in ast.walk(line.node):
            callee = reading.callee(line, holder) if isinstance(holder, ast.Call) else ""
            measured = callee.startswith("sklearn.metrics.")
            for part in _handed_on(holder, measured=measured):
                if reading.goes_on(line, part):
                    calls = calls_of(reading.sources(line, part))
                    yield Unnamed(line, part, calls, measured)


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
        case ast.Call(args=[ast.Dict(values=values), *_]) if makes_series(node):
            return values
        case ast.Assign(targets=[ast.Subscript(slice=ast.Constant(value=str()))], value=value):
            return [value]
    return []


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
