"""Run derived steps on a few rows in the kernel, and say by cell and line what hinders them.

It spares people a build that the proof would refuse in general terms.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.anyframe import rows_at, without
from cellmark_runtime.scoring.keeping import LeftOut

from ..answer.answering import Answering
from ..refusal import Refusal, refuse
from ..steps.path import Path
from ..values.row_numbers import all_of, but
from .running import Features, StepsFailed, accepted_of
from .truth import Truth

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["accepted_rows", "answers_by_line", "check_observed", "check_runs", "refuse_apart"]

_BY_NAME = "Take the target out first, above this statement: `y = df.pop({target!r})`."
_BY_STATISTIC = (
    "Compute what the condition takes from all rows in statements of their own, "
    "`mean, spread = x.mean(), x.std()`: they are frozen then."
)
_APART = (
    "Prepare both frames alike, by what the training rows gave: in one function, with an encoder "
    "fitted once (`OneHotEncoder`) where `get_dummies` meets other categories."
)
_BY_ROW = "Write it so that it also works for a single row, or for rows it has not seen."


def check_observed(truth: Truth, answering: Answering) -> None:
    """Refuse a notebook whose numbers can't be compared with those of the scoring module.

    Raises: Refusal if no input of the model is known to be rows of the raw frame.
    """
    if not any(each.is_final for each in truth.observed):
        raise refuse(
            answering.argument,
            answering.line.cell.number,
            "it is unclear which rows of the raw frame these are",
            "Select rows with `train_test_split`, and keep the frame's index.",
        )


def answers_by_line(predict: Features, path: Path) -> Features:
    """The module's `predict`, refusing by cell and line where it does not run."""

    def answers(features: Any) -> Any:
        try:
            return predict(features)
        except StepsFailed as failed:
            raise _no_features(failed, path, "") from failed

    return answers


def accepted_rows(features: Features, truth: Truth) -> np.ndarray[Any, Any]:
    """Positions of the raw rows that scoring takes, of those that the notebook tells something of.

    Of steps that stop, `check_runs` says where. Raises: CellmarkError if no row is left.
    """
    known = but(len(truth.raw), truth.unmet)
    raw = rows_at(without(truth.raw, truth.target), known)
    try:
        found: np.ndarray[Any, Any] = known[accepted_of(features, raw)]
    except StepsFailed:
        return all_of([each.positions[0] for each in truth.observed])
    if not len(found):
        fix = "Look at the conditions of the row filters, or state the policy filtered_row=score."
        raise CellmarkError("the scoring path", "every row is left out", "rows to score", fix)
    return found


def check_runs(
    features: Features,
    rows: Frame,
    truth: Truth,
    path: Path,
    answering: Answering,
) -> None:
    """Check that `features` runs for some rows without the target, and gives the model's columns.

    Raises: Refusal naming the statement that does not run, or the target among the features.
    """
    try:
        given = features(without(rows, truth.target))
    except StepsFailed as failed:
        absent = _with_target_only(features, rows, truth)
        # What was fitted on columns with the target among them takes no fewer.
        fewer = not absent and truth.target and "feature" in str(failed).lower()
        named = ", ".join(sorted(map(str, truth.target)))
        fix = _BY_NAME.format(target=named) if fewer else _BY_ROW
        raise _no_features(failed, path, absent, fix=fix) from failed
    for one, expected in _pairs(given, truth.last.scored.features):
        if expected is not None and _width(one) != _width(expected):
            raise _target_is_a_feature(one, expected, truth, answering)


def _pairs(given: Any, expected: Any) -> list[tuple[Any, Any]]:
    """What one or several models are asked about, of the module and of the notebook."""
    if isinstance(given, tuple) and isinstance(expected, tuple):
        return [*zip(given, expected, strict=True)]
    return [(given, expected)]


def _with_target_only(features: Features, rows: Frame, truth: Truth) -> str:
    """The target's names, if its absence is what hinders the steps."""
    try:
        features(rows)
    except StepsFailed:
        return ""
    return ", ".join(sorted(map(str, truth.target)))


def refuse_apart(failed: StepsFailed, path: Path, name: str) -> CellmarkError:
    """The refusal of steps that stop for the rows of another frame that the model met."""
    return _no_features(failed, path, "", f"the rows of `{name}`, which the model met too,", _APART)


def _no_features(
    failed: StepsFailed,
    path: Path,
    absent: str,
    rows: str = "new rows",
    fix: str = _BY_ROW,
) -> CellmarkError:
    when = f" without the target {absent}" if absent else ""
    reason = f"does not run for {rows}{when} ({failed})"
    fix = _BY_NAME.format(target=absent) if absent else fix
    if isinstance(failed.problem, LeftOut):
        reason = f"leaves out other rows when fewer come with them ({failed.problem})"
        fix = _BY_STATISTIC
    if isinstance(failed.problem, NameError):
        reason, fix = f"needs what no statement before it gives ({failed})", "Define it in a cell."
    for line in path.lines:
        if failed.text and failed.text in line.text:
            place = line.line.cell.number, line.line.node.lineno
            return Refusal(*place, reason, fix, failed.text)
    return CellmarkError("the scoring path", reason, fix=fix)


def _width(features: Any) -> int:
    return 1 if np.ndim(features) < 2 else int(features.shape[1])


def _target_is_a_feature(
    given: Any, expected: Any, truth: Truth, answering: Answering
) -> CellmarkError:
    there = [str(name) for name in getattr(expected, "columns", [])]
    extra = [name for name in there if name not in map(str, given.columns)]
    named = f": {', '.join(extra[:5])}" if extra else ""
    target = ", ".join(sorted(map(str, truth.target)))
    return refuse(
        answering.argument,
        answering.line.cell.number,
        f"has {_width(expected)} features, and {_width(given)} without the target {target}{named}",
        "Leave the target, and what is made of it, out of the features.",
    )
