"""Probes: a few rows of what each statement of the notebook left in its variables.

Enough to name the first statement that a scoring module gets wrong, and small enough to keep.
"""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.anyframe import (
    copied,
    index_of,
    is_column,
    is_frame,
    is_polars,
    rows_at,
)

from .kinds import length_of
from .names import reads
from .refusal import quoted

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

    from .program import Program
    from .selections import Selections
    from .tracer import Tracer
    from .variables import Changes

__all__ = ["Left", "Probe", "left_by", "probes_of"]

_ROWS = 32
_WIDEST = 2_000


class Probe(NamedTuple):
    """Rows of a variable at the positions `at`, of `rows` in all.

    Of a frame that a statement changed in place `values` holds the changed columns, and `whole` is
    false.
    """

    rows: int
    at: np.ndarray[Any, Any]
    values: Any
    whole: bool


class Left(NamedTuple):
    """What a statement of the notebook left: probes by name, with guesses at their raw rows.

    `names` are those that it reads or changes, `kept` says that the scoring module has it.
    """

    cell: int
    line: int
    text: str
    names: frozenset[str]
    kept: bool
    probes: Mapping[str, tuple[Probe, tuple[np.ndarray[Any, Any], ...]]]


def probes_of(changes: Changes, row_counts: Collection[int]) -> dict[str, Probe]:
    """Probes of the variables with a row for each of the notebook's that a statement changed."""
    found = {}
    for name in changes.rebound | changes.changed.keys():
        with contextlib.suppress(Exception):  # a value that can't be looked at is not compared
            probe = _probe(changes.values[name], changes.changed.get(name), row_counts)
            if probe is not None:
                found[name] = probe
    return found


def _probe(
    value: Any, changed: Collection[Any] | None, row_counts: Collection[int]
) -> Probe | None:
    count = length_of(value)
    followed = is_frame(value) or is_column(value) or isinstance(value, np.ndarray)
    if not followed or count is None or count not in row_counts:
        return None
    at = np.unique(np.linspace(0, count - 1, _ROWS).astype(np.int64))
    whole = changed is None or not is_frame(value)
    if not whole:
        value = value[[name for name in value.columns if name in (changed or ())]]
    if np.ndim(value) > 1 and value.shape[1] > _WIDEST:
        return None
    return Probe(count, at, copied(rows_at(value, at)), whole)


def _placed(probe: Probe, raw: Frame, selections: Selections) -> tuple[np.ndarray[Any, Any], ...]:
    """Guesses, likeliest first, at which raw rows a probe's rows are."""
    guesses = []
    labels = index_of(raw)
    labelled = isinstance(probe.values, pd.DataFrame | pd.Series) and not is_polars(raw)
    if labelled and labels.is_unique:
        found = labels.get_indexer(probe.values.index)
        if (found >= 0).all():
            guesses.append(found)
    guesses += [part[probe.at] for part in selections.guesses_of(probe.rows, len(raw))]
    return tuple(guesses)


def left_by(
    program: Program, tracer: Tracer, raw: Frame, kept: Collection[int]
) -> tuple[Left, ...]:
    """What each statement of a traced notebook left, in order; `kept` are numbers of statements."""
    return tuple(
        Left(
            line.cell.number,
            line.node.lineno,
            quoted(line.node),
            line.writes | reads(line.node),
            line.index in kept,
            {
                name: (probe, _placed(probe, raw, tracer.watch.selections))
                for name, probe in line.run.probes.items()
            },
        )
        for line in program.lines
    )
