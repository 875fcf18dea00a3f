"""Infer what a model answers: the task, the kind of its predictions, their classes and parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from cellmark_runtime.scoring.answers import plain_rows
from cellmark_runtime.types.signature import Kind, Output, Part, Scalar, Task

from .signature import KINDS
from .truth import Scored

__all__ = ["output_of"]

# Tests of scikit-learn's, by name: not every version has them all.
_TASKS: tuple[tuple[str, Task], ...] = (
    ("is_regressor", "regression"),
    ("is_outlier_detector", "outlier detection"),
    ("is_clusterer", "clustering"),
)


def output_of(estimator: Any, learnt: Any, scored: Scored) -> Output:
    """What a model answers that was fitted to `learnt`, by what it `scored` in the notebook."""
    values = np.asarray(scored.predictions)
    kind = _kind(values)
    classes = getattr(estimator, "classes_", None)
    if values.ndim == 2 and values.shape[1] > 1:
        parts = _parts(values, _names(learnt, values.shape[1]), classes)
        task: Task = "classification" if classes is not None else _task(estimator, kind)
        found = Output(task, kind, parts=parts)
    elif classes is None:
        found = Output(_task(estimator, kind), kind)
    else:
        found = Output("classification", kind, _plain(classes))
    return msgspec.structs.replace(
        found,
        probabilities=scored.probabilities is not None,
        scores=scored.scores is not None,
    )


def _task(estimator: Any, kind: Kind) -> Task:
    from sklearn import base

    for name, task in _TASKS:
        is_of = getattr(base, name, None)
        try:
            if is_of is not None and is_of(estimator):
                return task
        except AttributeError:  # an estimator without scikit-learn's tags
            continue
    return "regression" if kind == "number" else "other"


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
