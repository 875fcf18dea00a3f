"""Choose golden rows: raw rows that show every category, every missing value and the extremes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.answers import answer_of
from cellmark_runtime.scoring.anyframe import as_pandas, records_of, rows_at, series_of
from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.signature import Kind, Scalar, Signature

from .truth import Observed

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["as_json_rows", "golden_rows", "telling_rows"]

_MOST_LEVELS = 10


def telling_rows(frame: Frame, most: int) -> np.ndarray[Any, Any]:
    """Positions of up to `most` rows of `frame`: telling ones first, then evenly spread ones."""
    chosen: dict[int, None] = dict.fromkeys(_telling(frame))
    spread = np.linspace(0, max(len(frame) - 1, 0), num=min(most, len(frame)), dtype=int)
    chosen.update(dict.fromkeys(spread.tolist()))
    return np.array(sorted(list(chosen)[:most]), dtype=int)


def _telling(frame: Frame) -> Iterator[int]:
    for column in map(as_pandas, series_of(frame)):
        missing = np.flatnonzero(column.isna())
        yield from missing[:1].tolist()
        present = column.reset_index(drop=True).dropna()
        if pd.api.types.is_numeric_dtype(present) and len(present):
            yield from (int(present.argmin()), int(present.argmax()))
        elif present.nunique() <= _MOST_LEVELS:
            yield from (int(at) for at in present.drop_duplicates().index)


def golden_rows(
    raw: Frame, signature: Signature, observed: Observed, positions: Any, most: int = 50
) -> GoldenRows:
    """Golden rows out of one input of the model, with the notebook's own answers for them.

    `positions` are the raw rows of `observed`'s rows, in order.
    """
    names = [field.name for field in signature.inputs]
    chosen = telling_rows(rows_at(raw[names], positions), most)
    rows = tuple(as_json_rows(raw, signature, np.asarray(positions)[chosen]))
    answer = answer_of(*observed.scored.at(chosen)[1:])
    return GoldenRows(
        rows,
        _tuples(answer.predictions),
        None if answer.probabilities is None else _tuples(answer.probabilities),
        scores=None if answer.scores is None else _tuples(answer.scores),
    )


def _tuples(entries: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(tuple(entry) if isinstance(entry, list) else entry for entry in entries)


def as_json_rows(raw: Frame, signature: Signature, positions: Any) -> list[dict[str, Scalar]]:
    """Raw rows as a client would send them: the Signature's columns, missing as None."""
    kinds = {field.name: field.kind for field in signature.inputs}
    names = [*kinds]
    return [
        {name: _of_kind(_plain(value), kinds[name]) for name, value in row.items()}
        for row in records_of(rows_at(raw[names], positions))
    ]


def _of_kind(value: Scalar, kind: Kind) -> Scalar:
    """A number as it was before its column became one of floats, to have room for a gap."""
    if isinstance(value, float) and kind == "boolean":
        return bool(value)
    return int(value) if isinstance(value, float) and kind == "integer" else value


def _plain(value: Any) -> Scalar:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return None
    if isinstance(value, dt.date):
        text: str = value.isoformat()
        return text
    plain: Scalar = value.item() if isinstance(value, np.generic) else value
    return plain
