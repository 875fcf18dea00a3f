"""Step: one statement of a rerun, and what its variables were after it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .value import Value, is_close, is_same

__all__ = ["Departure", "Step", "first_departure", "first_new"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """`cell` is the code cell's number, null for injected parameters; `line` counts from 1.

    `drew` are the generators of random numbers that moved while it ran.
    """

    cell: int | None
    cell_id: str | None
    line: int
    source: str
    values: dict[str, Value] = {}
    drew: tuple[str, ...] = ()


class Departure(msgspec.Struct, frozen=True, kw_only=True):
    """The first statement after which two reruns do not hold the same.

    `name` is the variable ("" where the statement itself is another), `before` and `after` what
    it was in the one and in the other; `drew` as in Step.
    """

    cell: int | None
    line: int
    source: str
    name: str
    before: str
    after: str
    drew: tuple[str, ...] = ()


def first_departure(
    before: Sequence[Step], after: Sequence[Step], tolerance: float = 0.0
) -> Departure | None:
    """Where `after` first holds something else than `before` at the same statement.

    Statements of a cell are the same where their text and their place among equal texts are;
    one that `before` lacks counts where the cells' values differ behind it.
    """
    known = dict(_keyed(before))
    last = _last(before)
    new: list[Step] = []
    for key, step in _keyed(after):
        was = known.get(key)
        if was is None:
            new.append(step)
            continue
        name = _differing(was, step, tolerance)
        if name is not None:
            place = _behind(new, step, name)
            # Where that statement does not touch it, it was made of what the statement gave.
            made_of = () if name in place.values else [place]
            given = _first_given(made_of, last, _last(made_of), tolerance)
            return given or _departure(place, was, step, name)
    # No statement that both have reads what is another value in the end.
    return _first_given(new, last, _last(after), tolerance)


def first_new(before: Sequence[Step], after: Sequence[Step]) -> Departure | None:
    """The first statement that `before` lacks, whatever it changed."""
    known = dict(_keyed(before))
    for key, step in _keyed(after):
        if key not in known:
            return Departure(
                cell=step.cell, line=step.line, source=step.source, name="", before="", after=""
            )
    return None


def _last(steps: Sequence[Step]) -> dict[str, Step]:
    """Variable -> the last step that touched it."""
    return {name: step for step in steps for name in step.values}


def _first_given(
    steps: Sequence[Step], last: dict[str, Step], final: dict[str, Step], tolerance: float
) -> Departure | None:
    """The first step with a variable that is another value in `final` than in `last`."""
    for step in steps:
        for name in step.values:
            was, now = last.get(name), final[name]
            if was is not None and _differs(was.values[name], now.values[name], tolerance):
                return _departure(step, was, now, name)
    return None


def _behind(new: Sequence[Step], step: Step, name: str) -> Step:
    """The new statement that most likely gave `name` another value; `step` where none did."""
    touching = [each for each in new if name in each.values]
    return next(reversed(touching or new), step)


def _keyed(steps: Sequence[Step]) -> list[tuple[tuple[str, int], Step]]:
    counts: dict[str, int] = {}
    keyed = []
    for step in steps:
        count = counts[step.source] = counts.get(step.source, 0) + 1
        keyed.append(((step.source, count), step))
    return keyed


def _differing(was: Step, step: Step, tolerance: float) -> str | None:
    for name, value in step.values.items():
        if name in was.values and _differs(was.values[name], value, tolerance):
            return name
    return None


def _differs(one: Value, other: Value, tolerance: float) -> bool:
    return not is_same(one, other) and not (tolerance and is_close(one, other, tolerance))


def _departure(place: Step, was: Step, step: Step, name: str) -> Departure:
    return Departure(
        cell=place.cell,
        line=place.line,
        source=place.source,
        name=name,
        before=was.values[name].text,
        after=step.values[name].text,
        drew=step.drew,
    )
