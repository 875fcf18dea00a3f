"""The proof: a built bundle, in a fresh process, against what the notebook itself computed.

Run as `python -m cellmark.extract.prove BUNDLE TRUTH`; prints one JSON object.
"""

from __future__ import annotations

import json
import pickle
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from cellmark_runtime import Model, load
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.scoring.answers import side_by_side
from cellmark_runtime.scoring.anyframe import rows_at, without
from cellmark_runtime.scoring.golden import disagreement
from cellmark_runtime.types.manifest import Check, Proof

from .comparison import difference, magnitudes, within
from .departure import departure, prepared_apart
from .disagreement import describe, describe_values
from .golden import as_json_rows, telling_rows
from .locate import Module, first_difference
from .refusal import Refusal
from .truth import Scored, Truth

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
    model: Model, truth: Truth, single_rows: int = SINGLE_ROWS, module: Module | None = None
) -> Proof:
    """Compare the bundle's answers with the notebook's in every way in which rows can arrive.

    Args: `module` is the scoring module, to find the statement to blame in.
    Raises: Disagreement naming the check, the statement or row, and both values.
    """
    raw = without(truth.raw, truth.target)
    every = np.arange(len(raw))
    try:
        batch = _accepted("all rows in one batch", model, raw, every)
        checks = [*_against_notebook(batch, truth)]
    except Disagreement as problem:
        raise _departed(problem, model, truth, raw, module) from problem
    try:
        checks += _ways(model, raw, batch, single_rows)
    except Disagreement as problem:
        raise _blamed(problem, model, truth, raw, module) from problem
    name = "target absent or present"
    checks.append(_hold(name, _accepted(name, model, truth.raw, every), batch, every, batch))
    worst = max(check.max_abs_difference for check in checks)
    return Proof(len(raw), tuple(checks), worst)


def _departed(
    problem: Disagreement, model: Model, truth: Truth, raw: Frame, module: Module | None
) -> CheckFailed:
    """The same problem by the first statement whose values are not the notebook's."""
    if module is None:
        return problem
    found = departure(model.trace, module, raw, truth.left, truth.places)
    if found is None and problem.known is not None:
        scored, known = problem.known
        found = prepared_apart(truth.left, known.features, scored.features, problem.positions)
    return found or problem


def _blamed(
    problem: Disagreement, model: Model, truth: Truth, raw: Frame, module: Module | None
) -> CheckFailed:
    """The same problem by cell and line, where one statement can be found that makes it."""
    if module is None:
        return problem
    located = first_difference(model.trace, module, raw, problem.positions)
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


def _score(model: Model, rows: Any) -> Scored:
    features, predictions, probabilities, scores = model.trace(rows)
    return Scored(features, predictions, side_by_side(probabilities), scores)


def _against_notebook(batch: Scored, truth: Truth) -> Iterator[Check]:
    for observed in truth.observed:
        known = observed.scored
        attempts = [(_apart(batch.at(guess), known), guess) for guess in observed.positions]
        _, positions = min(attempts, key=lambda attempt: attempt[0])
        name = f"the notebook's {'training' if observed.fitted else 'other'} rows, in one batch"
        yield _hold(name, batch.at(positions), known, positions, batch)


def _ways(model: Model, raw: Frame, batch: Scored, single_rows: int) -> list[Check]:
    random = np.random.default_rng(0)
    count = len(raw)
    part = np.sort(random.choice(count, size=max(1, count // 3), replace=False))
    return [
        _compare("permutation", model, raw, batch, random.permutation(count)),
        _compare("random subset", model, raw, batch, part),
        *_singly(model, raw, batch, telling_rows(raw, single_rows)),
    ]


def _singly(model: Model, raw: Frame, batch: Scored, chosen: Any) -> Iterator[Check]:
    name = "one row at a time"
    singles = [_compare(name, model, raw, batch, np.array([at])) for at in chosen]
    worst = max(each.max_abs_difference for each in singles)
    yield Check(name, len(chosen), worst, max(each.answers for each in singles))
    name = "rows as JSON"
    scored = _accepted(name, model, as_json_rows(raw, model.signature, chosen), chosen)
    yield _hold(name, scored, batch.at(chosen), chosen, batch)


def _compare(name: str, model: Model, raw: Frame, batch: Scored, positions: Any) -> Check:
    scored = _accepted(name, model, rows_at(raw, positions), positions)
    return _hold(name, scored, batch.at(positions), positions, batch)


def _accepted(name: str, model: Model, rows: Any, positions: Any) -> Scored:
    """The answers for rows that the notebook's model answered, so may not be refused."""
    count = len(positions)
    try:
        scored = _score(model, rows)
    except CellmarkError as problem:
        raise _disagreement(name, f"{count} rows are refused: {problem}", positions) from None
    for part, values in zip(Scored._fields, scored, strict=True):
        if values is not None and values.shape[0] != count:
            said = f"{count} rows give {values.shape[0]} {part}"
            raise _disagreement(name, said, positions)
    return scored


def _hold(name: str, scored: Scored, known: Scored, positions: Any, batch: Scored) -> Check:
    """How far apart they are; raises where that is further than summing in another order goes.

    With features equal to the last bit a difference is the estimator's own, whatever its rows.
    """
    same_input = difference(scored.features, known.features) == 0.0
    for part, mine, theirs in zip(Scored._fields, scored, known, strict=True):
        if theirs is None:
            continue
        relative = _OWN_SUMS if same_input and part != "features" else _SUMS
        if difference(mine, theirs) == 0.0:
            continue
        allowed = [relative * most for most in magnitudes(getattr(batch, part))]
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
    return max(difference(left, right) for left, right in pairs if right is not None)


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
    try:
        model = load(bundle)
        module = Module(steps.read_text(encoding="utf-8"), model.steps_file)
        with truth.open("rb") as file:
            known = pickle.load(file)  # noqa: S301 - ours
        proof = prove(model, known, module=module)
        _check_golden(model, proof)
    except CellmarkError as problem:
        sys.stdout.write(
            json.dumps({"failed": [problem.where, problem.received, problem.expected, problem.fix]})
        )
        return 1
    sys.stdout.write(json.dumps({"proof": msgspec.to_builtins(proof)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
