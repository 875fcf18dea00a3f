"""A request of one row: worked out as a row among others would be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .anyframe import copied, count_of, is_polars, rows_at
from .keeping import LeftOut

__all__ = ["worked_out"]


def worked_out(features: Callable[[Any], Any], frame: Any) -> Any:
    """`features` of a copy of the frame, which the steps may write into.

    polars divides one value by another otherwise than a column by a number, and the last bit shows
    it: a lone row is worked out beside a copy of itself.
    """
    if not is_polars(frame) or len(frame) != 1:
        return features(copied(frame))
    try:
        # By column: a frame of one value, repeated, is one value to polars again.
        given = features(type(frame)([column[[0, 0]] for column in frame]))
    except LeftOut as left:
        raise left.first(1) from left
    return rows_at(given, range(count_of(given) // 2))
