"""Truth: what the notebook itself computed, kept aside to hold the scoring module against."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cellmark_runtime.scoring.answers import side_by_side
from cellmark_runtime.scoring.anyframe import (
    index_of,
    is_column,
    is_frame,
    is_polars,
    rows_at,
)

from ..answer.answering import Answering, offered
from ..answer.final import Final
from ..answer.inputs import Inputs
from ..text.spans import Span
from ..trace.left_out import Fate, LeftOut, left_out
from ..trace.records import ModelCall, Source
from ..trace.rules import FITS
from ..trace.tracer import Tracer
from ..values.comparison import difference
from ..values.kinds import length_of
from ..values.row_numbers import all_of, but
from .left import Left

if TYPE_CHECKING:
    from cellmark_runtime import Model
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = [
    "Apart",
    "Observed",
    "Scored",
    "Truth",
    "placed",
    "positions_of",
    "scored_by",
    "truth_of",
]


class Scored(NamedTuple):
    """The model's input and its answers, a row each; None where it gives no such answer.

    Probabilities of an answer in several parts stand side by side. Features of several models
    are a tuple, of parts that may not be known.
    """

    features: Any
    predictions: Any
    probabilities: Any
    scores: Any = None

    def at(self, positions: Any) -> Scored:
        """These rows only, in this order."""
        return Scored(*(None if part is None else rows_at(part, positions) for part in self))


def scored_by(model: Model, rows: Any) -> Scored:
    """What a bundle answers to raw rows. Raises: CellmarkError for rows that it refuses."""
    features, predictions, probabilities, scores = model.trace(rows)
    return Scored(features, predictions, side_by_side(probabilities), scores)


class Observed(NamedTuple):
    """One input of the model in the notebook, with its answers; `fitted` if it learnt from it.

    `positions` are guesses, likeliest first, at which raw rows the input's rows are, in order.
    `is_final` says that the predictions are what the notebook made of the model's answers.
    """

    scored: Scored
    fitted: bool
    positions: tuple[np.ndarray[Any, Any], ...] = ()
    is_final: bool = True


class Apart(NamedTuple):
    """An input of the model, by `call`, whose rows are none of the raw frame's.

    `places` are guesses, likeliest first, at the frame that they are of, and at which rows of it.
    """

    observed: Observed
    call: ModelCall
    places: tuple[tuple[Source, np.ndarray[Any, Any]], ...]


class Truth(NamedTuple):
    """`raw` is the raw frame as the data cell left it, `target` its columns behind `y`.

    `accepted` are the positions of the rows that scoring is proven on. `places` gives the cell and
    line of each statement of the scoring module's functions, in order; `left` is what the
    notebook's own statements left. `beside` says of further frames
    from where on their rows stand in `raw`, `unproven` of which inputs of the model nothing is
    proven.
    """

    raw: Frame
    target: frozenset[Hashable]
    observed: tuple[Observed, ...]
    places: Mapping[str, tuple[tuple[int, int], ...]]
    left_out: LeftOut
    accepted: np.ndarray[Any, Any]
    left: tuple[Left, ...] = ()
    beside: tuple[tuple[str, int], ...] = ()
    unproven: tuple[str, ...] = ()

    @property
    def last(self) -> Observed:
        """The last input to which the notebook gives its own final answers."""
        return [each for each in self.observed if each.is_final][-1]

    @property
    def unmet(self) -> np.ndarray[Any, Any]:
        """Rows passed over that the model met by no guess: the notebook tells nothing of them.

        It may have learnt from the first half of the rows, and been asked about the second.
        """
        met = [guess for each in self.observed for guess in each.positions]
        return but(self.left_out.passed, all_of(met))


def truth_of(
    tracer: Tracer,
    answering: Answering,
    raw: Frame,
    target: frozenset[Hashable],
    places: Mapping[str, tuple[tuple[int, int], ...]],
    selected: Mapping[Span, Fate],
    final: Final | None = None,
    predict: Callable[[Any], Any] | None = None,
    frames: Mapping[int, Sequence[Source]] = {},
) -> tuple[Truth, tuple[Apart, ...]]:
    """Collect every input of the model in the notebook, with the model's answers to it.

    An answer that the notebook asked for is taken as it was given; others are asked of the
    notebook's own fitted model, on the notebook's own features. Where the notebook made its
    `final` answers of some rows only, `predict` makes them for the others. `frames` are by call
    those that its rows may be of, where these are not the raw frame's.
    """
    if final is not None and final.inputs is not None and predict is not None:
        found = [*_of_several(answering.calls, final, final.inputs, predict)]
    else:
        found = [*_of_one(answering, final, predict)]
    observed, apart = [], []
    for scored, call in found:
        here = () if id(call) in frames else positions_of(tracer, call.argument, raw)
        if here:
            observed.append(scored._replace(positions=here))
        else:
            apart.append(Apart(scored, call, _places(tracer, call, frames.get(id(call), ()))))
    gone = left_out(tracer.watch.selections, selected, {str(name) for name in target})
    truth = Truth(
        raw,
        target,
        tuple(observed),
        places,
        gone,
        np.arange(len(raw)),
    )
    return truth, tuple(apart)


def _places(
    tracer: Tracer, call: ModelCall, frames: Sequence[Source]
) -> tuple[tuple[Source, np.ndarray[Any, Any]], ...]:
    return tuple(
        (source, positions)
        for source in frames
        for positions in positions_of(tracer, call.argument, source.frame)
    )


def _of_one(
    answering: Answering,
    final: Final | None,
    predict: Callable[[Any], Any] | None,
) -> Iterator[tuple[Observed, ModelCall]]:
    """The inputs of one model, each once, with its answers or what the notebook makes of them."""
    groups: list[list[ModelCall]] = []
    for call in answering.calls:
        for group in groups:
            if group[0].argument is call.argument or _equal(group[0].argument, call.argument):
                group.append(call)
                break
        else:
            groups.append([call])
    for group in groups:
        found = _observed(answering, group)
        if final is not None and predict is not None:
            found = _finally(found, group, final, predict)
        yield found, group[0]


def _observed(answering: Answering, calls: list[ModelCall]) -> Observed:
    features = calls[0].argument
    given = {method: _answer(answering, calls, method) for method in offered(answering)}
    scored = Scored(
        features,
        given.get("predict"),
        side_by_side(given.get("predict_proba")),
        given.get("decision_function"),
    )
    return Observed(scored, any(call.method in FITS for call in calls))


def _finally(
    observed: Observed,
    calls: list[ModelCall],
    final: Final,
    predict: Callable[[Any], Any],
) -> Observed:
    """The notebook's own final answers to one input of the model, or the module's in their place.

    The module's are made here of the notebook's features, so the proof still compares them with
    what the bundle gives for raw rows; what they mean is held against the notebook's own.
    """
    own = [
        given.value
        for given in final.given
        if any(call is each for call in given.calls for each in calls)
    ]
    made = own[-1] if own else predict(observed.scored.features)
    return observed._replace(scored=observed.scored._replace(predictions=made), is_final=bool(own))


def _of_several(
    calls: Sequence[ModelCall],
    final: Final,
    inputs: Inputs,
    predict: Callable[[Any], Any],
) -> Iterator[tuple[Observed, ModelCall]]:
    """The inputs of models that are asked about rows of their own, and the notebook's answers.

    Rows that only some of the models met, a fold's own or those that one learnt from, show the
    features alone: the notebook has no answer of all of them to these.
    """
    asked = {id(call) for given in final.given for call in given.calls}
    rest: list[ModelCall] = []
    for call in calls:
        known = inputs.given(call.state, call.argument)
        new = not any(_equal(call.argument, each.argument) for each in rest)
        if known is None or id(call) in asked or not new:
            continue
        rest.append(call)
        made = predict(known) if not isinstance(known, tuple) else None
        fitted = call.method in FITS
        yield Observed(Scored(known, made, None), fitted, is_final=False), call
    for given in final.given:
        known = inputs.together(given.calls)
        yield Observed(Scored(known, given.value, None), fitted=False), given.calls[0]


def _answer(answering: Answering, calls: list[ModelCall], method: str) -> Any:
    asked = {method, "fit_predict"} if method == "predict" else {method}
    given = [call.result for call in calls if call.method in asked]
    if given:
        # A regressor that is asked for its deviation too gives both; the mean is its answer.
        return given[-1][0] if isinstance(given[-1], tuple) else given[-1]
    return answering.answer(method, calls[0].argument)


def placed(truth: Truth, features: Any) -> Truth:
    """`truth` with one guess left for each input: the one at which it is most like `features`.

    `features` is the scoring module's own input for the accepted raw rows. After a merge or a
    reset an index says nothing of the rows any more, and golden rows must hold the answers to these
    very rows.
    """

    def chosen(observed: Observed) -> Observed:
        known = observed.scored.features

        def apart(guess: np.ndarray[Any, Any]) -> float:
            if not np.isin(guess, truth.accepted).all():
                return math.inf
            return difference(rows_at(features, np.searchsorted(truth.accepted, guess)), known)

        return observed._replace(positions=(min(observed.positions, key=apart),))

    sure = truth._replace(observed=tuple(map(chosen, truth.observed)))
    # By another guess the model met rows that it did not.
    return sure._replace(accepted=but(truth.accepted, sure.unmet))


def positions_of(tracer: Tracer, features: Any, raw: Frame) -> tuple[np.ndarray[Any, Any], ...]:
    """Guesses, likeliest first, at which raw rows some rows of the notebook's are, in order."""
    length = length_of(features)
    if length is None:
        return ()
    guesses = []
    labels = index_of(raw)
    labelled = (is_frame(features) or is_column(features)) and not is_polars(features)
    if labelled and labels.is_unique:
        found = labels.get_indexer(features.index)
        if (found >= 0).all():
            guesses.append(found)
    guesses += tracer.watch.selections.guesses_of(length, len(raw))
    return tuple(guesses)


def _equal(one: Any, other: Any) -> bool:
    if type(one) is not type(other) or length_of(one) != length_of(other):
        return False
    if is_frame(one) or is_column(one):
        return bool(one.equals(other))
    return isinstance(one, np.ndarray) and np.array_equal(
        one, other, equal_nan=one.dtype.kind == "f"
    )
