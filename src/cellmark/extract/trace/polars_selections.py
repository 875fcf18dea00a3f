"""Which rows a call or a subscript of polars takes, found beside the author's own call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cellmark_runtime.scoring.anyframe import is_frame

from ..values.row_numbers import but

__all__ = ["POLARS_METHODS", "lacking_in", "places_of_key", "selected_by"]

_FRAME = "polars.dataframe.frame.DataFrame"
_SERIES = "polars.series.series.Series"
_PLACES = "bottom_k gather gather_every head limit reverse sample slice sort tail top_k unique"
_OF_SERIES = "gather head limit sample slice tail"
_NUMBER = "cellmark row"
# Qualified names of methods that leave out or order rows -> how they choose them.
# "unclear" has no meaning for a single row, or one that nobody can tell.
POLARS_METHODS: Mapping[str, str] = {
    **{f"{_FRAME}.{name}": "place" for name in _PLACES.split()},
    **{f"{_SERIES}.{name}": "place" for name in _OF_SERIES.split()},
    **{f"{home}.filter": "condition" for home in (_FRAME, _SERIES)},
    **{f"{home}.drop_nulls": "missing" for home in (_FRAME, _SERIES)},
    **{f"{home}.drop_nans": "unclear" for home in (_FRAME, _SERIES)},
    **{f"{_FRAME}.{name}": "unclear" for name in ("explode", "remove", "upsample")},
}
# What draws, or leaves open which of several rows it takes, gives the same once only.
_ONCE = frozenset(("sample", "unique"))

_Positions = np.ndarray[Any, Any]


def selected_by(
    function: Callable[..., Any],
    owner: Any,
    method: str,
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
) -> tuple[Any, _Positions | None]:
    """What a method of `owner` gives, and the places of its rows; None where they are not known."""
    if not is_frame(owner):
        return _of_series(function, owner, method, arguments, options)
    if method in _ONCE and _is_named(arguments, options):
        return _numbered(owner, method, arguments, options)
    result = function(*arguments, **options)
    try:
        again, places = _numbered(owner, method, arguments, options)
        # `pl.all()` is the numbers as well, and may then choose otherwise.
        return result, places if again.equals(result) else None
    except Exception:  # noqa: BLE001 - what can't be done again is unclear
        return result, None


def _is_named(arguments: tuple[Any, ...], options: Mapping[str, Any]) -> bool:
    """Whether columns are named one by one, if at all."""
    flat = [part for each in (*arguments, *options.values()) for part in _parts(each)]
    return all(part is None or isinstance(part, str | int | float) for part in flat)


def _parts(value: Any) -> list[Any]:
    return [*value] if isinstance(value, list | tuple | set) else [value]


def _numbered(
    owner: Any, method: str, arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[Any, _Positions]:
    import polars as pl

    # Last: an order by all columns goes by the numbers only where nothing else tells rows apart.
    numbers = pl.Series(_NUMBER, np.arange(len(owner)))
    if method == "unique" and not arguments and options.get("subset") is None:
        options = {**options, "subset": owner.columns}
    found = getattr(owner.with_columns(numbers), method)(*arguments, **options)
    return found.drop(_NUMBER), found[_NUMBER].to_numpy()


def _of_series(
    function: Callable[..., Any],
    owner: Any,
    method: str,
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
) -> tuple[Any, _Positions | None]:
    import polars as pl

    numbers = pl.Series(_NUMBER, np.arange(len(owner)))
    if method in {"drop_nans", "drop_nulls"}:
        kept = owner.is_not_null() if method == "drop_nulls" else ~owner.is_nan()
        return function(*arguments, **options), numbers.filter(kept).to_numpy()
    found = getattr(numbers, method)(*arguments, **options)
    result = owner.gather(found) if method == "sample" else function(*arguments, **options)
    return result, found.to_numpy()


def places_of_key(count: int, key: Any) -> _Positions:
    """The places, among `count` rows, of those that a subscript takes by place."""
    found: _Positions = np.arange(count)[key.to_numpy() if hasattr(key, "to_numpy") else key]
    return found


def lacking_in(frame: Any, kept: _Positions | None) -> frozenset[str]:
    """Columns in which rows that `drop_nulls` left out lack a value."""
    if kept is None or not is_frame(frame):
        return frozenset()
    out = but(len(frame), kept)
    return frozenset(column.name for column in frame[out] if column.null_count())
