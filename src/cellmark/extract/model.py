"""Which of a notebook's estimators answers, and on what: the end of the scoring path."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from typing import Any, NamedTuple

from cellmark_runtime.errors import CellmarkError

from .names import chain_root
from .program import Line, Program
from .records import EstimatorState, ModelCall
from .refusal import Refusal, refuse
from .spans import span_of
from .tracer import Tracer

__all__ = ["AmbiguousModel", "Answering", "answering_model"]

_ANSWERS = ("predict", "predict_proba", "decision_function")


class AmbiguousModel(CellmarkError):
    """Several fitted models answer in the notebook, and nothing says which one is meant."""


class Answering(NamedTuple):
    """The model that answers. `argument` is the expression it is asked about, in `line`.

    `calls` are all its top-level calls, fit included; `target` is the expression of fit's `y`.
    """

    name: str
    state: EstimatorState
    estimator: Any
    line: Line
    argument: ast.expr
    target: tuple[Line, ast.expr] | None
    calls: tuple[ModelCall, ...]


def answering_model(program: Program, tracer: Tracer, wanted: str | None = None) -> Answering:
    """Find the model whose answers are the notebook's.

    It is the one named `wanted`; else the one that answers in the `train` and `evaluate` cells.

    Raises:
        AmbiguousModel: several do. Refusal: none does at the top level of a cell.
    """
    top = [call for call in tracer.watch.calls if call.top_level and _role(program, call)]
    asked = [call for call in top if call.method in _ANSWERS] or [
        call for call in top if call.method == "fit" and _can_predict(tracer, call)
    ]
    named = {_receiver(program, call): call for call in asked}
    if wanted is not None:
        named = {name: call for name, call in named.items() if name == wanted}
    if not named:
        raise _no_model(program, tracer, wanted)
    if len({call.state.identity for call in named.values()}) > 1:
        raise AmbiguousModel(
            "the notebook",
            f"{len(named)} models answer in it: {', '.join(sorted(named))}",
            "one",
            f"Name the one that is meant: --model {next(reversed(named))}.",
        )
    name, last = next(reversed(named.items()))
    return _answering(
        program, tracer, name, last, [call for call in asked if call.state == last.state]
    )


def _answering(
    program: Program, tracer: Tracer, name: str, last: ModelCall, asked: Sequence[ModelCall]
) -> Answering:
    first = asked[0]
    line = program.lines[first.statement]
    fits = [
        call
        for call in tracer.watch.calls
        if call.state == last.state and call.method == "fit" and call.top_level
    ]
    target = None
    if fits:
        node = _call_node(program, fits[-1])
        given = _argument(node, 1, "y")
        target = (program.lines[fits[-1].statement], given) if given is not None else None
    node = _call_node(program, first)
    argument = _argument(node, 0, "X")
    if argument is None:
        raise refuse(node, line.cell.number, "is asked about nothing", "Pass the features first.")
    calls = tuple(
        call for call in tracer.watch.calls if call.state == last.state and call.top_level
    )
    return Answering(
        name, last.state, tracer.watch.estimators.at(last.state), line, argument, target, calls
    )


def _role(program: Program, call: ModelCall) -> bool:
    roles = program.lines[call.statement].cell.roles
    return bool({"train", "evaluate"} & set(roles))


def _can_predict(tracer: Tracer, call: ModelCall) -> bool:
    return hasattr(tracer.watch.estimators.at(call.state), "predict")


def _call_node(program: Program, call: ModelCall) -> ast.Call:
    node = program.nodes[call.span]
    assert isinstance(node, ast.Call)
    return node


def _receiver(program: Program, call: ModelCall) -> str:
    """The author's name for the estimator: `model` of `model.predict(X)`."""
    node = _call_node(program, call)
    assert isinstance(node.func, ast.Attribute)
    root = chain_root(node.func.value)
    if root:
        return root
    assigned = program.lines[call.statement].node
    if isinstance(assigned, ast.Assign) and isinstance(assigned.targets[0], ast.Name):
        return assigned.targets[0].id
    return "model"


def _argument(node: ast.Call, position: int, keyword: str) -> ast.expr | None:
    if len(node.args) > position:
        return node.args[position]
    return next((each.value for each in node.keywords if each.arg == keyword), None)


def _no_model(program: Program, tracer: Tracer, wanted: str | None) -> CellmarkError:
    inside = [call for call in tracer.watch.calls if not call.top_level]
    if inside:
        call = inside[-1]
        return refuse(
            program.nodes[call.span],
            call.span.cell,
            "the model is fitted or asked inside a function",
            "Call `fit` or `predict` in the cell itself.",
        )
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
    )
