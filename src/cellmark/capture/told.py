"""Told: what fitted estimators tell of their own training. A search's candidates, rounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .values import number

__all__ = ["rounds_in", "told_by"]

_CANDIDATES = 1000
# Where the estimators of xgboost, lightgbm and catboost keep what they said of each round.
_ROUNDS = ("evals_result_", "_evals_result", "get_evals_result")


def told_by(estimator: Any) -> Iterator[tuple[str, float, str]]:
    """(name, value, source) of each number, those of one name in their order."""
    best = number(getattr(estimator, "best_score_", None))
    results = getattr(estimator, "cv_results_", None)
    if best is not None and isinstance(results, Mapping):
        yield "best_score", best, "search"
        for name in results:
            if str(name).startswith("mean_test_"):
                values = [number(value) for value in list(results[name])[:_CANDIDATES]]
                yield from ((str(name), each, "candidate") for each in values if each is not None)
    for name, rounds in rounds_in(_rounds_of(estimator)):
        yield from ((name, value, "rounds") for value in rounds)


def _rounds_of(estimator: Any) -> Any:
    for name in _ROUNDS:
        found = getattr(estimator, name, None)
        if found is not None:
            return found() if callable(found) else found
    return None


def rounds_in(value: Any) -> Iterator[tuple[str, list[float]]]:
    """`{"test": {"logloss": [0.6, 0.5]}}`, as boosters fill it, as `test.logloss` and its list."""
    if not isinstance(value, dict) or not value:
        return
    if not all(isinstance(each, dict) and each for each in value.values()):
        return
    found = {
        f"{data}.{metric}": numbers
        for data, by_metric in value.items()
        for metric, numbers in by_metric.items()
    }
    if all(
        type(each) is list and each and all(isinstance(one, float) for one in each)
        for each in found.values()
    ):
        yield from found.items()
