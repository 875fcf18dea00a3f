"""Rows that the model met and that are none of the raw frame's: of a training file, say.

They are prepared by statements of their own, and the scoring module has those that lead to the
model's last input. Where it can take them, they stand beside the raw frame's rows in the proof;
where it can't, the proof says so.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.anyframe import (
    count_of,
    is_polars,
    numbered,
    rows_at,
    stacked,
)

from ..steps.path import Path
from ..trace.records import Source
from ..trace.rules import FITS
from ..values.comparison import difference
from .left import Left
from .rehearsal import refuse_apart
from .running import Features, StepsFailed
from .signature import field_of
from .truth import Apart, Observed, Truth

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["frames_met", "joined_with"]

# A few rows to look at are not the rows that the notebook goes on with.
_FEWEST_ROWS = 30
_NUMBERS = frozenset({"number", "integer"})
_Positions = np.ndarray[Any, Any]


def joined_with(
    truth: Truth,
    apart: Sequence[Apart],
    run: Features,
    path: Path,
    needed: Sequence[Hashable],
    left_by: Callable[[Frame], tuple[Left, ...]],
) -> Truth:
    """`truth` with the rows of other frames after the raw frame's, as far as they can be compared.

    Args: `run` gives the scoring module's features, `needed` are the raw columns that it reads,
    `left_by` what the notebook's statements left of the rows of a frame.
    Raises: Refusal if the module does not run for such rows.
    """
    for each in apart:
        able = [place for place in each.places if not _hinders(truth.raw, place[0], needed)]
        if able:
            source, positions = _likeliest(able, each, run, path, needed)
            truth = _joined(truth, each.observed, source, positions, left_by)
        elif each.observed.fitted or count_of(each.call.argument) >= _FEWEST_ROWS:
            truth = truth._replace(unproven=(*truth.unproven, _unproven(truth, each, path, needed)))
    return truth


def frames_met(truth: Truth, apart: Sequence[Apart]) -> tuple[Source, ...]:
    """The frames whose rows stand beside the raw frame's, and those that the model learnt from."""
    beside = {name for name, _ in truth.beside}
    found: dict[str, Source] = {}
    for each in apart:
        sources = [source for source, _ in each.places]
        joined = [source for source in sources if source.name in beside]
        likely = joined or (sources if each.observed.fitted else [])
        found |= {source.name: source for source in likely[:1]}
    return tuple(found.values())


def _hinders(raw: Frame, source: Source, needed: Sequence[Hashable]) -> str:
    """Why the rows of a frame can't stand beside those of the raw frame; empty if they can."""
    frame: Any = source.frame
    if is_polars(frame) != is_polars(raw):
        return "is a frame of another library"
    absent = [str(name) for name in needed if name not in frame.columns]
    if absent:
        return f"has no column {', '.join(absent[:3])}"
    whole: Any = raw
    for name in needed:
        try:
            mine, theirs = field_of(whole[name]), field_of(frame[name])
        except CellmarkError as problem:
            return f"can't be sent as requests ({problem})"
        numbers = {mine.kind, theirs.kind} <= _NUMBERS and not is_polars(raw)
        if mine.dtype != theirs.dtype and not numbers:
            return f"has a column {name!r} of type {theirs.dtype}, which is {mine.dtype} elsewhere"
    return ""


def _likeliest(
    places: Sequence[tuple[Source, _Positions]],
    each: Apart,
    run: Features,
    path: Path,
    needed: Sequence[Hashable],
) -> tuple[Source, _Positions]:
    """The guess at which the module's features are most like the notebook's."""
    failed: list[CellmarkError] = []
    found: list[tuple[float, int]] = []
    for at, (source, positions) in enumerate(places):
        frame: Any = source.frame
        try:
            made = run(numbered(rows_at(frame[[*needed]], positions)))
        except StepsFailed as problem:
            failed.append(refuse_apart(problem, path, source.name))
        else:
            found.append((difference(made, each.observed.scored.features), at))
    if not found:
        raise failed[0]
    return places[min(found)[1]]


def _joined(
    truth: Truth,
    observed: Observed,
    source: Source,
    positions: _Positions,
    left_by: Callable[[Frame], tuple[Left, ...]],
) -> Truth:
    first, frame = len(truth.raw), source.frame
    here = first + np.arange(len(positions))
    place = np.full(len(frame), -1)
    place[positions] = here
    left = [
        mine._replace(
            probes={
                name: (probe, (*guesses, *_moved(theirs.probes[name][1], place)))
                for name, (probe, guesses) in mine.probes.items()
            }
        )
        for mine, theirs in zip(truth.left, left_by(frame), strict=True)
    ]
    return truth._replace(
        raw=stacked(truth.raw, rows_at(frame, positions)),
        observed=(observed._replace(positions=(here,)), *truth.observed),
        accepted=np.concatenate([truth.accepted, here]),
        left=tuple(left),
        beside=(*truth.beside, (source.name, first)),
    )


def _moved(guesses: Sequence[_Positions], place: _Positions) -> list[_Positions]:
    """Positions in a frame as those in the frame that its rows were put into."""
    return [place[each] for each in guesses if (place[each] >= 0).all()]


def _unproven(truth: Truth, each: Apart, path: Path, needed: Sequence[Hashable]) -> str:
    call = each.call.handed
    does = "learns from" if each.call.method in FITS else "is asked about"
    said = f"{count_of(each.call.argument)} rows that the model {does} in cell {call.span.cell}"
    why = [(source.name, _hinders(truth.raw, source, needed)) for source, _ in each.places]
    if why:
        name, reason = why[0]
        return f"{said}: `{name}`, whose rows they are, {reason}"
    return f"{said}: it is unclear which rows of a raw frame, like `{path.source.name}`, they are"
