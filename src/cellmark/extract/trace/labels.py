"""Labels: the names of a frame's columns, as an expression of the notebook gave them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

__all__ = ["Labels", "labels_of"]


class Labels(tuple[Hashable, ...]):
    """The column names of a frame that an expression gave; of a series its own name alone."""

    __slots__ = ()


def labels_of(value: Any) -> Labels | None:
    """The columns of a frame or the name of a series; None for what has none."""
    if isinstance(value, pd.DataFrame):
        return Labels(value.columns)
    return Labels([value.name]) if isinstance(value, pd.Series) else None
