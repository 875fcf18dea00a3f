"""Answers: what a model gave for some rows, as plain values, one entry a row."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import chain, repeat
from typing import Any

import msgspec

from ..types.signature import Output, Scalar

__all__ = [
    "Answer",
    "answer_of",
    "class_text",
    "entries_of",
    "entry_of",
    "monitored",
    "namer_of",
    "plain_rows",
    "side_by_side",
]

_Named = Callable[[Sequence[float]], object]


class Answer(msgspec.Struct, frozen=True):
    """One entry a row, in order; a list in an entry has one value for each part of the answer.

    `probabilities` has shape (n_rows, n_classes), those of several parts side by side. `scores` are
    the model's decision function. Either is None where the model has none. Missing is None.
    """

    predictions: list[Scalar | list[Scalar]]
    probabilities: list[list[float]] | None
    scores: list[float] | list[list[float]] | None = None


def answer_of(predictions: Any, probabilities: Any = None, scores: Any = None) -> Answer:
    """The answer in plain values. Probabilities may be a list of tables, one for each part."""
    return Answer(
        plain_rows(predictions),
        None if probabilities is None else _rows(side_by_side(probabilities)),
        None if scores is None else plain_rows(scores),
    )


def side_by_side(probabilities: Any) -> Any:
    """One table of what scikit-learn gives as a list of tables for an answer in several parts."""
    if not isinstance(probabilities, list):
        return probabilities
    import numpy as np

    return np.hstack(probabilities)


def plain_rows(values: Any) -> list[Any]:
    """Numbers, texts, booleans and None: what JSON can carry. Times become ISO 8601 text.

    A table with a single column has one value a row, as a column has.
    """
    rows = _rows(values)
    if len(getattr(values, "shape", ())) == 2 and values.shape[1] == 1:
        return [row[0] for row in rows]
    return rows


def _rows(values: Any) -> list[Any]:
    array = getattr(values, "to_numpy", lambda: values)()
    kind = getattr(getattr(array, "dtype", None), "kind", "O")
    if kind in "mM":
        array = array.astype("datetime64[us]" if kind == "M" else "timedelta64[us]").astype(object)
    rows: list[Any] = array.tolist() if hasattr(array, "tolist") else list(array)
    # Most answers are finite numbers, and a service makes this for each request.
    if kind in "biuU" or _is_finite(rows) or {*map(type, rows)} <= {str}:
        return rows
    return [_plain(row) for row in rows]


def _is_finite(rows: list[Any]) -> bool:
    if rows and type(rows[0]) is list:
        rows = list(chain.from_iterable(rows)) if all(type(row) is list for row in rows) else rows
    return {*map(type, rows)} <= {float} and all(map(math.isfinite, rows))


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if type(value).__module__ == "numpy":
        return _plain(value.tolist())
    if value is None or value != value or type(value).__name__ in ("NaTType", "NAType"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return value if isinstance(value, (str, int, float)) else str(value)


def monitored(answer: Answer) -> Iterable[float]:
    """One number a row to watch, or nothing.

    Of two classes the last one's probability, of more the winner's; else the score; else the
    prediction where it is a number. Answers in several parts have no such number.
    """
    if any(isinstance(prediction, list) for prediction in answer.predictions):
        return []
    if answer.probabilities is not None:
        return [row[-1] if len(row) <= 2 else max(row) for row in answer.probabilities]
    if answer.scores is not None:
        return [max(row) if isinstance(row, list) else row for row in answer.scores]
    found = [p for p in answer.predictions if isinstance(p, (int, float))]
    return [] if any(isinstance(p, bool) for p in found) else found


def class_text(value: Scalar) -> str:
    """A class as a JSON key: text as it is, anything else as JSON writes it (true, 1, 0.5)."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def entry_of(
    output: Output, named: _Named, prediction: object, probabilities: Any, score: object
) -> dict[str, object]:
    """One row's answer as callers get it. `named` is `namer_of(output)`."""
    entry = {
        "prediction": prediction,
        "probabilities": None if probabilities is None else named(probabilities),
    }
    return {**entry, "score": score} if output.scores else entry


def entries_of(output: Output, named: _Named, answer: Answer) -> list[dict[str, object]]:
    """Each row's answer as callers get it, in order. `named` is `namer_of(output)`."""
    columns = (answer.predictions, answer.probabilities, answer.scores)
    entries = zip(*(repeat(None) if each is None else each for each in columns), strict=False)
    return [entry_of(output, named, *entry) for entry in entries]


def namer_of(output: Output) -> _Named:
    """What gives a row's probabilities the names of their classes, in a list for several parts."""
    texts = tuple(map(class_text, output.columns or ()))
    if not output.parts:
        return lambda row: dict(zip(texts, row, strict=True))
    names = [tuple(map(class_text, part.classes or ())) for part in output.parts]
    ends = [sum(map(len, names[: at + 1])) for at in range(len(names))]

    def named(row: Sequence[float]) -> object:
        # One number a part is the probability of its last class.
        if len(row) == len(names):
            return [{part[-1]: number} for part, number in zip(names, row, strict=True)]
        return [
            dict(zip(part, row[end - len(part) : end], strict=True))
            for part, end in zip(names, ends, strict=True)
        ]

    return named
