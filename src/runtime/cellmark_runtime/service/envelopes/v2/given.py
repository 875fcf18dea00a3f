"""Answers to tensors, as JSON or as bytes behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ....scoring.answers import class_text
from ....scoring.judging import did_you_mean
from ....types.signature import Output, Scalar
from ...requests.body import BadBody
from ..envelope import Entries
from .asked import Asked
from .datatypes import OF_KIND, packed

__all__ = ["Column", "as_json", "columns_of", "wanted_of"]

_EACH = (-1,)
_Read = Callable[[str, Mapping[str, Any]], Any]


class Column(NamedTuple):
    """One output: its shape in the metadata (-1 is any), and how a row's value, or list of them,
    is read from an id and an entry.
    """

    name: str
    datatype: str
    shape: tuple[int, ...]
    read: _Read
    classes: tuple[Scalar, ...] | None = None


def columns_of(output: Output) -> list[Column]:
    """All that can be had: the prediction, what comes with it, and the answer's id."""
    several = [
        column for at in range(len(output.parts)) for column in _of_part(output, at)
    ] or _of_one(output)
    scores = [Column("score", "FP64", _score_shape(output), _score)] if output.scores else []
    return [*several, *scores, Column("id", "BYTES", _EACH, lambda identity, _: identity)]


def wanted_of(asked: Asked, columns: Sequence[Column]) -> list[tuple[Column, bool]]:
    """The outputs to answer, and whether as bytes. Raises: BadBody (400)."""
    by_default = (asked.parameters or {}).get("binary_data_output") is True
    if not asked.outputs:
        return [(column, by_default) for column in columns]
    named = {column.name: column for column in columns}
    wanted = []
    for output in asked.outputs:
        if output.name not in named:
            near = did_you_mean(output.name, tuple(named))
            said = f"output {output.name[:80]!r} is none of {', '.join(named)}"
            raise BadBody(400, said, near or "Leave outputs out to get all.")
        told = output.parameters or {}
        if told.get("classification"):
            raise BadBody(400, "classification is not offered", "Ask for probabilities.")
        as_bytes = told.get("binary_data", by_default) is True
        wanted.append((named[output.name], as_bytes))
    return wanted


def as_json(
    column: Column, ids: Sequence[str], entries: Entries, *, as_bytes: bool
) -> tuple[dict[str, Any], bytes]:
    """The tensor, and what stands behind the JSON: nothing where the values are in it."""
    read = [column.read(identity, entry) for identity, entry in zip(ids, entries, strict=True)]
    shape, values = [len(read)], read
    if read and isinstance(read[0], list):
        shape, values = [len(read), len(read[0])], [value for row in read for value in row]
    tensor = {"name": column.name, "shape": shape, "datatype": column.datatype}
    raw = packed(column.datatype, values) if as_bytes else None
    if raw is None:
        return {**tensor, "data": values}, b""
    return {**tensor, "parameters": {"binary_data_size": len(raw)}}, raw


def _of_one(output: Output) -> list[Column]:
    columns = [Column("prediction", OF_KIND[output.kind], _EACH, _prediction, output.classes)]
    if output.probabilities:
        classes = output.columns or ()
        read = _probabilities(tuple(map(class_text, classes)))
        columns.append(Column("probabilities", "FP64", (-1, len(classes)), read, classes))
    return columns


def _of_part(output: Output, at: int) -> list[Column]:
    part = output.parts[at]
    prediction = Column(
        f"prediction[{at}]",
        OF_KIND[part.kind],
        _EACH,
        lambda _, entry: entry["prediction"][at],
        part.classes,
    )
    if not output.probabilities:
        return [prediction]
    texts = tuple(map(class_text, part.classes or ()))
    read: _Read = lambda _, entry: [entry["probabilities"][at].get(text) for text in texts]  # noqa: E731
    return [
        prediction,
        Column(f"probabilities[{at}]", "FP64", (-1, len(texts)), read, part.classes),
    ]


def _prediction(_: str, entry: Mapping[str, Any]) -> Any:
    return entry["prediction"]


def _probabilities(texts: Sequence[str]) -> _Read:
    return lambda _, entry: [entry["probabilities"][text] for text in texts]


def _score(_: str, entry: Mapping[str, Any]) -> Any:
    return entry["score"]


def _score_shape(output: Output) -> tuple[int, ...]:
    """The decision function has a column for each class beyond two, or for each pair of them."""
    return (-1, -1) if len(output.columns or ()) > 2 else _EACH
