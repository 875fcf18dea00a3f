"""Rows that the notebook left out of training, refused by the author's own condition.

A filter in a notebook makes the table shorter. An answer may not: it has one entry a row, so a row
that the filter would leave out stops the batch and is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..types.fault import Fault
from .anyframe import copied, is_column, is_frame, is_polars
from .checking import MAX_FAULTS, InvalidRows
from .judging import shown

if TYPE_CHECKING:
    import numpy as np

__all__ = ["LeftOut", "keep_complete", "keep_rows"]

_Rows = TypeVar("_Rows")
_FIX = "The notebook left such rows out of training, so no answer to them is proven."


class LeftOut(InvalidRows):
    """Rows that the notebook leaves out. `positions` are all of them, however few have a fault."""

    def __init__(self, faults: Sequence[Fault], positions: Sequence[int]) -> None:
        self.positions = tuple(positions)
        super().__init__(faults)

    def __reduce__(self) -> tuple[type[LeftOut], tuple[tuple[Fault, ...], tuple[int, ...]]]:  # type: ignore[override]
        return type(self), (self.faults, self.positions)

    def first(self, count: int) -> LeftOut:
        """The same of the first `count` rows alone."""
        faults = [fault for fault in self.faults if fault.row < count]
        return LeftOut(faults, [row for row in self.positions if row < count])


def keep_rows(rows: _Rows, keep: Any, said: str) -> _Rows:
    """A copy of all of `rows`: a frame, a series or an array.

    Args: keep: whether each row is kept, or a function of the rows or a polars expression that says
    so; said: the author's condition, for the message.
    Raises: LeftOut naming every row that is not kept.
    """
    kept = _mask(rows, keep(rows) if callable(keep) else keep)
    if not kept.all():
        _refuse((~kept).nonzero()[0].tolist(), lambda row: _told(rows, row, said))
    return copied(rows)  # type: ignore[no-any-return]


def keep_complete(
    rows: _Rows,
    subset: Hashable | Sequence[Hashable] | None = None,
    how: str = "any",
    thresh: int | None = None,
    at_most: int | None = None,
) -> _Rows:
    """A copy of all of `rows`, whose values must be there as `dropna` or polars' `drop_nulls` with
    these arguments asks.

    `at_most` is how many may be missing.

    Raises: LeftOut naming every row that lacks one, and the column.
    """
    names, present = _present(rows, subset)
    least = 1 if how == "all" else present.shape[1]
    if thresh is not None or at_most is not None:
        least = thresh if thresh is not None else present.shape[1] - (at_most or 0)
    kept = present.sum(axis=1) >= least
    if not kept.all():
        _refuse((~kept).nonzero()[0].tolist(), lambda row: _lacking(names, present[row]))
    return copied(rows)  # type: ignore[no-any-return]


def _mask(rows: Any, keep: Any) -> np.ndarray[Any, Any]:
    import numpy as np

    if is_polars(rows):
        return _polars_mask(rows, keep)
    import pandas as pd

    if isinstance(keep, pd.Series) and hasattr(rows, "index") and len(keep) == len(rows):
        keep = keep if keep.index.equals(rows.index) else keep.reindex(rows.index)
    # Neither true nor false keeps no row: pandas takes <NA> in a mask for False.
    return np.asarray(pd.array(keep, dtype="boolean").fillna(False), dtype=bool)


def _polars_mask(rows: Any, keep: Any) -> np.ndarray[Any, Any]:
    """As polars' `filter` has it: what is neither true nor false keeps no row."""
    import polars as pl

    if is_frame(rows) and isinstance(keep, pl.Expr | str):
        keep = rows.select(pl.all_horizontal(keep)).to_series()
        # A condition on no column is one value, whatever the rows.
        keep = keep if len(keep) == len(rows) else keep.new_from_index(0, len(rows))
    mask: np.ndarray[Any, Any] = pl.Series(keep).cast(pl.Boolean).fill_null(False).to_numpy()
    return mask


def _present(rows: Any, subset: Any) -> tuple[list[str], np.ndarray[Any, Any]]:
    """Names of columns, and whether each row has a value there."""
    if is_polars(rows):
        import polars as pl

        frame = rows if is_frame(rows) else rows.to_frame()
        chosen = frame if subset is None else frame.select(subset)
        return chosen.columns, chosen.select(pl.all().is_not_null()).to_numpy()
    if rows.ndim == 1:
        found = rows.notna().to_frame()
    elif subset is None:
        found = rows.notna()
    else:
        several = hasattr(subset, "__len__") and not isinstance(subset, str)
        found = rows[list(subset) if several else [subset]].notna()
    return [str(name) for name in found.columns], found.to_numpy()


def _refuse(positions: list[int], told: Callable[[int], tuple[str, str, str]]) -> None:
    faults = []
    for row in positions[:MAX_FAULTS]:
        field, received, expected = told(row)
        faults.append(Fault(row, field, received, expected, _FIX, "refused"))
    raise LeftOut(faults, positions)


def _told(rows: Any, row: int, said: str) -> tuple[str, str, str]:
    names = [str(name) for name in getattr(rows, "columns", ()) if _mentions(said, str(name))]
    expected = f"a row for which {said}"
    if not names:
        value = _at(rows, row) if is_column(rows) else None
        return "", "a row that the notebook leaves out" if value is None else shown(value), expected
    values = {name: shown(_at(rows[name], row)) for name in names}
    if len(names) == 1:
        return names[0], values[names[0]], expected
    return "", ", ".join(f"{name} {value}" for name, value in values.items()), expected


def _mentions(said: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None


def _lacking(names: list[str], there: np.ndarray[Any, Any]) -> tuple[str, str, str]:
    lacking = [name for name, is_there in zip(names, there, strict=True) if not is_there]
    if len(lacking) == 1:
        return lacking[0], "null", "a value"
    return "", f"no value for {', '.join(lacking)}", "a value for each"


def _at(column: Any, row: int) -> Any:
    value = column[row] if is_polars(column) else column.iloc[row]
    return value.item() if hasattr(value, "item") else value
