"""Infer what a model answers: the task, the kind of its predictions, their classes and parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from cellmark_runtime.scoring.answers import plain_rows
from cellmark_runtime.types.signature import Kind, Output, Part, Scalar, Task

from ..values.native import answers_raw, classes_learnt
from .running import StepsFailed
from .signature import KINDS
from .truth import Scored

__all__ = ["final_output", "output_of"]

_MOST_LEVELS = 10
_MIXTURES = 101
# Tests of scikit-learn's, by name.
_TASKS: tuple[tuple[str, Task], ...] = (
    ("is_regressor", "regression"),
    ("is_outlier_detector", "outlier detection"),
    ("is_clusterer", "clustering"),
)


def output_of(estimator: Any, learnt: Any, scored: Scored) -> Output:
    """What a model answers that was fitted to `learnt`, by what it `scored` in the notebook."""
    values = np.asarray(scored.predictions)
    kind = _kind(values)
    classes = _classes(estimator, values)
    if values.ndim == 2 and values.shape[1] > 1:
        parts = _parts(values, _names(learnt, values.shape[1]), classes)
        found = Output(_task_of(estimator, classes, kind), kind, parts=parts)
    elif classes is None:
        found = Output(_task_of(estimator, classes, kind), kind)
    else:
        found = Output("classification", kind, _plain(classes))
    components = _components(found, scored.probabilities)
    return msgspec.structs.replace(
        found,
        task="clustering" if components and found.task == "other" else found.task,
        probabilities=scored.probabilities is not None,
        scores=scored.scores is not None,
        probability_of=components,
    )


def _components(output: Output, probabilities: Any) -> tuple[int, ...] | None:
    """The numbers of a mixture's components, of which it gives probabilities and no classes."""
    if probabilities is None or output.classes is not None or output.parts:
        return None
    return tuple(range(np.shape(probabilities)[1]))


def _classes(estimator: Any, values: np.ndarray[Any, Any]) -> Any:
    """The classes that a model answers; None where its answers are numbers that tell of them."""
    classes = getattr(estimator, "classes_", None)
    if answers_raw(type(estimator)):
        return classes if values.ndim == 1 and np.isin(values, np.asarray(classes)).all() else None
    return classes


def _task_of(estimator: Any, classes: Any, kind: Kind) -> Task:
    if classes is not None or classes_learnt(estimator):
        return "classification"
    return _task(estimator, kind)


def final_output(
    own: Output,
    seen: Sequence[Any],
    predict: Callable[[Any], Any],
) -> Output:
    """What the notebook makes of the answers of a model that answers `own`.

    Args: `seen` are final answers; `predict` makes them of what a given estimator answers.
    """
    values = np.concatenate([np.asarray(each) for each in seen])
    if values.ndim > 1:
        return own
    kind = _kind(values)
    observed = set(plain_rows(values))
    classes = own.classes
    # A booster of its library's own says that it tells classes apart, not which.
    telling = own.task == "classification"
    certain = _made_of_certainty(predict, classes) if classes else []
    labels = (observed | set(certain)) - {None}
    if kind == "number" or not _are_labels(labels, values, classes, telling=telling):
        task: Task = "regression" if kind == "number" else "other"
        task = own.task if own.task == "regression" else task
        return _over(own, msgspec.structs.replace(own, task=task, kind=kind, classes=None))
    # What the notebook makes of certainty in a class names its probability too.
    renamed = len(certain) == len(set(certain)) == len(classes or ()) and labels == set(certain)
    ordered = tuple(certain) if renamed else tuple(sorted(labels, key=_sort_key))
    found = msgspec.structs.replace(own, task="classification", kind=kind, classes=ordered)
    return found if renamed else _over(own, found)


def _over(own: Output, found: Output) -> Output:
    """`found`, its probabilities still over the model's own classes."""
    return msgspec.structs.replace(found, probability_of=own.columns if own.probabilities else None)


def _are_labels(labels: set[Any], values: Any, classes: Any, *, telling: bool) -> bool:
    few = len(labels) <= max(_MOST_LEVELS, len(classes or ())) or (
        _kind(values) == "string" and len(labels) * 2 <= len(values)
    )
    return few and (telling or _kind(values) in {"string", "boolean"})


def _sort_key(label: Any) -> tuple[str, Any]:
    return (type(label).__name__, label)


class _Certain:
    """Stands in for an estimator: as sure of one class a row as can be, and then of mixtures."""

    def __init__(self, classes: Sequence[Scalar]) -> None:
        self.classes_ = np.array(classes)
        count = len(classes)
        sure = np.eye(count)
        pairs = pairwise(sure)
        steps = np.linspace(0, 1, _MIXTURES)[:, None]
        self.table = np.vstack([sure, *(one * (1 - steps) + other * steps for one, other in pairs)])

    def predict(self, _features: Any) -> Any:
        return self.classes_

    def predict_proba(self, _features: Any) -> Any:
        return self.table


def _made_of_certainty(predict: Callable[[Any], Any], classes: tuple[Scalar, ...]) -> list[Scalar]:
    """The final answer to certainty in each class, in their order, then what lies between."""
    try:
        made = plain_rows(np.asarray(predict(_Certain(classes))))
    except (StepsFailed, AttributeError):  # made of something else than classes and probabilities
        return []
    count = len(classes)
    between = [each for each in dict.fromkeys(made[count:]) if each not in made[:count]]
    return [*made[:count], *between]


def _task(estimator: Any, kind: Kind) -> Task:
    from sklearn import base

    for name, task in _TASKS:
        is_of = getattr(base, name, _is_clusterer)
        try:
            if is_of(estimator):
                return task
        except AttributeError:  # an estimator without scikit-learn's tags
            continue
    return "regression" if kind == "number" else "other"


def _is_clusterer(estimator: Any) -> bool:
    """As scikit-learn's own, the one test that its version 1.5 lacks."""
    return getattr(estimator, "_estimator_type", None) == "clusterer"


def _kind(values: np.ndarray[Any, Any]) -> Kind:
    return KINDS.get(values.dtype.kind, "string")


def _plain(classes: Any) -> tuple[Scalar, ...]:
    return tuple(plain_rows(np.asarray(classes)))


def _names(learnt: Any, count: int) -> Sequence[str]:
    if isinstance(learnt, pd.DataFrame):
        return [str(name) for name in learnt.columns]
    return [str(at) for at in range(count)]


def _parts(values: np.ndarray[Any, Any], names: Sequence[str], classes: Any) -> tuple[Part, ...]:
    columns = [values[:, at] for at in range(values.shape[1])]
    if classes is None:
        return tuple(Part(name, _kind(each)) for name, each in zip(names, columns, strict=True))
    # Labels that may all be there or not have one list of them, whose answers are 0 and 1.
    each_has = isinstance(classes, list)
    known = [_plain(one) for one in classes] if each_has else [(0, 1)] * len(columns)
    if each_has:
        columns = [
            np.asarray(column.tolist()) if column.dtype == object else column for column in columns
        ]
    return tuple(
        Part(name, _kind(column), levels)
        for name, column, levels in zip(names, columns, known, strict=True)
    )
