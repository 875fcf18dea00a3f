"""The final answer: what the notebook makes of its model's answers, statement by statement.

Followed forward from the model's calls through the cells that train and evaluate. A statement
belongs to it if it makes one value a row out of the model's answers, frozen values and constants
alone. What also reads other rows (the actual values, a table) is no answer.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from cellmark.core.explanation import Undecided
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.anyframe import is_frame

from ..refusal import refuse
from ..text.spans import Edit, Span, span_of
from ..trace.frozen import Freezer
from ..trace.program import Line, Program
from ..trace.records import EstimatorState, ModelCall
from ..trace.tracer import Tracer
from .answering import Answering
from .called import receiver_of
from .following import Follower
from .inputs import Inputs, inputs_of
from .listed import edits_of_listed, listed_in
from .reading import Made, labels_of
from .surface import surface_of

__all__ = ["AmbiguousAnswer", "Final", "Given", "edits_of_answers", "final_answer"]


class AmbiguousAnswer(Undecided):
    """The notebook makes several things of its model's answers, and nothing says which is meant.

    `likeliest` is the choice of the last one, `choose` those that there are.
    """

    def __init__(self, names: Sequence[str], last: str) -> None:
        self.likeliest = {"answer": last}
        self.choose = {"answer": tuple(dict.fromkeys(names))}
        super().__init__(
            "the notebook",
            f"several answers are made of its model's: {', '.join(dict.fromkeys(names))}",
            "one",
            f"Name the one that is meant: --answer {last}, or in the notebook's metadata "
            f'{{"cellmark": {{"answer": "{last}"}}}}.',
        )


class Given(NamedTuple):
    """What the notebook made of the answers to some rows: `value`, by these calls of models."""

    calls: tuple[ModelCall, ...]
    value: Any


class Final(NamedTuple):
    """The variable that holds the bundle's answers, and the statements that make it.

    `calls` are the model calls it begins with, `given` what the notebook made for each rows that
    were treated so, `made` the names that the statements make, `inputs` what models are asked
    about where that is not the same for all.
    """

    name: str
    lines: tuple[int, ...]
    calls: tuple[ModelCall, ...]
    given: tuple[Given, ...]
    made: frozenset[str]
    inputs: Inputs | None

    @property
    def models(self) -> frozenset[EstimatorState]:
        """The models behind the answer."""
        return frozenset(call.state for call in self.calls)


def final_answer(
    program: Program,
    tracer: Tracer,
    answering: Answering,
    wanted: str | None,
    follower: Follower,
) -> Final | None:
    """What the notebook's answers are, or None where they are the model's own.

    Args: `wanted` is the variable that a person names.
    Raises: AmbiguousAnswer naming the candidates; Refusal where the named one can't be followed.
    """
    own = [made for made in follower.made if _concerns(made, answering)]
    if wanted is None:
        for refusal in follower.broken.values():
            raise refusal
    chosen = _chosen(own, answering) if wanted is None else _named(follower, own, wanted)
    if chosen is None and wanted is None:
        _check_nothing_unnamed(follower, tracer, answering)
    if chosen is None or not (chosen.goes_on or (wanted and not _is_prediction(chosen))):
        return None
    given = tuple(Given(made.calls, made.value) for made in own if made.form == chosen.form)
    every = frozenset(made.name for made in follower.made if set(made.lines) <= {*chosen.lines})
    inputs = inputs_of(program, tracer, chosen.lines, chosen.calls, every)
    return Final(chosen.name, chosen.lines, chosen.calls, given, every, inputs)


def _check_nothing_unnamed(follower: Follower, tracer: Tracer, answering: Answering) -> None:
    """Refuse a notebook that goes on with its model's answers under no name.

    A metric of their logarithms is only a metric where the model learnt the raw target itself.
    """
    for each in follower.unnamed:
        own = all(call.state == answering.state and call.method == "predict" for call in each.calls)
        if own and not (each.is_measured and _learnt_as_read(tracer, answering.learnt)):
            text = ast.unparse(each.node)
            raise refuse(
                each.node,
                each.line.cell.number,
                "goes on with the model's answer, and gives it no name",
                f"Give it one in a statement of its own, `answer = {text}`; or name the variable "
                "that is meant with --answer.",
            )


def _learnt_as_read(tracer: Tracer, learnt: Any) -> bool:
    """Whether what the model learnt are values of a raw column, not computed from them."""
    values = np.asarray(learnt)
    columns = [source.frame[name] for source in tracer.sources for name in source.frame.columns]
    return any(
        np.isin(values, np.asarray(column)).all()
        for column in columns
        if np.asarray(column).dtype.kind == values.dtype.kind or values.dtype.kind not in "iuf"
    )


def edits_of_answers(
    program: Program, tracer: Tracer, answering: Answering, final: Final, freezer: Freezer
) -> dict[Span, Edit]:
    """What stands in the module for each call of a model, and for the labels of its rows."""
    edits = {**final.inputs.edits} if final.inputs else {}
    listed: set[int] = set()
    for index in final.lines:
        line = program.lines[index]
        for each in listed_in(tracer, line).values():
            listed |= {id(call) for call in each.calls}
            edits |= edits_of_listed(each, line.cell.number, freezer)
    for call in () if final.inputs else final.calls:
        if id(call) in listed:
            continue
        is_own = call.state == answering.state
        name = answering.name if is_own else receiver_of(program, call)
        node = answering.argument if is_own else ast.Name(name, lineno=call.span.line)
        kept = freezer.keep(name.lower(), call.state, node, call.span.cell)
        surface = None if call.top_level else surface_of(program, call)
        asked = f"frozen.{kept}.{call.method}({call.way.text(f'frozen.{kept}')})"
        text = "features" if surface else asked
        cell = program.lines[call.statement].cell.number
        place = span_of(surface.argument, cell) if surface else call.span
        edits[place] = Edit(place[1:3], place[3:], text)
    for index in final.lines:
        edits |= _without_labels(program.lines[index], tracer)
    return edits


def _without_labels(line: Line, tracer: Tracer) -> dict[Span, Edit]:
    cell = line.cell.number
    calls = [node for node in ast.walk(line.node) if isinstance(node, ast.Call)]
    edits = {}
    for node in calls:
        for label in labels_of(node, tracer.callees.get(span_of(node, cell), "")):
            place = span_of(label.value, cell)
            before = [*node.args, *(each.value for each in node.keywords if each is not label)]
            start = max(span_of(each, cell)[3:] for each in before)
            edits[place] = Edit(start, place[3:], "")
    return edits


# -- which one is meant


def _concerns(made: Made, answering: Answering) -> bool:
    return any(call.state == answering.state for call in made.calls)


def _named(follower: Follower, own: Sequence[Made], wanted: str) -> Made:
    found = [made for made in own if made.name == wanted]
    if wanted in follower.lost:
        raise follower.lost[wanted]
    if found:
        return found[-1]
    names = ", ".join(dict.fromkeys(made.name for made in own)) or "none"
    raise CellmarkError(
        "answer",
        f"{wanted!r}, which no statement makes of the model's answers alone",
        f"one of {names}",
    )


def _chosen(own: Sequence[Made], answering: Answering) -> Made | None:
    """The one end of all that the notebook makes of the answers. Raises: AmbiguousAnswer."""
    # A table shows answers, and an order is none.
    single = [
        made
        for made in own
        if not made.orders and made.value is not None and not is_frame(made.value)
    ]
    read = {index for made in single for index in made.lines[:-1]}
    ends = [made for made in single if made.goes_on and made.lines[-1] not in read]
    classes = getattr(answering.estimator, "classes_", None)
    asked = [call for call in answering.calls if call.method == "predict"]
    if classes is not None:
        decisions = [made for made in ends if _decides(made.value)]
        # Numbers made of probabilities are measures of certainty, where the notebook also decides.
        ends = decisions or ([] if asked else ends)
    forms = {made.form: made for made in ends}
    if not forms:
        return None
    last = next(reversed(forms.values()))
    from_predict = any(call.method == "predict" for call in last.calls)
    if len(forms) > 1 or (asked and not from_predict and not _same_classes(last.value, classes)):
        plain = [made.name for made in own if not made.goes_on and _is_prediction(made)]
        names = [*(made.name for made in forms.values())]
        raise AmbiguousAnswer(names if from_predict else [*names, *plain[-1:]], last.name)
    return last


def _is_prediction(made: Made) -> bool:
    return all(call.method == "predict" for call in made.calls)


def _decides(value: Any) -> bool:
    return np.asarray(value).dtype.kind != "f"


def _same_classes(value: Any, classes: Any) -> bool:
    """Whether it is a later decision between the model's own classes, in place of `predict`'s."""
    found, known = np.unique(np.asarray(value).astype(object).astype(str)), classes
    if known is None or isinstance(known, list):
        return False
    same_kind = np.asarray(value).dtype.kind == "b" == np.asarray(known).dtype.kind or (
        "b" not in (np.asarray(value).dtype.kind, np.asarray(known).dtype.kind)
    )
    return same_kind and set(found) <= set(np.asarray(known).astype(object).astype(str))
