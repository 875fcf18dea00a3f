"""The categories that pandas finds in training rows, as plain values in pandas' own order."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["dummy_categories", "levels_of"]


def dummy_categories(data: Any, columns: Any) -> Mapping[Hashable, list[Any]] | list[Any]:
    """The categories that `get_dummies` would find, per encoded column (or of the one series)."""
    if not isinstance(data, pd.DataFrame):
        return levels_of(pd.Series(data))
    if columns is None:
        columns = data.select_dtypes(include=["object", "string", "category"]).columns
    return {name: levels_of(data[name]) for name in columns}


def levels_of(series: pd.Series) -> list[Any]:
    """The categories that `astype("category")` gives a series."""
    values = series if isinstance(series.dtype, pd.CategoricalDtype) else series.astype("category")
    return [
        level.item() if isinstance(level, np.generic) else level for level in values.cat.categories
    ]
