"""Which of a notebook's estimators answers, and on what: the end of the scoring path."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from cellmark_runtime.errors import CellmarkError

from .called import Turn, call_node, in_the_shell, one_of, receiver_of, turns_of_models
from .kinds import length_of
from .names import bound, reads
from .native import Way, starts_apart
from .origins import made_of_rows
from .program import Line, Program
from .records import EstimatorState, ModelCall
from .refusal import Refusal, quoted, refuse
from .rules import FITS
from .spans import Span, span_of
from .surface import surface_of
from .tracer import Tracer

__all__ = [
    "AmbiguousModel",
    "Answering",
    "OneATurn",
    "answering_at",
    "answering_model",
    "offered",
]

_ANSWERS = ("predict", "predict_proba", "decision_function")
_FITTED = ("fit", "partial_fit")
_MOST_NAMES = 12
_IN_THE_CELL = "`dtest = xgb.DMatrix(X_test)`."


class AmbiguousModel(CellmarkError):
    """Several fitted models answer in the notebook, and nothing says which one is meant.

    `named` are those by the author's names, `likeliest` is the choice of the one that answers last.
    """

    def __init__(self, named: dict[str, EstimatorState]) -> None:
        self.named = named
        last = next(reversed(named))
        self.likeliest = {"model": last}
        super().__init__(
            "the notebook",
            f"{len(named)} models answer in it: {', '.join(sorted(named))}",
            "one",
            f"Name the one that is meant: --model {in_the_shell(last)}.",
        )


class OneATurn(Refusal):
    """Models answer in a loop alone, another one each turn.

    `likeliest` is the choice of the last one.
    """

    likeliest: Mapping[str, str] = {}


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
    has = {method for method in _ANSWERS if hasattr(answering.estimator, method)}
    asked = {call.method for call in answering.calls}
    if "predict_proba" in has and "decision_function" not in asked:
        has.discard("decision_function")
    return tuple(method for method in _ANSWERS if method in has)


def answering_model(program: Program, tracer: Tracer, wanted: str | None = None) -> Answering:
    """Find the model whose answers are the notebook's.

    It is the one named `wanted`; else the one that answers in the `train` and `evaluate` cells.

    Raises:
        AmbiguousModel: several do. Refusal: none does at the top level of a cell.
    """
    top = [call for call in _shown(program, tracer) if _role(program, call)]
    able = [call for call in top if _can_predict(tracer, call)]
    # `fit_predict` may as well make a feature for the model that is fitted after it.
    ways = (_ANSWERS, _FITTED, ("fit_predict",))
    asked: Sequence[ModelCall] = next(filter(None, (_made_by(way, able) for way in ways)), [])
    if wanted is not None:
        asked = _named(program, tracer, asked, able, wanted)
    if not asked:
        raise _no_model(program, tracer, wanted)
    named = _by_name(program, tracer, asked)
    if len({call.state.identity for call in named.values()}) > 1:
        raise AmbiguousModel({name: call.state for name, call in named.items()})
    name, last = next(reversed(named.items()))
    name = wanted if wanted and wanted.isidentifier() else name
    _check_not_fitted_again(program, tracer.watch.calls, name, last)
    own = [call for call in asked if call.state == last.state]
    answering = _answering(program, tracer, name, last, own)
    _check_same_each_turn(answering.line, answering.argument)
    return answering


def _named(
    program: Program,
    tracer: Tracer,
    asked: Sequence[ModelCall],
    able: Sequence[ModelCall],
    wanted: str,
) -> list[ModelCall]:
    """The calls of the model that a person names: by a variable, or by its turn in a loop."""
    receivers = [receiver_of(program, call) for call in asked]
    name = one_of(wanted, receivers)
    own = [call for call, each in zip(asked, receivers, strict=True) if each == name]
    if own and len({call.state.identity for call in own}) == 1:
        return own
    turns = {
        label: turn
        for calls in _by_place(able).values()
        if len({call.state.identity for call in calls}) > 1
        for label, turn in turns_of_models(program, tracer, calls).items()
    }
    label = one_of(wanted, turns)
    if label is None:
        return own
    its = [call for call in able if call.state == turns[label].state]
    return _made_by(_ANSWERS, its) or its


def answering_at(program: Program, tracer: Tracer, call: ModelCall) -> Answering:
    """The model that is asked by `call`, whatever others answer."""
    return _answering(program, tracer, receiver_of(program, call), call, [call])


def _by_name(program: Program, tracer: Tracer, asked: Sequence[ModelCall]) -> dict[str, ModelCall]:
    """The models' last calls, without those of a loop over several, unless there are no others.

    Of a loop's models it is the one that the notebook keeps by a name of its own.
    """
    places = _by_place(asked)
    alone = [
        call
        for calls in places.values()
        if len({call.state.identity for call in calls}) == 1
        for call in calls
    ]
    if alone:
        own = [call for call in asked if any(call is each for each in alone)]
        return {receiver_of(program, call): call for call in own}
    last = [*places.values()][-1]
    turns = turns_of_models(program, tracer, last)
    kept = {turn.state: name for name, turn in turns.items() if turn.kept}
    if len(kept) != 1:
        raise _one_a_turn(program, last[-1], turns)
    return {kept[call.state]: call for call in asked if call.state in kept}


def _by_place(calls: Sequence[ModelCall]) -> dict[tuple[Span, int], list[ModelCall]]:
    places: dict[tuple[Span, int], list[ModelCall]] = {}
    for call in calls:
        places.setdefault((call.span, call.statement), []).append(call)
    return places


def _one_a_turn(program: Program, call: ModelCall, turns: Mapping[str, Turn]) -> OneATurn:
    node, last = program.nodes[call.span], [*turns][-1]
    names = ", ".join([*turns][:_MOST_NAMES]) + (", ..." if len(turns) > _MOST_NAMES else "")
    problem = OneATurn(
        call.span.cell,
        node.lineno,
        f"`{receiver_of(program, call)}` stands for {len(turns)} models, one after the other: "
        f"{names}",
        f"Name the one that is meant: --model {in_the_shell(last)}; or ask it outside the loop, "
        "under a name of its own: `best.predict(X)`; or gather all their answers: "
        "`total += model.predict(X) / n`.",
        quoted(node),
    )
    problem.likeliest = {"model": last}
    return problem


def _check_not_fitted_again(
    program: Program, calls: Sequence[ModelCall], name: str, last: ModelCall
) -> None:
    for call in calls:
        same = call.state.identity == last.state.identity and _role(program, call)
        if same and call.state.generation > last.state.generation and call.method in FITS:
            raise refuse(
                program.nodes[call.span],
                call.span.cell,
                f"`{name}` is fitted again after its last answer, so it is unclear which fit "
                "is meant",
                f"Ask `{name}.predict(X)` after this fit, or leave one of the fits out.",
            )


def _answering(
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
    calls = tuple(call for call in _shown(program, tracer) if call.state == last.state)
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
    return refuse(node, cell, reason, "Make what it is asked about of them: " + _IN_THE_CELL)


def _check_same_each_turn(line: Line, argument: ast.expr) -> None:
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


def _role(program: Program, call: ModelCall) -> bool:
    roles = program.lines[call.statement].cell.roles
    return bool({"train", "evaluate"} & set(roles))


def _made_by(methods: Collection[str], calls: Sequence[ModelCall]) -> list[ModelCall]:
    return [call for call in calls if call.method in methods]


def _can_predict(tracer: Tracer, call: ModelCall) -> bool:
    return any(hasattr(tracer.watch.estimators.at(call.state), each) for each in _ANSWERS)


def _shown(program: Program, tracer: Tracer) -> list[ModelCall]:
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
    fits = _made_by(FITS, _shown(program, tracer))
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


def _no_model(program: Program, tracer: Tracer, wanted: str | None) -> CellmarkError:
    for span, why in tracer.watch.missed.items():
        fix = "Hand it plain arguments: a frame or an array of rows, and a target."
        return refuse(program.nodes[span], span.cell, f"could not be noted ({why})", fix)
    inside = [call for call in tracer.watch.calls if not call.top_level]
    packed = [call for call in tracer.watch.calls if not call.handed.top_level]
    if packed and not inside:
        return refuse(
            program.nodes[packed[-1].handed.span],
            packed[-1].handed.span.cell,
            "the model's rows are put together inside a function",
            "Make what the model is asked about in the cell itself: " + _IN_THE_CELL,
        )
    if inside:
        call = inside[-1]
        return refuse(
            program.nodes[call.span],
            call.span.cell,
            "the model is fitted or asked inside a function that makes its input itself",
            "Hand the features to the function as an argument, once in a statement; or call `fit` "
            "or `predict` in the cell itself.",
        )
    learnt = [
        call
        for call in tracer.watch.calls
        if call.method in FITS
        and _role(program, call)
        and not hasattr(tracer.watch.estimators.at(call.state), "transform")
    ]
    if wanted is None and learnt and not _can_predict(tracer, learnt[-1]):
        return _not_for_new_rows(program, tracer, learnt[-1])
    elsewhere = [call for call in tracer.watch.calls if call.method in {"fit", *_ANSWERS}]
    if wanted is None and elsewhere:
        call = elsewhere[-1]
        place = span_of(program.nodes[call.span], call.span.cell)
        return Refusal(
            place.cell,
            place.line,
            "a model is used here, in a cell without the role train or evaluate",
            "Tag the cell train.",
        )
    return CellmarkError(
        "the notebook",
        f"no model named {wanted!r} answers in it" if wanted else "no model was fitted in it",
        "a scikit-learn style estimator with fit and predict in a cell tagged train or evaluate",
        "Fit the one that is meant: `model.fit(X, y)`.",
    )


def _not_for_new_rows(program: Program, tracer: Tracer, call: ModelCall) -> Refusal:
    kind = type(tracer.watch.estimators.at(call.state)).__name__
    return refuse(
        program.nodes[call.span],
        call.span.cell,
        f"{kind} can't be applied to rows that it was not fitted on",
        "`LocalOutlierFactor(novelty=True)` can."
        if kind == "LocalOutlierFactor"
        else "Use an estimator that has `predict`, like KMeans, Birch or GaussianMixture.",
    )
