"""The proof: a built bundle, in a fresh process, against what the notebook itself computed.

Run as `python -m cellmark.extract.prove BUNDLE TRUTH`; prints one JSON object.
"""

from __future__ import annotations

import json
import math
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd

from cellmark_runtime import Model, load
from cellmark_runtime.errors import CheckFailed
from cellmark_runtime.types.manifest import Check, Proof

from .comparison import BLAS_TOLERANCE, difference
from .disagreement import describe
from .golden import telling_rows
from .truth import Scored, Truth

__all__ = ["Disagreement", "main", "prove"]

SINGLE_ROWS = 300


class Disagreement(CheckFailed):
    """The scoring module and the notebook give different numbers: nothing is packaged."""


def prove(model: Model, truth: Truth, single_rows: int = SINGLE_ROWS) -> Proof:
    """Compare the bundle's answers with the notebook's in every way in which rows can arrive.

    Raises: Disagreement naming the check, the row and both values.
    """
    raw = truth.raw.drop(columns=[*truth.target])
    batch = _score(model, raw)
    checks = list(_against_notebook(batch, truth))
    for name, rows, difference_ in _ways(model, raw, batch, single_rows):
        checks.append(Check(name, rows, difference_))
    with_target = difference(_score(model, truth.raw).features, batch.features)
    checks.append(Check("target absent or present", len(raw), with_target))
    worst = max((check.max_abs_difference for check in checks), default=0.0)
    return Proof(len(raw), tuple(checks), worst)


def _score(model: Model, rows: Any) -> Scored:
    return Scored(*model.trace(rows))


def _against_notebook(batch: Scored, truth: Truth) -> Iterator[Check]:
    for observed in truth.observed:
        known = observed.scored
        attempts = [(_apart(batch.at(guess), known), guess) for guess in observed.positions]
        apart, positions = min(attempts, key=lambda attempt: attempt[0])
        _hold("whole batch", apart, batch.at(positions), known, positions)
        yield Check("whole batch", len(positions), apart)


def _ways(
    model: Model, raw: pd.DataFrame, batch: Scored, single_rows: int
) -> Iterator[tuple[str, int, float]]:
    random = np.random.default_rng(0)
    count = len(raw)
    selections: list[tuple[str, Any]] = [
        ("permutation", random.permutation(count)),
        ("random subset", np.sort(random.choice(count, size=max(1, count // 3), replace=False))),
    ]
    for name, positions in selections:
        yield name, len(positions), _compare(name, model, raw, batch, positions)
    chosen = telling_rows(raw, single_rows)
    worst = max(_compare("one row at a time", model, raw, batch, np.array([at])) for at in chosen)
    yield "one row at a time", len(chosen), worst
    yield "rows as JSON", len(chosen), _as_json(model, raw, batch, chosen)


def _compare(
    name: str, model: Model, raw: pd.DataFrame, batch: Scored, positions: Any
) -> float:
    known = batch.at(positions)
    scored = _score(model, raw.iloc[positions])
    apart = _apart(scored, known)
    _hold(name, apart, scored, known, positions)
    return apart


def _as_json(model: Model, raw: pd.DataFrame, batch: Scored, positions: Any) -> float:
    names = [field.name for field in model.signature.inputs]
    text = raw[names].iloc[positions].to_json(orient="records", date_format="iso", double_precision=15)
    rows = json.loads(text)
    for row, (_, original) in zip(rows, raw[names].iloc[positions].iterrows(), strict=True):
        row |= {key: float(value) for key, value in original.items() if isinstance(value, float) and not math.isnan(value)}
    scored, known = _score(model, rows), batch.at(positions)
    apart = _apart(scored, known)
    _hold("rows as JSON", apart, scored, known, positions)
    return apart


def _apart(one: Scored, other: Scored) -> float:
    pairs = zip(one, other, strict=True)
    return max(difference(left, right) for left, right in pairs if right is not None)


def _hold(name: str, apart: float, scored: Scored, known: Scored, positions: Any) -> None:
    if apart == 0.0 or apart <= _allowed(known):
        return
    raise Disagreement(f"proof, {name}", describe(scored, known, positions), "the notebook's own numbers")


def _allowed(known: Scored) -> float:
    """The tolerance in absolute terms: relative to the largest number compared."""
    largest = 1.0
    for part in known:
        if part is not None:
            array = np.asarray(part.toarray() if hasattr(part, "toarray") else part)
            if array.dtype.kind == "f" and array.size:
                largest = max(largest, float(np.nanmax(np.abs(array), initial=0.0)))
    return BLAS_TOLERANCE * largest


def main(arguments: list[str]) -> int:
    """Prove the bundle at the first path against the truth at the second; print the proof."""
    bundle, truth = Path(arguments[0]), Path(arguments[1])
    try:
        proof = prove(load(bundle), pickle.loads(truth.read_bytes()))  # noqa: S301 - our own file
    except CheckFailed as problem:
        sys.stdout.write(json.dumps({"failed": [problem.where, problem.received, problem.expected, problem.fix]}))
        return 1
    sys.stdout.write(json.dumps({"proof": msgspec.to_builtins(proof)}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
