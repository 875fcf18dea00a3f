"""Which of a notebook's estimators is the one that answers: the end of the scoring path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cellmark.core.explanation import Undecided
from cellmark_runtime.errors import CellmarkError

from ..refusal import Refusal, quoted, refuse
from ..text.spans import Span, span_of
from ..trace.program import Program
from ..trace.records import EstimatorState, ModelCall
from ..trace.rules import FITS
from ..trace.tracer import Tracer
from .answering import OFFERED, Answering, answering_by, check_same_each_turn, made_by, shown
from .called import Turn, in_the_shell, one_of, receiver_of, turns_of_models

__all__ = ["AmbiguousModel", "OneATurn", "answering_model"]

_FITTED = ("fit", "partial_fit")
_MOST_NAMES = 12


class AmbiguousModel(Undecided):
    """Several fitted models answer in the notebook, and nothing says which one is meant.

    `named` are those by the author's names, `likeliest` is the choice of the one that answers
    last, `choose` those that there are.
    """

    def __init__(self, named: dict[str, EstimatorState]) -> None:
        self.named = named
        last = next(reversed(named))
        self.likeliest = {"model": last}
        self.choose = {"model": tuple(named)}
        super().__init__(
            "the notebook",
            f"{len(named)} models answer in it: {', '.join(sorted(named))}",
            "one",
            f"Name the one that is meant: --model {in_the_shell(last)}.",
        )


class OneATurn(Refusal):
    """Models answer in a loop alone, another one each turn.

    `likeliest` is the choice of the last one, `choose` those that there are.
    """

    likeliest: Mapping[str, str] = {}
    choose: Mapping[str, tuple[str, ...]] = {}


def answering_model(program: Program, tracer: Tracer, wanted: str | None = None) -> Answering:
    """Find the model whose answers are the notebook's.

    It is the one named `wanted`; else the one that answers in the `train` and `evaluate` cells.

    Raises:
        AmbiguousModel: several do. Refusal: none does at the top level of a cell.
    """
    top = [call for call in shown(program, tracer) if _role(program, call)]
    able = [call for call in top if _can_predict(tracer, call)]
    # `fit_predict` may as well make a feature for the model that is fitted after it.
    ways = (OFFERED, _FITTED, ("fit_predict",))
    asked: Sequence[ModelCall] = next(filter(None, (made_by(way, able) for way in ways)), [])
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
    answering = answering_by(program, tracer, name, last, own)
    check_same_each_turn(answering.line, answering.argument)
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
    return made_by(OFFERED, its) or its


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
    problem.choose = {"model": tuple(turns)}
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


def _role(program: Program, call: ModelCall) -> bool:
    roles = program.lines[call.statement].cell.roles
    return bool({"train", "evaluate"} & set(roles))


def _can_predict(tracer: Tracer, call: ModelCall) -> bool:
    return any(hasattr(tracer.watch.estimators.at(call.state), each) for each in OFFERED)


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
            "Make what the model is asked about in the cell itself: `dtest = xgb.DMatrix(X_test)`.",
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
    elsewhere = [call for call in tracer.watch.calls if call.method in {"fit", *OFFERED}]
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
