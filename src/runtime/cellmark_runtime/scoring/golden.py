"""Golden rows scored here and now, against the notebook's own answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from ..errors import CellmarkError
from .model import Model

__all__ = ["disagreement"]


def disagreement(model: Model) -> str | None:
    """What differs between the model's answers to its golden rows and the notebook's, or None."""
    golden = model.golden
    if not golden.rows:
        return "the bundle has no golden rows to prove itself by"
    try:
        answer = model.answer(golden.rows)
    except Exception as problem:  # noqa: BLE001 - whatever stops it, it is not proven
        kind = "" if isinstance(problem, CellmarkError) else f"{type(problem).__name__}: "
        return f"golden rows could not be scored: {kind}{problem}"
    parts = (
        ("prediction", answer.predictions, golden.predictions),
        ("probabilities", answer.probabilities, golden.probabilities),
        ("score", answer.scores, golden.scores),
    )
    found = (_first_difference(what, got, wanted, golden.tolerance) for what, got, wanted in parts)
    return next((said for said in found if said), None)


def _first_difference(
    what: str, got: Sequence[Any] | None, wanted: Sequence[Any] | None, tolerance: float
) -> str | None:
    if got is None or wanted is None:
        return None if got is wanted else f"golden rows: {what} on one side only"
    if len(got) != len(wanted):
        return f"golden rows: {len(got)} answers for {len(wanted)} rows"
    for row, (mine, theirs) in enumerate(zip(got, wanted, strict=True)):
        if not _same(mine, theirs, tolerance):
            return f"golden row {row}: {what} {mine!r}, the notebook's was {theirs!r}"
    return None


def _same(mine: Any, theirs: Any, tolerance: float) -> bool:
    if isinstance(mine, (list, tuple)):
        pairs = zip(mine, theirs, strict=False)
        return len(mine) == len(theirs) and all(_same(a, b, tolerance) for a, b in pairs)
    if isinstance(mine, float) and isinstance(theirs, (int, float)):
        return math.isclose(mine, theirs, rel_tol=0.0, abs_tol=tolerance)
    return type(mine) is type(theirs) and bool(mine == theirs)
