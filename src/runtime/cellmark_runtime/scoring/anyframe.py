"""What a frame can do, whichever library made it: pandas, or polars where a notebook uses that.

Neither is imported here: a value of a library that is not loaded can't be at hand.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

    Frame: TypeAlias = pd.DataFrame | pl.DataFrame
    Column: TypeAlias = pd.Series | pl.Series

__all__ = [
    "as_pandas",
    "copied",
    "count_of",
    "index_of",
    "is_column",
    "is_frame",
    "is_polars",
    "numbered",
    "records_of",
    "rows_at",
    "series_of",
    "stacked",
    "without",
]

_LIBRARIES = ("pandas", "polars")


def is_frame(value: object) -> bool:
    """Whether `value` is a frame of either library."""
    return isinstance(value, _types("DataFrame", _LIBRARIES))


def is_column(value: object) -> bool:
    """Whether `value` is a series of either library."""
    return isinstance(value, _types("Series", _LIBRARIES))


def is_polars(value: object) -> bool:
    """Whether `value` is a polars frame or series, eager."""
    polars = ("polars",)
    return isinstance(value, (*_types("DataFrame", polars), *_types("Series", polars)))


def _types(name: str, libraries: tuple[str, ...]) -> tuple[type, ...]:
    loaded = (sys.modules.get(library) for library in libraries)
    return tuple(getattr(library, name) for library in loaded if hasattr(library, name))


def rows_at(values: Any, positions: Any) -> Any:
    """Rows of a frame, series, array or sparse matrix by position, in that order.

    Of a tuple, what several models are asked about, the same rows of each part; None stays None.
    """
    if isinstance(values, tuple):
        return tuple(None if part is None else rows_at(part, positions) for part in values)
    if is_polars(values):
        import numpy as np

        return values[np.asarray(positions, dtype=np.int64)]
    return values.iloc[positions] if hasattr(values, "iloc") else values[positions]


def count_of(features: Any) -> int:
    """Rows of what models are asked about: a table, a sparse matrix, or a tuple of such."""
    if isinstance(features, tuple):
        return count_of(features[0])
    shape = getattr(features, "shape", None)
    return int(shape[0]) if shape else len(features)


def series_of(frame: Any) -> list[Any]:
    """A frame's columns, by position: in pandas names may repeat."""
    if is_polars(frame):
        return list(frame)
    return [frame.iloc[:, at] for at in range(frame.shape[1])]


def copied(frame: Any) -> Any:
    """A frame, series or array that may be written into without a change to the first."""
    return frame.clone() if is_polars(frame) else frame.copy()


def numbered(frame: Any) -> Any:
    """The same rows, labelled from 0."""
    return frame if is_polars(frame) else frame.reset_index(drop=True)


def index_of(frame: Any) -> pd.Index:
    """The labels of a frame's rows; polars has none, and what it hands to pandas counts from 0."""
    import pandas as pd

    return pd.RangeIndex(len(frame)) if is_polars(frame) else frame.index


def stacked(first: Any, second: Any) -> Any:
    """The rows of the second frame after those of the first, in the columns of the first."""
    names = [name for name in first.columns if name in second.columns]
    if is_polars(first):
        import polars as pl

        same = [name for name in names if second[name].dtype == first[name].dtype]
        return pl.concat([first, second[same]], how="diagonal")
    import pandas as pd

    return pd.concat([first, second[names]], ignore_index=True)


def without(frame: Any, names: Collection[Any]) -> Any:
    """The frame without these columns, all of which it has."""
    return frame.drop([*names]) if is_polars(frame) else frame.drop(columns=[*names])


def records_of(frame: Any) -> Iterator[dict[str, Any]]:
    """Each row as plain values by column name; what is missing is None in polars, NaN in pandas."""
    names = [str(name) for name in frame.columns]
    rows = frame.iter_rows() if is_polars(frame) else frame.itertuples(index=False, name=None)
    return (dict(zip(names, row, strict=True)) for row in rows)


def as_pandas(values: Any) -> Any:
    """The values of a frame or series as pandas has them, to look at: null becomes NaN.

    polars' own way needs pyarrow, which a notebook may do without.
    """
    import pandas as pd

    if not is_polars(values):
        return values
    if is_frame(values):
        return pd.DataFrame({column.name: as_pandas(column) for column in values})
    nested = values.dtype.is_nested()
    return pd.Series([*map(str, values)] if nested else values.to_numpy(), name=values.name)
