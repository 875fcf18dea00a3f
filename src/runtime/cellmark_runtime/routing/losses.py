"""What a wrong answer costs: one number an answer, the lower the better."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ..errors import CellmarkError

__all__ = ["LOSSES", "Loss", "loss_of", "usual_loss"]

# An answer's entry, as in the reply and on record, and the label: the loss, or None where the
# answer holds none.
Loss = Callable[[Mapping[str, Any], Any], float | None]


def _brier(entry: Mapping[str, Any], label: Any) -> float | None:
    """Squared distance of the probabilities from what happened; of two classes, of the last."""
    given = entry.get("probabilities")
    if not isinstance(given, dict) or not given:
        return None
    numbers = [_number(value) for value in given.values()]
    happened = [float(_same(name, label)) for name in given]
    pairs = list(zip(numbers, happened, strict=True))
    if len(pairs) <= 2:
        pairs = pairs[-1:]
    return _finite(sum((p - y) ** 2 for p, y in pairs))


def _zero_one(entry: Mapping[str, Any], label: Any) -> float | None:
    given = entry.get("prediction")
    return None if given is None else float(not _same(given, label))


def _squared(entry: Mapping[str, Any], label: Any) -> float | None:
    return _finite((_number(entry.get("prediction")) - _number(label)) ** 2)


def _absolute(entry: Mapping[str, Any], label: Any) -> float | None:
    return _finite(abs(_number(entry.get("prediction")) - _number(label)))


LOSSES: dict[str, Loss] = {
    "brier": _brier,
    "zero-one": _zero_one,
    "squared": _squared,
    "absolute": _absolute,
}


def loss_of(name: str) -> Loss:
    """The loss of that name. Raises: CellmarkError."""
    if name not in LOSSES:
        raise CellmarkError("--loss", repr(name), f"one of {', '.join(LOSSES)}")
    return LOSSES[name]


def usual_loss(entry: Mapping[str, Any]) -> str:
    """What fits an answer: Brier for probabilities, squared for numbers, else right or wrong."""
    if isinstance(entry.get("probabilities"), dict):
        return "brier"
    given = entry.get("prediction")
    # A class that is a whole number is taken for a class.
    return "squared" if isinstance(given, float) else "zero-one"


def _same(given: object, label: object) -> bool:
    """Whether an answer's class, or its name as a JSON key, is the label."""
    return given == label or _text(given) == _text(label)


def _text(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _number(value: object) -> float:
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return float(value) if isinstance(value, str) else math.nan
    except ValueError:
        return math.nan


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
