"""Metrics: the numbers that a cell found out about a model, each with how it was seen."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .metric_calls import Call
from .names import CellNames
from .told import rounds_in, told_by
from .values import number

__all__ = ["metrics_of"]

Metric = dict[str, Any]

_TELLING = re.compile(
    r"acc|auc|f1|fbeta|prec|recall|r2|mse|mae|rmse|mape|error|err\b|loss|score|kappa|mcc|brier|gini"
    r"|lift|gain|rate|ratio|mean|std|median|deviance|likelihood|ks\b|ndcg|map\b|silhouette",
    re.IGNORECASE,
)
# How sure we are that a number is a metric: a metric function returned it; a float by a telling
# name; another computed float; an integer (a count, more often than not).
_CALLED, _NAMED, _FLOAT, _COUNT = 1.0, 0.9, 0.7, 0.4
_DICT_LIMIT = 100
_ROUNDS = 1000


def metrics_of(
    calls: Sequence[Call],
    names: CellNames,
    namespace: Mapping[str, Any],
    *,
    fitted: Mapping[str, Any],
    last: Any,
    whole: bool,
) -> list[Metric]:
    """The metrics of one cell.

    Args: `calls` are its metric calls, `fitted` the estimators that it fitted, by name; `last` is
    the value of its last expression or None; `whole` says whether assigned numbers count too (in
    `evaluate` cells), or calls only.
    """
    labels = _labels(names, namespace)
    called = [metric for call in calls for metric in _of_call(call, labels)]
    called += _by_round(names, namespace)
    called += [
        _metric(f"{name}.{key}", value, source, _CALLED)
        for name, estimator in fitted.items()
        for key, value, source in told_by(estimator)
    ]
    if not whole:
        return _distinct(called)
    taken = {metric["name"] for metric in called}
    assigned = [m for m in _assigned(names, namespace) if m["name"] not in taken]
    taken.update(metric["name"] for metric in assigned)
    shown = [] if any(call.result is last for call in calls) else list(_shown(names, last, taken))
    return _distinct([*called, *assigned, *shown])


def _metric(name: str, value: float, source: str, confidence: float, step: int = 0) -> Metric:
    # JSON has no NaN; the store has NULL for it.
    kept = float(value) if math.isfinite(value) else None
    return {"name": name, "value": kept, "source": source, "confidence": confidence, "step": step}


def _labels(names: CellNames, namespace: Mapping[str, Any]) -> dict[int, str]:
    """Id of a value -> the name or the dictionary key under which the cell keeps it."""
    labels: dict[int, str] = {}
    for name in names.mentioned:
        value = namespace.get(name)
        if type(value) is dict and len(value) <= _DICT_LIMIT:
            labels.update({id(v): k for k, v in value.items() if isinstance(k, str)})
    named = [n for n in names.assigned if n in namespace and not n.startswith("_")]
    labels.update({id(namespace[n]): n for n in named})
    return labels


def _of_call(call: Call, labels: Mapping[int, str]) -> Iterator[Metric]:
    label = labels.get(id(call.result), call.function)
    value = number(call.result)
    if value is not None:
        yield _metric(label, value, f"call:{call.function}", _CALLED)
    elif call.again is not None:
        text = isinstance(call.result, str)
        report = call.again(output_dict=True) if text else call.result
        prefix = "report" if label == call.function else label
        yield from _report(prefix, report, f"call:{call.function}")
    elif isinstance(call.result, dict):
        for key, part in call.result.items():
            yield from _folds(f"{label}.{key}", part, f"call:{call.function}")
    elif call.function == "cross_val_score":
        yield from _folds(label, call.result, f"call:{call.function}")


def _report(prefix: str, report: Mapping[str, Any], source: str) -> Iterator[Metric]:
    for key, part in report.items():
        if isinstance(part, Mapping):
            yield from _report(f"{prefix}.{key}", part, source)
        elif (value := number(part)) is not None:
            yield _metric(f"{prefix}.{key}", value, source, _CALLED)


def _folds(name: str, values: Any, source: str) -> Iterator[Metric]:
    """Mean, spread, and each fold as a step."""
    if getattr(values, "ndim", None) != 1 or values.dtype.kind not in "fiu" or not len(values):
        return
    yield _metric(f"{name}.mean", values.mean(), source, _CALLED)
    yield _metric(f"{name}.std", values.std(), source, _CALLED)
    for step, value in enumerate(values):
        yield _metric(f"{name}.fold", value, "fold", _CALLED, step)


def _by_round(names: CellNames, namespace: Mapping[str, Any]) -> Iterator[Metric]:
    """What boosters said of each round, in a dictionary that the cell made for them to fill."""
    for name in names.assigned:
        for key, values in rounds_in(namespace.get(name)):
            for step, value in enumerate(values[-_ROUNDS:]):
                yield _metric(f"{name}.{key}", value, "rounds", _CALLED, step)


def _assigned(names: CellNames, namespace: Mapping[str, Any]) -> Iterator[Metric]:
    for name in names.assigned:
        value = number(namespace.get(name))
        if value is not None and name not in names.constants and not name.startswith("_"):
            yield _metric(name, value, "assigned", _confidence(name, value))


def _shown(names: CellNames, last: Any, taken: set[str]) -> Iterator[Metric]:
    value = number(last)
    if value is not None and names.last is not None and names.last not in taken:
        yield _metric(names.last[:80], value, "shown", _confidence(names.last, value))


def _confidence(text: str, value: float) -> float:
    if isinstance(value, int):
        return _COUNT
    return _NAMED if _TELLING.search(text) else _FLOAT


def _distinct(metrics: list[Metric]) -> list[Metric]:
    """One value per name and step; a later call of the same name in a cell is the next step."""
    steps: dict[str, int] = {}
    for metric in metrics:
        metric["step"] = steps.get(metric["name"], 0)
        steps[metric["name"]] = metric["step"] + 1
    return metrics
