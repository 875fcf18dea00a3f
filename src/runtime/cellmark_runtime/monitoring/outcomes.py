"""How good answers were, once their labels are known."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import fmean, median, stdev
from typing import Any, NamedTuple

import msgspec

from .state import Outcome, State

__all__ = [
    "KEPT",
    "MEASURES",
    "Performance",
    "add_outcomes",
    "lag_of",
    "measures_of",
    "performance",
]

# The last so many labelled answers are what performance is of.
KEPT = 1000
_Z = 1.96
_FEWEST = 30


class Performance(NamedTuple):
    """A measure's mean over the last labelled answers, and where it lies with 95% confidence."""

    measure: str
    estimate: float
    lower: float
    upper: float
    labels: int


def measures_of(answer: Mapping[str, Any], label: Any) -> dict[str, float]:
    """Each measure that makes sense of an answer (as it stands on record) and its label."""
    found = {name: measure(answer, label) for name, measure in MEASURES.items()}
    return {name: value for name, value in found.items() if value is not None}


def performance(state: State) -> list[Performance]:
    """By measure; none of fewer than 30 labels."""
    names = sorted({name for each in state.outcomes for name in each.measures})
    columns = {
        name: [each.measures[name] for each in state.outcomes if name in each.measures]
        for name in names
    }
    return [_estimate(name, values) for name, values in columns.items() if len(values) >= _FEWEST]


def lag_of(state: State) -> float | None:
    """Seconds from answer to label: the median."""
    return median(each.lag for each in state.outcomes) if state.outcomes else None


def add_outcomes(state: State, outcomes: Iterable[Outcome], statuses: Iterable[str]) -> None:
    """Take labels in; a corrected one takes the place of the one before."""
    kept = {each.id: each for each in state.outcomes}
    for each in outcomes:
        kept.pop(each.id, None)
        kept[each.id] = each
    state.outcomes = [*kept.values()][-KEPT:]
    for status in statuses:
        state.labels[status] = state.labels.get(status, 0) + 1


def _estimate(name: str, values: Sequence[float]) -> Performance:
    mean, n = fmean(values), len(values)
    if name == "accuracy":
        return Performance(name, mean, *_wilson(mean, n), n)
    half = _Z * stdev(values) / math.sqrt(n)
    return Performance(name, mean, mean - half, mean + half, n)


def _wilson(share: float, n: int) -> tuple[float, float]:
    """Source: Wilson, Journal of the American Statistical Association 22 (1927)."""
    centre = share + _Z * _Z / (2 * n)
    half = _Z * math.sqrt(share * (1 - share) / n + _Z * _Z / (4 * n * n))
    scale = 1 + _Z * _Z / n
    return (centre - half) / scale, (centre + half) / scale


def _brier(answer: Mapping[str, Any], label: Any) -> float | None:
    """Squared distance of the probabilities from what happened; of two classes, of the last."""
    given = answer.get("probabilities")
    if not isinstance(given, dict) or not given:
        return None
    pairs = [(p, float(name == _text(label))) for name, p in given.items()]
    counted = pairs[-1:] if len(pairs) == 2 else pairs
    return float(sum((p - happened) ** 2 for p, happened in counted))


def _accuracy(answer: Mapping[str, Any], label: Any) -> float | None:
    given = answer.get("prediction")
    return (
        None if given is None or isinstance(given, float) else float(_text(given) == _text(label))
    )


def _absolute_error(answer: Mapping[str, Any], label: Any) -> float | None:
    given = answer.get("prediction")
    if not isinstance(given, float) or not isinstance(label, (int, float)):
        return None
    return abs(given - label)


# An answer that is a fraction is a quantity; other answers are classes.
MEASURES: dict[str, Callable[[Mapping[str, Any], Any], float | None]] = {
    "accuracy": _accuracy,
    "brier": _brier,
    "absolute_error": _absolute_error,
}


def _text(value: Any) -> str:
    """A class as a JSON key."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
