"""The part of the proof about refusals: the rows that the notebook left out, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from cellmark_runtime import Model
from cellmark_runtime.errors import CheckFailed
from cellmark_runtime.scoring.anyframe import rows_at
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.types.manifest import Check

from ..values.row_numbers import but
from .golden import telling_rows
from .truth import Truth

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["check_refused"]

_SINGLE_ROWS = 50
_Positions = np.ndarray[Any, Any]


def check_refused(model: Model, raw: Frame, truth: Truth) -> Iterator[Check]:
    """Check that the model refuses the rows that the notebook's conditions left out.

    Args: raw: the raw frame without the target.
    Raises: CheckFailed naming a row that is scored, or refused, other than the notebook has it.
    """
    gone, kept = truth.left_out, truth.accepted
    rest = but(len(raw), np.concatenate([kept, truth.unmet]))
    taken = but(gone.refused, np.concatenate([rest, truth.unmet]))
    if len(taken):
        raise _other(taken, "is scored", "refused, as the notebook leaves it out")
    wrongly = but(rest, np.concatenate([gone.refused, gone.unsure]))
    if gone.clear and len(wrongly):
        raise _other(wrongly, "is refused", "scored, as the notebook keeps it")
    if len(rest):
        singles = rest[telling_rows(rows_at(raw, rest), _SINGLE_ROWS)]
        _check_together(model, raw, rest)
        for at in singles:
            _check_together(model, raw, np.array([at]))
        yield Check("rows that the notebook leaves out are refused", len(rest), 0.0)


def _check_together(model: Model, raw: Frame, rows: _Positions) -> None:
    """Every row of the batch is named as one that may not be scored."""
    left = rows
    while len(left):
        try:
            model.trace(rows_at(raw, left))
        except InvalidRows as problem:
            left = np.delete(left, sorted({fault.row for fault in problem.faults}))
        else:
            raise _other(left, "is scored", "refused, as the notebook leaves it out")


def _other(rows: _Positions, received: str, expected: str) -> CheckFailed:
    more = f", and {len(rows) - 1} more" if len(rows) > 1 else ""
    return CheckFailed(
        "proof, rows that the notebook leaves out",
        f"raw row {int(rows[0])} {received}{more}",
        expected,
        "Write the condition so that it tells of each row by its own values.",
    )
