"""What polars' `to_dummies` made of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["dummies_of"]


def dummies_of(data: Any, columns: Any, separator: str, result: Any) -> dict[str, dict[Any, Any]]:
    """What `to_dummies` made of each column: its values, and the name of each value's column.

    Raises: ValueError where the names can't be told from the values.
    """
    frame = data if hasattr(data, "columns") else data.to_frame()
    encoded = frame.columns if columns is None else frame.select(columns).columns
    found = {name: _names_by_value(frame[name], separator, result.columns) for name in encoded}
    made = [name for names in found.values() for name in names.values() if name is not None]
    others = [name for name in frame.columns if name not in encoded]
    if {*made, *others} != {*result.columns}:
        raise ValueError(made)
    return found


def _names_by_value(column: Any, separator: str, made: Sequence[str]) -> dict[Any, Any]:
    # Once: the order of `unique` is another each time.
    levels = column.unique()
    values, texts = levels.to_list(), levels.cast(str).fill_null("null").to_list()
    names = {
        value: f"{column.name}{separator}{text}" for value, text in zip(values, texts, strict=True)
    }
    known = {value: name if name in made else None for value, name in names.items()}
    return dict(sorted(known.items(), key=lambda pair: made.index(pair[1]) if pair[1] else -1))
