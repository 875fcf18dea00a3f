"""Find the first statement after which the scoring module's values are not the notebook's own.

The module's `features` runs on all raw rows under a line tracer; the trace of the notebook has a
few rows of what each of its statements left.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cellmark_runtime.scoring.anyframe import is_frame, is_polars, rows_at

from ..refusal import Refusal
from ..trace.probes import Probe
from ..values.comparison import magnitudes, within
from ..values.row_numbers import all_of
from .disagreement import describe_departure
from .left import Left
from .locate import Module, bodies_of, variables_of

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

    from .truth import Truth

__all__ = ["departure", "prepared_apart"]

# Relative to the largest number of a column: how far summing in another order may lead.
_SUMS = 1e-12
_OF_ITS_ROWS = (
    "Compute what it takes from all rows in a statement of its own, before the rows are split; "
    "it is frozen then."
)
_OF_ELSEWHERE = (
    "Use only what statements before it assign to names: nothing random, no file, no state that "
    "is kept elsewhere."
)
_OF_FITTING = (
    "This estimator's `fit_transform` gives other numbers than its `transform`: call `fit`, then "
    "`transform`, for the rows that the model learns from too."
)
_UNSEEN = "Write it as an assignment to the name whose value it changes, so that it is followed."
_APART = "Prepare both alike: before the rows are split, or in one function that is called twice."


class _Known(NamedTuple):
    """A column, or the whole, of a variable as the notebook last left it, and what left it."""

    by: Left
    probe: Probe
    positions: tuple[np.ndarray[Any, Any], ...]


def departure(
    features: Callable[[Any], Any],
    module: Module,
    raw: Frame,
    truth: Truth,
) -> Refusal | None:
    """The first statement whose values differ between the module, on all rows, and the notebook."""
    left, places, taken = truth.left, truth.places, truth.accepted
    every = [at for each in left for _, guesses in each.probes.values() for at in guesses]
    wanted = all_of(every)
    wanted = wanted[np.isin(wanted, taken)]
    here = np.searchsorted(taken, wanted).tolist()
    bodies = bodies_of(module)
    known: dict[tuple[str, Hashable], _Known] = {}
    rest = list(left)
    for (function, number), variables in variables_of(
        features, rows_at(raw, taken), module, bodies, here
    ).items():
        place = places.get(function, ())[number : number + 1]
        if not place or all((each.cell, each.line) != place[0] for each in rest):
            continue
        while (rest[0].cell, rest[0].line) != place[0]:
            _learn(known, rest.pop(0))
        statement = rest.pop(0)
        _learn(known, statement)
        found = _first(known, statement, variables, wanted)
        if found is not None:
            return _refusal(*found, len(raw))
    return None


def _learn(known: dict[tuple[str, Hashable], _Known], left: Left) -> None:
    for name, (probe, positions) in left.probes.items():
        if probe.whole:
            for key in [key for key in known if key[0] == name]:
                del known[key]
        columns = list(probe.values.columns) if is_frame(probe.values) else [None]
        for column in columns:
            known[name, column] = _Known(left, probe, positions)


def _first(
    known: Mapping[tuple[str, Hashable], _Known],
    statement: Left,
    variables: Mapping[str, Any],
    wanted: np.ndarray[Any, Any],
) -> tuple[_Known, str] | None:
    """Of what a statement reads or changes, the part that differs, earliest in the notebook."""
    found = []
    for (name, column), one in known.items():
        if name in statement.names and name in variables and one.positions:
            said = _difference(name, column, one, variables[name], wanted)
            if said:
                found.append((one, said))
    return min(found, key=lambda pair: (pair[0].by.cell, pair[0].by.line), default=None)


def _difference(
    name: str, column: Hashable, known: _Known, mine: Any, wanted: np.ndarray[Any, Any]
) -> str:
    """Where the module's values of a variable differ from the notebook's, in words, if they do."""
    said = ""
    theirs = known.probe.values
    if is_frame(mine) != is_frame(theirs) or is_polars(mine) != is_polars(theirs):
        return ""
    if column is not None:
        if list(mine.columns).count(column) != 1 or list(theirs.columns).count(column) != 1:
            return ""
        mine, theirs = mine[column], theirs[column]
    shown = f"`{name}`" if column is None else f"`{name}` {column!r}"
    for positions in known.positions:
        if not np.isin(positions, wanted).all():
            continue  # scoring refuses some of these rows
        here = rows_at(mine, np.searchsorted(wanted, positions))
        if _same(here, theirs):
            return ""
        said = said or describe_departure(shown, here, theirs, positions)
    return said


def _same(one: Any, other: Any) -> bool:
    if np.shape(one) != np.shape(other):
        return True  # another shape is no other value: the module may need fewer columns
    return within(one, other, [_SUMS * most for most in magnitudes(other)])


def _refusal(known: _Known, said: str, rows: int) -> Refusal:
    by = known.by
    fix = _OF_ITS_ROWS if known.probe.rows != rows else _OF_ELSEWHERE
    if ".fit_transform(" in by.text:
        fix = _OF_FITTING
    if not by.kept:
        fix = _UNSEEN
    reason = f"gives other values in the scoring module than in the notebook: {said}"
    return Refusal(by.cell, by.line, reason, fix, by.text)


def prepared_apart(
    left: Sequence[Left], observed: Any, mine: Any, positions: Sequence[int]
) -> Refusal | None:
    """The statement that prepared the rows the model learnt from, where the module has another's.

    `observed` is the notebook's input of the model, `mine` the module's, both of the raw rows
    `positions`. It is the first statement that left a column as the model got it.
    """
    if not (is_frame(observed) and is_frame(mine)):
        return None
    place = {int(row): at for at, row in enumerate(positions)}
    for column in observed.columns:
        if column not in mine.columns or _same(mine[column], observed[column]):
            continue
        for each, values, rows in _holding(left, column):
            at = [place[row] for row in rows if row in place]
            if len(at) == len(rows) and _same(rows_at(observed[column], at), values):
                given = rows_at(mine[column], at)
                if _same(given, values):
                    continue
                said = describe_departure(f"{column!r}", given, values, np.array(rows))
                reason = (
                    "prepares the rows that the model learns from otherwise than other statements "
                    f"prepare those that it is asked about: {said}"
                )
                return Refusal(each.cell, each.line, reason, _APART, each.text)
    return None


def _holding(left: Sequence[Left], column: Hashable) -> Iterator[tuple[Left, Any, list[int]]]:
    for each in (one for one in left if not one.kept):
        for probe, guesses in each.probes.values():
            if is_frame(probe.values) and list(probe.values.columns).count(column) == 1:
                for guess in guesses:
                    yield each, probe.values[column], [int(row) for row in guess]
