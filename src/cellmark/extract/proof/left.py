"""Left: what each statement of the notebook left, to find the first that scoring gets wrong."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.anyframe import index_of, is_polars

from ..refusal import quoted
from ..text.names import reads
from ..trace.probes import Probe

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

    from ..trace.program import Program
    from ..trace.selections import Selections
    from ..trace.tracer import Tracer

__all__ = ["Left", "left_by"]


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
