"""The part of the proof about policies: what they promise of a row is what happens to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cellmark_runtime import Model
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.scoring.accepting import other_of
from cellmark_runtime.scoring.keeping import LeftOut
from cellmark_runtime.types.manifest import Check
from cellmark_runtime.types.signature import Field

from ..values.comparison import magnitudes, within
from .golden import as_json_rows
from .truth import Scored, scored_by

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["check_policies"]

_ROWS = 5
_SUMS = 1e-9
# No training data hold this text.
_UNSEEN = "\N{REPLACEMENT CHARACTER} a category that nobody knows"
_Row = Mapping[str, object]


def check_policies(model: Model, raw: Frame, numbers: np.ndarray[Any, Any]) -> Iterator[Check]:
    """Check on some accepted rows of the raw frame that the stated policies can be kept.

    Raises: CheckFailed naming the policy, and the column that it fails on.
    """
    rows = as_json_rows(raw, model.signature, numbers[:: max(1, len(numbers) // _ROWS)][:_ROWS])
    for name, value, check in _CHECKS:
        if getattr(model.policies, name) == value:
            yield Check(f"policy {name}={value}", check(model, rows), 0.0)


def _other(model: Model, rows: Sequence[_Row]) -> int:
    others = {field.name: other_of(field) for field in model.signature.inputs}
    known = {name: other for name, other in others.items() if other is not None}
    if not known:
        raise _unkept(
            "unseen_category=other",
            "no column of the training data has a category named other",
            "State reject or missing, or name a category other in the notebook.",
        )
    for name, other in known.items():
        _check_same(model, rows, "unseen_category=other", {name: _UNSEEN}, {name: other})
    return len(rows) * len(known)


def _missing(model: Model, rows: Sequence[_Row]) -> int:
    open_ones = [each.name for each in model.accepts.inputs if each.categories and each.nullable]
    if not open_ones:
        raise _unkept(
            "unseen_category=missing",
            "no column of categories may be missing, as no training row lacks one there",
            "State reject, or unexpected_missing=score as well.",
        )
    for name in open_ones:
        _check_same(model, rows, "unseen_category=missing", {name: _UNSEEN}, {name: None})
    return len(rows) * len(open_ones)


def _unexpected(model: Model, rows: Sequence[_Row]) -> int:
    never = [field for field in model.signature.inputs if not field.nullable]
    for field in never:
        _check_scored(model, rows, field)
    return len(rows) * len(never)


def _check_scored(model: Model, rows: Sequence[_Row], field: Field) -> None:
    policy, without = "unexpected_missing=score", [{**row, field.name: None} for row in rows]
    fix = "State reject, or fill missing values of this column in the notebook."
    try:
        answers = _answers(model, without)
    except LeftOut:
        return  # by a filter of the notebook's own, which has a policy of its own
    except CellmarkError as problem:
        received = f"a missing value in {field.name!r} can't be scored ({problem})"
        raise _unkept(policy, received, fix) from problem
    alone = [_answers(model, [row]) for row in without]
    if not all(_alike(each, answers.at([at])) for at, each in enumerate(alone)):
        received = f"a missing value in {field.name!r} gives other answers in a batch than alone"
        raise _unkept(policy, received, fix)


def _check_same(model: Model, rows: Sequence[_Row], policy: str, sent: _Row, meant: _Row) -> None:
    try:
        unseen = _answers(model, [{**row, **sent} for row in rows])
        known = _answers(model, [{**row, **meant} for row in rows])
    except LeftOut:
        return
    except CellmarkError as problem:
        fix = f"State reject, or write steps that take {next(iter(meant.values()))!r} there."
        received = f"{next(iter(sent))!r} can't be scored so ({problem})"
        raise _unkept(policy, received, fix) from problem
    if not _alike(unseen, known):
        raise _unkept(policy, f"{next(iter(sent))!r} gives other answers", "State reject.")


def _extra(model: Model, rows: Sequence[_Row]) -> int:
    try:
        _answers(model, [{**row, _UNSEEN: 1} for row in rows])
    except CellmarkError:
        return len(rows)
    raise _unkept("extra_column=reject", "a column that nobody knows is taken", "State ignore.")


def _answers(model: Model, rows: Sequence[_Row]) -> Scored:
    return scored_by(model, rows)._replace(features=None)


def _alike(one: Scored, other: Scored) -> bool:
    """The same answers, but for how sums round in batches of another size."""
    pairs = [pair for pair in zip(one, other, strict=True) if pair[1] is not None]
    return all(
        within(mine, theirs, [_SUMS * most for most in magnitudes(theirs)])
        for mine, theirs in pairs
    )


def _unkept(policy: str, received: str, fix: str) -> CheckFailed:
    return CheckFailed(f"policy {policy}", received, "a policy that the model can keep", fix)


_CHECKS: tuple[tuple[str, str, Callable[[Model, Sequence[_Row]], int]], ...] = (
    ("unseen_category", "other", _other),
    ("unseen_category", "missing", _missing),
    ("unexpected_missing", "score", _unexpected),
    ("extra_column", "reject", _extra),
)
