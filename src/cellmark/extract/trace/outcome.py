"""What a statement of the notebook made: raw tables, parts of the rows, and answers."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from ..values.copies import Copies
from ..values.kinds import rows_behind, rows_given
from ..values.matrices import as_frame, is_matrix
from ..values.variables import Changes
from .records import Source

__all__ = ["answers_made", "cuts_made", "tables_made"]

# Answers have a column for each class or target; tables of features are wider, and not kept.
_WIDEST_ANSWER = 32


def answers_made(changes: Changes, asked: Collection[int | None]) -> dict[str, Any]:
    """What a statement made after a model's answer, and may have made of it.

    `asked` are the numbers of rows that models were asked about.
    """
    fresh = changes.rebound | changes.changed.keys() if asked else frozenset()
    found = {}
    for name in fresh:
        value = changes.values[name]
        if rows_given(value) in asked and _width(value) <= _WIDEST_ANSWER:
            with contextlib.suppress(Exception):
                found[name] = copy.copy(value)
    return found


def _width(value: Any) -> int:
    shape = getattr(value, "shape", ())
    return int(np.prod(shape[1:]))


def cuts_made(
    changes: Changes, sources: Sequence[Source], row_counts: Collection[int]
) -> dict[str, tuple[int, int]]:
    """Frames newly bound to part of the rows, other than by `train_test_split`."""
    found = {}
    for name, value in changes.fresh_frames:
        if len(value) in row_counts:
            continue
        whole = rows_behind(value, sources)
        if whole is not None:
            found[name] = (len(value), whole)
    return found


def tables_made(
    changes: Changes, sources: Sequence[Source], copies: Copies, *, apart: bool
) -> list[tuple[str, Any, bool]]:
    """Frames that a statement made; of a notebook without any, matrices of numbers.

    A matrix is the data itself, not made of it as scoring would, if it was made `apart` from rows,
    or by numbers drawn; or of parts put together to more rows than one has. No steps of a scoring
    module do that.
    """
    frames = [(name, copies.of(value), False) for name, value in changes.fresh_frames]
    if frames or not all(source.matrix for source in sources):
        return frames
    most = max((len(source.frame) for source in sources), default=0)
    return [
        (name, as_frame(name, changes.values[name]), True)
        for name in sorted({*changes.rebound, *changes.changed})
        if is_matrix(changes.values[name]) and (apart or len(changes.values[name]) > most)
    ]
