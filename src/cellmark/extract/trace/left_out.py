"""Raw rows that the notebook left out on its way to the model, and what scoring does with them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from ..text.spans import Span
from ..values.row_numbers import all_of
from .selections import Selection, Selections

__all__ = ["Fate", "LeftOut", "left_out"]

# What scoring does with a row that an expression left out when the notebook ran: refuse it by the
# same condition, score it as a policy asks, or pass it, as nothing in the row itself decided.
Fate = Literal["refused", "scored", "passed"]
_Positions = np.ndarray[Any, Any]


class LeftOut(NamedTuple):
    """Positions of raw rows by their fate; `unsure` may be refused or not, since only the target
    tells. `clear` says that every selection on the way could be followed.
    """

    refused: _Positions
    scored: _Positions
    passed: _Positions
    unsure: _Positions
    clear: bool


def left_out(
    selections: Selections, selected: Mapping[Span, Fate], target: Collection[str]
) -> LeftOut:
    """What was left out at the `selected` expressions of the scoring path."""
    found: dict[str, list[_Positions]] = {}
    clear = True
    for each, fate in _each(selections, selected, frozenset(target)):
        rows = each.left_out()
        clear = clear and rows is not None
        if rows is not None:
            found.setdefault(fate, []).append(rows)
    fates = ("refused", "scored", "passed", "unsure")
    refused, scored, passed, unsure = (all_of(found.get(fate, [])) for fate in fates)
    return LeftOut(refused, scored, passed, unsure, clear)


def _each(
    selections: Selections, selected: Mapping[Span, Fate], target: frozenset[str]
) -> Iterator[tuple[Selection, str]]:
    for span, fate in selected.items():
        for each in selections.by_span.get(span, []):
            by_target = fate == "refused" and each.lacking & target
            yield each, "unsure" if by_target else fate
