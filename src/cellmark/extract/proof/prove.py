"""The proof: a built bundle, in a fresh process, against what the notebook itself computed.

Run as `python -m cellmark.extract.proof.prove BUNDLE TRUTH`; prints JSON objects, one a line: how
far it is, `{"at": ["one row at a time", 120, 300]}`, and last the proof or what failed.
"""

from __future__ import annotations

import json
import os
import pickle
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

import msgspec
import numpy as np

from cellmark.core.progress import Tell, untold
from cellmark_runtime import Model, load
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.scoring.anyframe import count_of, rows_at, without
from cellmark_runtime.scoring.golden import disagreement
from cellmark_runtime.types.manifest import Check, Proof

from ..refusal import Refusal
from ..values.comparison import difference, magnitudes, within
from ..values.row_numbers import but
from .departure import departure, prepared_apart
from .disagreement import describe, describe_values
from .golden import as_json_rows, telling_rows
from .locate import Module, first_difference
from .refused import check_refused
from .stated import check_policies
from .truth import Observed, Scored, Truth, scored_by

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["Disagreement", "main", "prove", "tolerance_of"]

SINGLE_ROWS = 300
_LONGEST_QUOTE = 80
_LEAST_TOLERANCE = 1e-12
# Relative to the largest number of a column: how far summing in another order may lead.
_SUMS = 1e-12
# The same for an estimator's own sums over features that are equal to the last bit: terms that
# nearly cancel leave a small answer with the rounding of large ones.
_OWN_SUMS = 1e-9


class Disagreement(CheckFailed):
    """The scoring module and the notebook give different numbers: nothing is packaged.

    `positions` are the raw rows that were compared, `known` the module's numbers for them and the
    notebook's, if it came to that.
    """

    positions: Sequence[int] = ()
    known: tuple[Scored, Scored] | None = None


def prove(
    model: Model,
    truth: Truth,
    single_rows: int = SINGLE_ROWS,
    module: Module | None = None,
    tell: Tell = untold,
) -> Proof:
    """Compare the bundle's answers with the notebook's in every way in which rows can arrive.

    Args: `module` is the scoring module, to find the statement to blame in; `tell` hears each
    check begin, and how far it is.
    Raises: Disagreement naming the check, the statement or row, and both values.
    """
    raw = without(truth.raw, truth.target)
    if model.policies.extra_column == "reject":
        raw = raw[[field.name for field in model.signature.inputs]]
    tell("rows that the notebook leaves out", 0, len(raw))
    checks = [*check_refused(model, raw, truth)]
    tell("all rows in one batch", 0, len(truth.accepted))
    try:
        batch = _batch(model, raw, truth)
        checks = [*_against_notebook(batch, truth), *checks]
    except Disagreement as problem:
        raise _of_frames(_departed(problem, model, truth, raw, module), truth) from problem
    try:
        checks += _ways(model, batch, single_rows, tell)
    except Disagreement as problem:
        raise _blamed(problem, model, truth, batch, module) from problem
    tell("target absent or present", 0, len(batch.numbers))
    checks += _with_target(model, truth, batch)
    checks += check_policies(model, raw, batch.numbers)
    worst = max(check.max_abs_difference for check in checks)
    return Proof(len(batch.numbers), tuple(checks), worst, truth.unproven)


class _Batch(NamedTuple):
    """The rows that scoring takes, `numbers` in the raw frame, and the answers to all at once."""

    raw: Frame
    numbers: np.ndarray[Any, Any]
    scored: Scored

    def at(self, numbers: Any) -> Scored:
        """The answers to these raw rows, in this order."""
        return self.scored.at(np.searchsorted(self.numbers, numbers))


def _batch(model: Model, raw: Frame, truth: Truth) -> _Batch:
    name, numbers = "all rows in one batch", truth.accepted
    try:
        return _Batch(raw, numbers, _accepted(name, model, rows_at(raw, numbers), numbers))
    except Disagreement as problem:
        kept = but(numbers, truth.left_out.scored)
        if len(kept) == len(numbers):
            raise
        _accepted(name, model, rows_at(raw, kept), kept)
        raise CheckFailed(
            "policy filtered_row=score",
            f"a row that the notebook leaves out can't be scored ({problem.received})",
            "an answer to every row of the raw frame",
            "Leave filtered_row at reject, or write steps that take such rows.",
        ) from problem


def _with_target(model: Model, truth: Truth, batch: _Batch) -> Iterator[Check]:
    if model.policies.extra_column == "reject":
        return
    name, at = "target absent or present", batch.numbers
    yield _hold(name, _accepted(name, model, rows_at(truth.raw, at), at), batch.scored, at, batch)


def _departed(
    problem: Disagreement, model: Model, truth: Truth, raw: Frame, module: Module | None
) -> CheckFailed:
    """The same problem by the first statement whose values are not the notebook's."""
    if module is None:
        return problem
    found = departure(model.trace, module, raw, truth)
    if found is None and problem.known is not None:
        scored, known = problem.known
        found = prepared_apart(truth.left, known.features, scored.features, problem.positions)
    return found or problem


def _of_frames(problem: CheckFailed, truth: Truth) -> CheckFailed:
    """The same problem, with a word on the rows that are none of the raw frame's."""
    if isinstance(problem, Refusal) and truth.beside:
        reason = f"{problem.reason} ({_counted(truth.beside)})"
        return Refusal(problem.cell, problem.line, reason, problem.fix, problem.source)
    return problem


def _counted(beside: Sequence[tuple[str, int]]) -> str:
    said = [f"those of `{name}` count from {first}" for name, first in beside]
    return f"raw rows in the order in which the model met them: {', '.join(said)}"


def _blamed(
    problem: Disagreement, model: Model, truth: Truth, batch: _Batch, module: Module | None
) -> CheckFailed:
    """The same problem by cell and line, where one statement can be found that makes it."""
    if module is None:
        return problem
    rows = rows_at(batch.raw, batch.numbers)
    positions = np.searchsorted(batch.numbers, problem.positions).tolist()
    located = first_difference(model.trace, module, rows, positions)
    places = truth.places.get(located.function, ()) if located else ()
    if located is None or located.statement >= len(places):
        return problem
    cell, line = places[located.statement]
    said = describe_values(located.variable, located.found, located.expected, problem.positions)
    return Refusal(
        cell,
        line,
        f"gives other values when other rows come with it: {said}",
        "Compute what it takes from all rows in a statement of its own; it is frozen then.",
        located.text
        if len(located.text) <= _LONGEST_QUOTE
        else located.text[:_LONGEST_QUOTE] + "...",
    )


def _against_notebook(batch: _Batch, truth: Truth) -> Iterator[Check]:
    for observed in truth.observed:
        known = observed.scored
        guesses = [each for each in observed.positions if np.isin(each, batch.numbers).all()]
        if not guesses:
            raise _unlike(observed, batch)
        positions = min(guesses, key=lambda guess: _apart(batch.at(guess), known))
        name = f"the notebook's {'training' if observed.fitted else 'other'} rows, in one batch"
        yield _hold(name, batch.at(positions), known, positions, batch)


def _unlike(observed: Observed, batch: _Batch) -> Disagreement:
    refused = but(observed.positions[0], batch.numbers)
    said = f"raw row {int(refused[0])}, which the notebook gives its model, is refused"
    return _disagreement("the notebook's rows", said, refused)


def _ways(model: Model, batch: _Batch, single_rows: int, tell: Tell) -> list[Check]:
    random = np.random.default_rng(0)
    numbers = batch.numbers
    part = np.sort(random.choice(numbers, size=max(1, len(numbers) // 3), replace=False))
    chosen = numbers[telling_rows(rows_at(batch.raw, numbers), single_rows)]
    whole = {"permutation": random.permutation(numbers), "random subset": part}
    checks = []
    for name, rows in whole.items():
        tell(name, 0, len(rows))
        checks.append(_compare(name, model, batch, rows))
    return [*checks, *_singly(model, batch, chosen, tell)]


def _singly(model: Model, batch: _Batch, chosen: Any, tell: Tell) -> Iterator[Check]:
    name, singles = "one row at a time", []
    for done, at in enumerate(chosen):
        tell(name, done, len(chosen))
        singles.append(_compare(name, model, batch, np.array([at])))
    worst = max(each.max_abs_difference for each in singles)
    yield Check(name, len(chosen), worst, max(each.answers for each in singles))
    name = "rows as JSON"
    tell(name, 0, len(chosen))
    scored = _accepted(name, model, as_json_rows(batch.raw, model.signature, chosen), chosen)
    yield _hold(name, scored, batch.at(chosen), chosen, batch)


def _compare(name: str, model: Model, batch: _Batch, positions: Any) -> Check:
    scored = _accepted(name, model, rows_at(batch.raw, positions), positions)
    return _hold(name, scored, batch.at(positions), positions, batch)


def _accepted(name: str, model: Model, rows: Any, positions: Any) -> Scored:
    """The answers for rows that the notebook's model answered, so may not be refused."""
    count = len(positions)
    try:
        scored = scored_by(model, rows)
    except CellmarkError as problem:
        raise _disagreement(name, f"{count} rows are refused: {problem}", positions) from None
    for part, values in zip(Scored._fields, scored, strict=True):
        if values is not None and count_of(values) != count:
            said = f"{count} rows give {count_of(values)} {part}"
            raise _disagreement(name, said, positions)
    return scored


def _hold(name: str, scored: Scored, known: Scored, positions: Any, batch: _Batch) -> Check:
    """How far apart they are; raises where that is further than summing in another order goes.

    With features equal to the last bit a difference is the estimator's own, whatever its rows.
    """
    same_input = known.features is not None and difference(scored.features, known.features) == 0.0
    for part, mine, theirs in zip(Scored._fields, scored, known, strict=True):
        if theirs is None:
            continue
        relative = _OWN_SUMS if same_input and part != "features" else _SUMS
        if difference(mine, theirs) == 0.0:
            continue
        allowed = [relative * most for most in magnitudes(getattr(batch.scored, part))]
        if not within(mine, theirs, allowed):
            problem = _disagreement(name, describe(scored, known, positions), positions)
            problem.known = (scored, known)
            raise problem
    answers = _apart(scored[1:], known[1:])
    return Check(name, len(positions), _apart(scored, known), answers)


def _disagreement(name: str, said: str, positions: Any) -> Disagreement:
    problem = Disagreement(f"proof, {name}", said, "the notebook's own numbers")
    problem.positions = [int(at) for at in positions]
    return problem


def _apart(one: Sequence[Any], other: Sequence[Any]) -> float:
    pairs = zip(one, other, strict=True)
    return max((difference(left, right) for left, right in pairs if right is not None), default=0.0)


def tolerance_of(proof: Proof) -> float:
    """How far the golden rows' answers may be off: 0.0 where the proof found no difference.

    Another machine's BLAS rounds otherwise: ten times what this one's did, and never nothing.
    """
    if proof.max_abs_difference == 0.0:
        return 0.0
    return max(_LEAST_TOLERANCE, 10 * max(check.answers for check in proof.checks))


def _check_golden(model: Model, proof: Proof) -> None:
    """The bundle must be able to start: it answers only once its golden rows match."""
    golden = msgspec.structs.replace(model.golden, tolerance=tolerance_of(proof))
    model.golden = golden
    if problem := disagreement(model):
        raise Disagreement("proof, golden rows", problem, "the notebook's own numbers")


def main(arguments: list[str]) -> int:
    """Prove the bundle at the first path against the truth at the second; print the proof."""
    bundle, truth = Path(arguments[0]), Path(arguments[1])
    steps = bundle / "scoring" / "steps.py"
    with _answers() as out:

        def say(**said: object) -> None:
            out.write(json.dumps(said) + "\n")
            out.flush()

        try:
            model = load(bundle)
            module = Module(steps.read_text(encoding="utf-8"), model.steps_file)
            with truth.open("rb") as file:
                known = pickle.load(file)  # noqa: S301 - ours
            proof = prove(model, known, module=module, tell=lambda *at: say(at=at))
            _check_golden(model, proof)
        except CellmarkError as problem:
            say(failed=[problem.where, problem.received, problem.expected, problem.fix])
            return 1
        say(proof=msgspec.to_builtins(proof))
    return 0


def _answers() -> TextIO:
    """This process's stdout, which is from now on out of reach of what the author's code prints."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
