"""Attribution: why a rerun is not the Run, found by changing one thing at a time."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cellmark.core.difference import Cause, CauseKind, Difference
from cellmark.core.step import Departure, Step, first_departure, first_new
from cellmark.replay.comparison import TOLERANCE, Observed, compare
from cellmark.replay.rerun import Setting

from .elimination import by_elimination
from .inquiry import Attempt, Experiment, Inquiry, Key, cause_of, results

__all__ = ["attribute"]

_CLOCK = re.compile(
    r"\b(datetime|date|Timestamp|pendulum|arrow)\.(now|today|utcnow)\b|\btime\.(time|ctime|strftime"
    r"|localtime|perf_counter|monotonic)\b|\bto_datetime\(['\"](now|today)"
)
# Variable of the environment -> the cause that it is.
_OF_VARIABLE: dict[str, CauseKind] = {
    "PYTHONHASHSEED": "hash seed",
    "TZ": "time zone",
    "LANG": "locale",
    "LC_ALL": "locale",
    "OMP_NUM_THREADS": "threads",
    "OPENBLAS_NUM_THREADS": "threads",
    "MKL_NUM_THREADS": "threads",
    "SOURCE_DATE_EPOCH": "time of day",
}


@dataclass(frozen=True)
class _Change:
    """One thing that the target has and the Run had not; `apply` gives a setting the target's."""

    kind: CauseKind
    about: str
    apply: Callable[[Setting], Setting]
    details: tuple[str, ...] = ()


def attribute(
    run: Observed,
    as_run: Setting,
    target: Attempt,
    try_: Callable[[Setting], Attempt],
    tolerance: float = TOLERANCE,
) -> tuple[tuple[Cause, ...], dict[Key, CauseKind], tuple[Experiment, ...]]:
    """Causes of what really differs between `run` and `target`, by kind for each difference.

    `as_run` is the setting that the Run had; `try_` makes a rerun in a setting.
    """
    inquiry = Inquiry(run, try_, tolerance, list(results(compare(run, target.seen, tolerance))))
    changes = list(_changes(as_run, target.setting))
    base = target
    if changes:
        base = try_(as_run)
        left = inquiry.differs(base)
        inquiry.tell("all as the Run had it", left)
        _by_changes(inquiry, changes, base, target, left)
    if inquiry.open:
        _by_chance(inquiry, base)
    if inquiry.open:
        _by_order(inquiry, base)
    if inquiry.open:
        by_elimination(inquiry, base)
    return tuple(inquiry.causes), inquiry.explained, tuple(inquiry.experiments)


# -- what can be changed back


def _changes(as_run: Setting, target: Setting) -> Iterator[_Change]:
    was, now = (_sources(setting.notebook) for setting in (as_run, target))
    if was != now:
        kind: CauseKind = "order" if sorted(was) == sorted(now) else "code"
        about = "the cells' order" if kind == "order" else "the notebook's code"
        yield _Change(
            kind,
            about,
            lambda setting: dataclasses.replace(setting, notebook=target.notebook),
            tuple(_cells_changed(was, now)),
        )
    given = {**as_run.parameters}, {**target.parameters}
    if given[0] != given[1]:
        names = sorted(n for n in {**given[0], **given[1]} if given[0].get(n) != given[1].get(n))
        details = tuple(f"{n}: {given[0].get(n)!r} -> {given[1].get(n)!r}" for n in names)
        yield _Change(
            "parameters",
            f"parameters {', '.join(names)}",
            lambda setting: dataclasses.replace(setting, parameters=target.parameters),
            details,
        )
    yield from _conditions_changed(as_run, target)


def _conditions_changed(as_run: Setting, target: Setting) -> Iterator[_Change]:
    groups: dict[CauseKind, dict[str, str]] = {}
    for name, kind in _OF_VARIABLE.items():
        if as_run.conditions.get(name, "") != target.conditions.get(name, ""):
            groups.setdefault(kind, {})[name] = target.conditions.get(name, "")
    for kind, values in groups.items():
        details = tuple(
            f"{name}: {as_run.conditions.get(name) or 'not set'} -> {value or 'not set'}"
            for name, value in values.items()
        )
        yield _Change(
            kind,
            f"the {kind}",
            lambda setting, values=values: dataclasses.replace(  # type: ignore[misc]
                setting, conditions={**setting.conditions, **values}
            ),
            details,
        )


def _sources(notebook: Any) -> list[str]:
    """What runs, in its order: cells that are left out, and text, change nothing."""
    return [
        cell.source.strip()
        for cell in notebook.cells
        if cell.cell_type == "code"
        and cell.source.strip()
        and "skip" not in cell.metadata.get("tags", ())
    ]


def _cells_changed(was: list[str], now: list[str]) -> Iterator[str]:
    for number, source in enumerate(now, start=1):
        if source not in was or was.index(source) != number - 1:
            yield f"cell {number}: {source.splitlines()[0][:80]}"


def _by_changes(
    inquiry: Inquiry,
    changes: list[_Change],
    base: Attempt,
    target: Attempt,
    left: tuple[Difference, ...],
) -> None:
    """Give the Run's setting one thing of the target's at a time; what then appears is its work."""
    before = {each.key for each in left}
    gone = [each.key for each in inquiry.open if each.key not in before]
    for change in changes:
        attempt = target
        if len(changes) > 1:
            attempt = inquiry.try_(change.apply(base.setting))
        appeared = [each for each in inquiry.differs(attempt) if each.key not in before]
        if len(changes) > 1:
            inquiry.tell(f"as the Run had it, but {change.about} as now", appeared)
        if appeared:
            place = first_departure(base.trail, attempt.trail, inquiry.tolerance)
            place = place or first_new(base.trail, attempt.trail)
            evidence = f"with {change.about} as the Run had it, this difference is gone"
            keys = gone if len(changes) == 1 else {each.key for each in appeared}
            cause = cause_of(change.kind, _changed_words(change), evidence, place, change.details)
            inquiry.explain(cause, keys)
    if any(each.key in gone for each in inquiry.open) and inquiry.causes:
        # What only several changes bring about together goes with the first of them.
        first = inquiry.causes[0].kind
        inquiry.explained |= {e.key: first for e in inquiry.open if e.key in gone}
        inquiry.open = [each for each in inquiry.open if each.key not in gone]


def _changed_words(change: _Change) -> str:
    details = f" ({'; '.join(change.details[:4])})" if change.details else ""
    return f"{change.about} changed{details}"


# -- chance


def _by_chance(inquiry: Inquiry, base: Attempt) -> None:
    """Rerun in the same setting, then let loose the seeds and the hash seed, one at a time."""
    again = inquiry.try_(base.setting)
    varied = inquiry.differs(again, base.seen)
    inquiry.tell("nothing", varied)
    if varied:
        _uncontrolled(inquiry, base, again, varied)
    recorded = inquiry.run.run.conditions or {}
    if inquiry.open and not recorded.get("CELLMARK_SEED") and _draws(base.trail):
        loose = dataclasses.replace(base.setting, seed=None)
        words = "random numbers that have no seed"
        _loosen(inquiry, base, loose, "chance", "no seeds given", words)
    if inquiry.open and not recorded.get("PYTHONHASHSEED", "").isdecimal():
        free = {**base.setting.conditions, "PYTHONHASHSEED": "2718281"}
        loose = dataclasses.replace(base.setting, conditions=free)
        words = "the order of a set or of hashes, which Python shuffles in each process"
        _loosen(inquiry, base, loose, "hash seed", "another hash seed", words)


def _draws(trail: Sequence[Step]) -> bool:
    return any(step.drew and "import" not in step.source.split()[:1] for step in trail)


def _loosen(
    inquiry: Inquiry, base: Attempt, setting: Setting, kind: CauseKind, changed: str, words: str
) -> None:
    attempt = inquiry.try_(setting)
    varied = inquiry.differs(attempt, base.seen)
    inquiry.tell(changed, varied)
    place = first_departure(base.trail, attempt.trail, inquiry.tolerance)
    if not varied and place is None:
        return
    keys = {each.key for each in varied}
    if not keys & {each.key for each in inquiry.open}:
        return
    drew = f", drawn from {', '.join(place.drew)}" if place and place.drew else ""
    evidence = f"two reruns with it held are the same, and with {changed} they are not"
    details = _drawn_before(base.trail, place) if kind == "chance" else ()
    cause = cause_of(kind, words + drew, evidence, place, details)
    inquiry.explain(cause, _behind(inquiry, place, keys))


def _drawn_before(trail: Sequence[Step], place: Departure | None) -> tuple[str, ...]:
    """The last statement up to that place that drew: a generator is made before it is asked."""
    drawn: list[Step] = []
    for step in trail:
        if step.drew and "import" not in step.source.split()[:1]:
            drawn.append(step)
        if place and (step.cell, step.line, step.source) == (place.cell, place.line, place.source):
            break
    return tuple(
        f"cell {step.cell}, line {step.line}: {step.source} ({', '.join(step.drew)})"
        for step in drawn[-1:]
    )


def _behind(inquiry: Inquiry, place: Departure | None, keys: set[Key]) -> set[Key]:
    """The keys, and the estimators and pictures of cells from that place on: they follow."""
    start = place.cell if place and place.cell else 0
    follow = {
        each.key
        for each in inquiry.open
        if each.kind in ("estimator", "picture", "output") and (each.cell or 0) >= start
    }
    return keys | follow


def _uncontrolled(
    inquiry: Inquiry, base: Attempt, again: Attempt, varied: tuple[Difference, ...]
) -> None:
    """What differs between two reruns with everything held: the clock, threads, or outside."""
    place = first_departure(base.trail, again.trail, inquiry.tolerance)
    keys = {each.key for each in varied}
    source = place.source if place else _cell_source(base, varied[0].cell)
    if _CLOCK.search(source):
        evidence = "two reruns in the same setting differ there, and it asks the clock"
        words = "a value that is made of the time of day"
        inquiry.explain(cause_of("time of day", words, evidence, place), keys)
        return
    threads = dict.fromkeys((n for n, k in _OF_VARIABLE.items() if k == "threads"), "1")
    one = dataclasses.replace(base.setting, conditions={**base.setting.conditions, **threads})
    pair = inquiry.try_(one), inquiry.try_(one)
    still = inquiry.differs(pair[1], pair[0].seen)
    inquiry.tell("one thread, twice", still)
    kind: CauseKind = "chance" if still else "threads"
    evidence = (
        "two reruns differ though seeds, hash seed and threads are held"
        if still
        else "two reruns differ, and with one thread they do not"
    )
    inquiry.explain(cause_of(kind, "what gives another value each time", evidence, place), keys)


def _cell_source(attempt: Attempt, cell: int | None) -> str:
    return "\n".join(step.source for step in attempt.trail if step.cell == cell)


# -- hidden state


def _by_order(inquiry: Inquiry, base: Attempt) -> None:
    """Run the cells in the order in which the Run ran them, if that is not the document's."""
    ran = [cell.cell_id for cell in inquiry.run.run.cells if not cell.injected and cell.cell_id]
    stands = [cell.id for cell in base.setting.notebook.cells if cell.id in set(ran)]
    if not ran or ran == stands:
        return
    attempt = inquiry.try_(dataclasses.replace(base.setting, notebook=_ordered(base, ran)))
    left = {each.key for each in inquiry.differs(attempt)}
    inquiry.tell("the cells in the order in which they ran", inquiry.differs(attempt))
    gone = {each.key for each in inquiry.open} - left
    if gone:
        place = first_departure(attempt.trail, base.trail, inquiry.tolerance)
        words = "the cells did not run in the order in which they stand"
        evidence = "run in that order they give what the Run had"
        inquiry.explain(cause_of("hidden state", words, evidence, place), gone)


def _ordered(base: Attempt, ran: Sequence[str | None]) -> Any:
    """The notebook with the cells that are in `ran` in that order, in the places they had."""
    import nbformat

    notebook = nbformat.from_dict(dict(base.setting.notebook))
    by_id = {cell.id: cell for cell in notebook.cells}
    turn = iter([by_id[cell] for cell in ran if cell in by_id])
    places = set(ran)
    notebook.cells = [next(turn) if cell.id in places else cell for cell in notebook.cells]
    return notebook
