"""Answering: the model that answers, how it is asked, and the rows that its features come from."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ..refusal import Refusal, refuse
from ..text.names import bound, reads
from ..trace.program import Line, Program
from ..trace.records import EstimatorState, ModelCall
from ..trace.rules import FITS
from ..trace.tracer import Tracer
from ..values.kinds import length_of
from ..values.native import Way, starts_apart
from .called import call_node, receiver_of
from .origins import made_of_rows
from .surface import surface_of

__all__ = [
    "OFFERED",
    "Answering",
    "answering_at",
    "answering_by",
    "check_same_each_turn",
    "made_by",
    "offered",
    "shown",
]

OFFERED = ("predict", "predict_proba", "decision_function")


class Answering(NamedTuple):
    """The model that answers. `argument` is the expression it is asked about, in `line`.

    `calls` are all its top-level calls, fit included; `target` is the expression of fit's `y`,
    `learnt` its value. `asked` numbers the statement that asks: later than `line` where the rows
    went into a container first. `ways` say by method how the model is asked. It is `blended` where
    the answer is made of other models' answers too: the calls are then those of all.
    """

    name: str
    state: EstimatorState
    estimator: Any
    line: Line
    argument: ast.expr
    target: tuple[Line, ast.expr] | None
    learnt: Any
    calls: tuple[ModelCall, ...]
    asked: int
    ways: Mapping[str, Way]
    blended: bool = False

    def way(self, method: str) -> Way:
        return self.ways.get(method, next(iter(self.ways.values())))

    def answer(self, method: str, rows: Any) -> Any:
        """What the model answers to rows as they stand in the notebook."""
        return self.way(method).ask(self.estimator, method, rows)


def offered(answering: Answering) -> tuple[str, ...]:
    """The methods that the scoring module offers, in order.

    A decision function is one of them where the model has no probabilities, or the notebook asks.
    Of several models' answers only what the notebook makes of them is offered.
    """
    if answering.blended:
        return ("predict",)
    has = {method for method in OFFERED if hasattr(answering.estimator, method)}
    asked = {call.method for call in answering.calls}
    if "predict_proba" in has and "decision_function" not in asked:
        has.discard("decision_function")
    return tuple(method for method in OFFERED if method in has)


def answering_at(program: Program, tracer: Tracer, call: ModelCall) -> Answering:
    """The model that is asked by `call`, whatever others answer."""
    return answering_by(program, tracer, receiver_of(program, call), call, [call])


def answering_by(
    program: Program, tracer: Tracer, name: str, last: ModelCall, asked: Sequence[ModelCall]
) -> Answering:
    fits = _fits_of(program, tracer, last.state)
    first = _telling(program, tracer, asked, fits)
    for call in asked:
        _check_start(program, call)
    line = program.lines[first.handed.statement]
    target = None
    if fits:
        given = _argument(program, fits[-1].handed, 1, ("y", "label"))
        at = program.lines[fits[-1].handed.statement]
        target = (at, given) if given is not None else None
    argument = _argument(program, first.handed, 0, ("X", "data"))
    if argument is None or first.argument is None:
        raise _unclear(program, first, argument)
    calls = tuple(call for call in shown(program, tracer) if call.state == last.state)
    return Answering(
        name,
        last.state,
        tracer.watch.estimators.at(last.state),
        line,
        argument,
        target,
        fits[-1].target if fits else None,
        calls,
        first.statement,
        {call.method: call.way for call in calls},
    )


def _unclear(program: Program, call: ModelCall, argument: ast.expr | None) -> Refusal:
    node, cell = call_node(program, call), call.span.cell
    if argument is None:
        return refuse(node, cell, "is asked about nothing", "Pass the features first.")
    reason = f"it is unclear which rows it is asked about in `{ast.unparse(argument)}`"
    fix = "Make what it is asked about of them: `dtest = xgb.DMatrix(X_test)`."
    return refuse(node, cell, reason, fix)


def check_same_each_turn(line: Line, argument: ast.expr) -> None:
    """What a loop makes anew each turn is in no statement of its own, and can't be followed."""
    looped = isinstance(line.node, ast.For | ast.While)
    behind = sorted(reads(argument) & bound(line.node)) if looped else []
    if behind:
        raise refuse(
            argument,
            line.cell.number,
            f"is made of {behind[0]!r}, which the loop around it makes anew each turn",
            "Prepare the rows before the loop; or fit and ask the model that is meant outside it.",
        )


def _check_start(program: Program, call: ModelCall) -> None:
    start = starts_apart(call.packed) if call.packed else None
    if start is not None:
        raise refuse(
            program.nodes[call.handed.span],
            call.handed.span.cell,
            f"starts each row's answer from `{start}`, which no request holds",
            f"Ask without `{start}`; or make a feature of it, or add it to the answer.",
        )


def made_by(methods: Collection[str], calls: Sequence[ModelCall]) -> list[ModelCall]:
    return [call for call in calls if call.method in methods]


def shown(program: Program, tracer: Tracer) -> list[ModelCall]:
    """The calls that a cell makes itself, or by a function that it hands all it needs."""
    return [
        call
        for call in tracer.watch.calls
        if all(
            each.top_level or surface_of(program, each) is not None
            for each in ((call.handed,) if call.method in FITS else (call, call.handed))
        )
    ]


def _fits_of(program: Program, tracer: Tracer, state: EstimatorState) -> list[ModelCall]:
    """The calls that fitted an estimator."""
    fits = made_by(FITS, shown(program, tracer))
    return [call for call in fits if call.state == state] or [
        # `search.best_estimator_` was fitted by `search`.
        call
        for call in fits
        if _holds(tracer, call.state, state)
    ]


def _telling(
    program: Program, tracer: Tracer, asked: Sequence[ModelCall], fits: Sequence[ModelCall]
) -> ModelCall:
    """The call to take the features from: an answer for many rows, or the fit's own rows.

    An answer for a row or two, to look at, says little and may be made of numbers alone, as the
    grid behind a plot is. Rows that a loop makes anew each turn can't be followed.
    """
    own = [call for call in fits if call.state == asked[0].state]
    many = [each for each in [*asked, *own] if length_of(each.argument) in tracer.row_counts]
    about_rows = [each for each in many if _follows_rows(program, tracer, each)]
    return (about_rows or many or [*asked])[0]


def _follows_rows(program: Program, tracer: Tracer, call: ModelCall) -> bool:
    """Whether a call is about something of the rows that its own statement does not make."""
    handed = call.handed
    line = program.lines[handed.statement]
    given = _argument(program, handed, 0, ("X", "data"))
    if given is None or not made_of_rows(program, tracer, line, given):
        return False
    return not (isinstance(line.node, ast.For | ast.While) and reads(given) & bound(line.node))


def _holds(tracer: Tracer, outer: EstimatorState, inner: EstimatorState) -> bool:
    """Whether an estimator has another as an attribute or a step."""
    whole, part = tracer.watch.estimators.at(outer), tracer.watch.estimators.at(inner)
    steps = [step for _, step in getattr(whole, "steps", [])]
    return any(each is part for each in [*vars(whole).values(), *steps])


def _argument(
    program: Program, call: ModelCall, position: int, keywords: Collection[str]
) -> ast.expr | None:
    """An argument of a call as the cell writes it."""
    node = call_node(program, call)
    named = next((each.value for each in node.keywords if each.arg in keywords), None)
    given = node.args[position] if len(node.args) > position else named
    surface = None if call.top_level else surface_of(program, call)
    return surface.of(given) if surface else given
