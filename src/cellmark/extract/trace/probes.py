"""Probes: a few rows of what each statement of the notebook left in its variables.

Enough to name the first statement that a scoring module gets wrong, and small enough to keep.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cellmark_runtime.scoring.anyframe import copied, is_column, is_frame, rows_at

from ..values.kinds import length_of

if TYPE_CHECKING:
    from ..values.variables import Changes

__all__ = ["Probe", "probes_of"]

_ROWS = 32
_WIDEST = 2_000


class Probe(NamedTuple):
    """Rows of a variable at the positions `at`, of `rows` in all.

    Of a frame that a statement changed in place `values` holds the changed columns, and `whole` is
    false.
    """

    rows: int
    at: np.ndarray[Any, Any]
    values: Any
    whole: bool


def probes_of(changes: Changes, row_counts: Collection[int]) -> dict[str, Probe]:
    """Probes of the variables with a row for each of the notebook's that a statement changed."""
    found = {}
    for name in changes.rebound | changes.changed.keys():
        with contextlib.suppress(Exception):  # a value that can't be looked at is not compared
            probe = _probe(changes.values[name], changes.changed.get(name), row_counts)
            if probe is not None:
                found[name] = probe
    return found


def _probe(
    value: Any, changed: Collection[Any] | None, row_counts: Collection[int]
) -> Probe | None:
    count = length_of(value)
    followed = is_frame(value) or is_column(value) or isinstance(value, np.ndarray)
    if not followed or count is None or count not in row_counts:
        return None
    at = np.unique(np.linspace(0, count - 1, _ROWS).astype(np.int64))
    whole = changed is None or not is_frame(value)
    if not whole:
        value = value[[name for name in value.columns if name in (changed or ())]]
    if np.ndim(value) > 1 and value.shape[1] > _WIDEST:
        return None
    return Probe(count, at, copied(rows_at(value, at)), whole)
