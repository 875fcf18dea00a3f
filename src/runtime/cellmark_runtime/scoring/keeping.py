"""Rows that the notebook left out of training, refused by the author's own condition.

A filter in a notebook makes the table shorter. An answer may not: it has one entry a row, so a row
that the filter would leave out stops the batch and is named.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..types.fault import Fault
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


def keep_rows(rows: _Rows, keep: Any, said: str) -> _Rows:
    """A copy of all of `rows`: a frame, a series or an array.

    Args: keep: whether each row is kept, or a function of the rows that says so; said: the
    author's condition, for the message.
    Raises: LeftOut naming every row that is not kept.
    """
    kept = _mask(rows, keep(rows) if callable(keep) else keep)
    if not kept.all():
        _refuse((~kept).nonzero()[0].tolist(), lambda row: _told(rows, row, said))
    return rows.copy()  # type: ignore[attr-defined,no-any-return]


def keep_complete(
    rows: _Rows,
    subset: Hashable | Sequence[Hashable] | None = None,
    how: str = "any",
    thresh: int | None = None,
    at_most: int | None = None,
) -> _Rows:
    """A copy of all of `rows`, whose values must be there as `dropna` with these arguments asks.

    `at_most` is how many may be missing.

    Raises: LeftOut naming every row that lacks one, and the column.
    """
    present = _present(rows, subset)
    least = 1 if how == "all" else present.shape[1]
    if thresh is not None or at_most is not None:
        least = thresh if thresh is not None else present.shape[1] - (at_most or 0)
    kept = present.to_numpy().sum(axis=1) >= least
    if not kept.all():
        _refuse((~kept).nonzero()[0].tolist(), lambda row: _lacking(present, row))
    return rows.copy()  # type: ignore[attr-defined,no-any-return]


def _mask(rows: Any, keep: Any) -> np.ndarray[Any, Any]:
    import numpy as np
    import pandas as pd

    if isinstance(keep, pd.Series) and hasattr(rows, "index") and len(keep) == len(rows):
        keep = keep if keep.index.equals(rows.index) else keep.reindex(rows.index)
    # Neither true nor false keeps no row: pandas takes <NA> in a mask for False.
    return np.asarray(pd.array(keep, dtype="boolean").fillna(False), dtype=bool)


def _present(rows: Any, subset: Any) -> Any:
    if rows.ndim == 1:
        return rows.notna().to_frame()
    if subset is None:
        return rows.notna()
    several = hasattr(subset, "__len__") and not isinstance(subset, str)
    return rows[list(subset) if several else [subset]].notna()


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
        value = rows.iloc[row] if getattr(rows, "ndim", 2) == 1 and hasattr(rows, "iloc") else None
        return "", "a row that the notebook leaves out" if value is None else shown(value), expected
    values = {name: shown(_plain(rows[name].iloc[row])) for name in names}
    if len(names) == 1:
        return names[0], values[names[0]], expected
    return "", ", ".join(f"{name} {value}" for name, value in values.items()), expected


def _mentions(said: str, name: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(name)}(?!\w)", said) is not None


def _lacking(present: Any, row: int) -> tuple[str, str, str]:
    lacking = [str(name) for name in present.columns[~present.iloc[row].to_numpy()]]
    if len(lacking) == 1:
        return lacking[0], "null", "a value"
    return "", f"no value for {', '.join(lacking)}", "a value for each"


def _plain(value: Any) -> Any:
    return value.item() if hasattr(value, "item") else value
