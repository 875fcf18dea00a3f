"""Dummy columns of a polars frame as training knew them, whatever values a request holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from ..errors import RowError
from .judging import did_you_mean, shown

__all__ = ["with_dummies"]

_SHOWN = 20


def with_dummies(
    data: pl.DataFrame | pl.Series, known: Mapping[str, Mapping[Any, str | None]]
) -> pl.DataFrame:
    """The data with a column of 0 and 1 for each known value, in place of the column of values.

    Args: known: for each column to change, its values and the name of each value's own column, in
    order; None where it has none, like the first with `drop_first`. None as value is null.
    Raises: RowError for a value that is none of them.
    """
    frame = data.to_frame() if isinstance(data, pl.Series) else data
    columns: list[pl.Series] = []
    for column in frame:
        names = known.get(column.name)
        columns += [column] if names is None else _dummies(column, names)
    return pl.DataFrame(columns)


def _dummies(column: pl.Series, names: Mapping[Any, str | None]) -> list[pl.Series]:
    held = {value: column.eq_missing(pl.Series([value], dtype=column.dtype)) for value in names}
    for row, value in enumerate(column):
        if value not in names:
            raise _unknown(row, column.name, value, names)
    return [
        held[value].cast(pl.UInt8).alias(name) for value, name in names.items() if name is not None
    ]


def _unknown(row: int, name: str, value: object, names: Mapping[Any, str | None]) -> RowError:
    listed = ", ".join(shown(each) for each in [*names][:_SHOWN])
    fix = did_you_mean(value, tuple(names)) or "Send a category known from training."
    return RowError(row, name, shown(value), f"one of {listed}", fix)
