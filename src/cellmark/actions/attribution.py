"""Attribution: why a rerun is not the Run, found by changing one thing at a time."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from cellmark.capture.conditions import conditions
from cellmark.core.difference import Cause, CauseKind, Difference, real
from cellmark.core.step import Departure, Step, first_departure, first_new
from cellmark.replay.comparison import TOLERANCE, Observed, compare
from cellmark.replay.rerun import Setting

__all__ = ["Attempt", "Experiment", "attribute"]

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
_FIXES: dict[CauseKind, str] = {
    "code": "Go back to the Run's code (`cellmark show` has it), or keep the new Run beside it.",
    "order": "Put the cells back in the order in which they ran, or make it not matter.",
    "parameters": "Give the Run's parameters with -p.",
    "data": "Get the Run's data back, or keep what a Run reads under a name of its own.",
    "packages": "Reproduce with --env locked, or pin these versions.",
    "chance": "Give it a seed: random_state=0, np.random.default_rng(0), random.seed(0).",
    "hash seed": "Sort what comes from a set before its order counts: sorted(names).",
    "threads": "Fix the number of threads (OMP_NUM_THREADS=1), or compare with a tolerance.",
    "time zone": "Make times aware of their zone: tz='UTC', datetime.now(UTC).",
    "locale": "Name the locale or the encoding where it counts: open(path, encoding='utf-8').",
    "time of day": "Make the moment a parameter instead of asking the clock.",
    "hidden state": "Restart the kernel and run all cells from top to bottom before you save.",
    "processor": "Compare with a tolerance, or run on the kind of machine that the Run had.",
    "unknown": "Run it again with --times 5 to see whether it comes and goes.",
}


class Experiment(msgspec.Struct, frozen=True, kw_only=True):
    """One rerun that attribution made: what was changed in it, and what came of that."""

    changed: str
    outcome: str


@dataclass(frozen=True)
class Attempt:
    """A rerun with what it is to be compared by."""

    setting: Setting
    seen: Observed
    trail: tuple[Step, ...]


@dataclass(frozen=True)
class _Change:
    """One thing that the target has and the Run had not; `apply` gives a setting the target's."""

    kind: CauseKind
    about: str
    apply: Callable[[Setting], Setting]
    details: tuple[str, ...] = ()


@dataclass
class _Inquiry:
    """What is known so far. `try_` makes a rerun; `open` are differences without a cause."""

    run: Observed
    try_: Callable[[Setting], Attempt]
    tolerance: float
    open: list[Difference]
    causes: list[Cause] = field(default_factory=list)
    explained: dict[tuple[str, int | None, str], CauseKind] = field(default_factory=dict)
    experiments: list[Experiment] = field(default_factory=list)

    def differs(self, attempt: Attempt, other: Observed | None = None) -> tuple[Difference, ...]:
        return real(compare(other or self.run, attempt.seen, self.tolerance))

    def tell(self, changed: str, differences: Sequence[Difference]) -> None:
        first = differences[0] if differences else None
        outcome = f"differs, first in {_place(first)}" if first else "the same"
        self.experiments.append(Experiment(changed=changed, outcome=outcome))

    def explain(self, cause: Cause, keys: Iterable[tuple[str, int | None, str]]) -> None:
        chosen = {each.key for each in self.open} & set(keys)
        self.explained |= dict.fromkeys(chosen, cause.kind)
        self.open = [each for each in self.open if each.key not in chosen]
        self.causes.append(cause)


def attribute(
    run: Observed,
    as_run: Setting,
    target: Attempt,
    try_: Callable[[Setting], Attempt],
    tolerance: float = TOLERANCE,
) -> tuple[tuple[Cause, ...], dict[tuple[str, int | None, str], CauseKind], tuple[Experiment, ...]]:
    """Causes of what really differs between `run` and `target`, by kind for each difference.

    `as_run` is the setting that the Run had; `try_` makes a rerun in a setting.
    """
    inquiry = _Inquiry(run, try_, tolerance, list(real(compare(run, target.seen, tolerance))))
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
        _by_elimination(inquiry, base)
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
    inquiry: _Inquiry,
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
            cause = _cause(change.kind, _changed_words(change), evidence, place, change.details)
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


def _by_chance(inquiry: _Inquiry, base: Attempt) -> None:
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
    inquiry: _Inquiry, base: Attempt, setting: Setting, kind: CauseKind, changed: str, words: str
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
    cause = _cause(kind, words + drew, evidence, place, details)
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


def _behind(
    inquiry: _Inquiry, place: Departure | None, keys: set[tuple[str, int | None, str]]
) -> set[tuple[str, int | None, str]]:
    """The keys, and the estimators and pictures of cells from that place on: they follow."""
    start = place.cell if place and place.cell else 0
    follow = {
        each.key
        for each in inquiry.open
        if each.kind in ("estimator", "picture", "output") and (each.cell or 0) >= start
    }
    return keys | follow


def _uncontrolled(
    inquiry: _Inquiry, base: Attempt, again: Attempt, varied: tuple[Difference, ...]
) -> None:
    """What differs between two reruns with everything held: the clock, threads, or outside."""
    place = first_departure(base.trail, again.trail, inquiry.tolerance)
    keys = {each.key for each in varied}
    source = place.source if place else _cell_source(base, varied[0].cell)
    if _CLOCK.search(source):
        evidence = "two reruns in the same setting differ there, and it asks the clock"
        words = "a value that is made of the time of day"
        inquiry.explain(_cause("time of day", words, evidence, place), keys)
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
    inquiry.explain(_cause(kind, "what gives another value each time", evidence, place), keys)


def _cell_source(attempt: Attempt, cell: int | None) -> str:
    return "\n".join(step.source for step in attempt.trail if step.cell == cell)


# -- hidden state


def _by_order(inquiry: _Inquiry, base: Attempt) -> None:
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
        inquiry.explain(_cause("hidden state", words, evidence, place), gone)


def _ordered(base: Attempt, ran: Sequence[str | None]) -> Any:
    """The notebook with the cells that are in `ran` in that order, in the places they had."""
    import nbformat

    notebook = nbformat.from_dict(dict(base.setting.notebook))
    by_id = {cell.id: cell for cell in notebook.cells}
    turn = iter([by_id[cell] for cell in ran if cell in by_id])
    places = set(ran)
    notebook.cells = [next(turn) if cell.id in places else cell for cell in notebook.cells]
    return notebook


# -- what can't be changed back here


def _by_elimination(inquiry: _Inquiry, base: Attempt) -> None:
    """What is left: data, packages and processor are of now, and only one is as a rule another."""
    data = [each for each in inquiry.open if each.kind == "data"]
    packages = packages_changed(inquiry.run, base.seen)
    everything = {each.key for each in inquiry.open}
    held = "code, parameters, seeds and conditions are the Run's"
    if data:
        for each in data:
            words = f"the data {each.name} is another: {each.before} before, now {each.after}"
            inquiry.causes.append(
                _cause("data", words, f"its fingerprint; {held}", _giving(base, each))
            )
        inquiry.explained |= dict.fromkeys(everything, "data")
    elif modules := _modules_changed(inquiry.run, base.seen):
        words = f"the project's own {', '.join(modules)} changed since"
        evidence = f"by elimination: {held}, and its file has another digest"
        place = _giving(base, inquiry.open[0])
        inquiry.explain(_cause("code", words, evidence, place, modules), everything)
    elif packages:
        words = f"other versions of {', '.join(packages[:6])}"
        evidence = f"by elimination: {held}, and the data has the same fingerprint"
        place = _giving(base, inquiry.open[0])
        inquiry.explain(_cause("packages", words, evidence, place, packages), everything)
    elif processor := _processor_changed(inquiry.run):
        words = f"another kind of machine ({'; '.join(processor)})"
        evidence = f"by elimination: {held}, and data and packages are the same"
        place = _giving(base, inquiry.open[0])
        inquiry.explain(_cause("processor", words, evidence, place, processor), everything)
    else:
        first = inquiry.open[0]
        words = f"{first.what} is another, and nothing that is recorded is"
        place = _giving(base, first)
        inquiry.explain(
            _cause("unknown", words, f"{held}; so are data and packages", place), everything
        )
    inquiry.open = []


def packages_changed(before: Observed, after: Observed) -> tuple[str, ...]:
    """`name 1.0 -> 1.1` for each package that is not the same in both, Python too."""
    one, other = before.run.environment, after.run.environment
    if one is None or other is None:
        return ()
    was, now = ({"python": side.python, **side.packages} for side in (one, other))
    return tuple(
        f"{name} {was.get(name, 'not there')} -> {now.get(name, 'not there')}"
        for name in sorted({**was, **now})
        if was.get(name) != now.get(name)
    )


def _modules_changed(before: Observed, after: Observed) -> tuple[str, ...]:
    """The project's own modules that have another text, where the Run recorded them."""
    told = [(side.run.conditions or {}).get("modules") for side in (before, after)]
    if None in told:
        return ()
    was, now = ({each.partition("=")[0]: each for each in (side or "").split()} for side in told)
    return tuple(sorted(f"{n}.py" for n in {**was, **now} if was.get(n) != now.get(n)))


def _processor_changed(run: Observed) -> tuple[str, ...]:
    was, now = run.run.conditions or {}, conditions()
    return tuple(
        f"{name}: {was[name]} -> {now[name]}"
        for name in ("system", "cpu_features", "cpus")
        if name in was and was[name] != now[name]
    )


def _giving(attempt: Attempt, difference: Difference) -> Departure | None:
    """The statement that last touched what differs, in the cell where it does."""
    steps = [step for step in attempt.trail if step.cell == difference.cell]
    giving = [step for step in steps if difference.name in step.values] or steps[-1:]
    if not giving:
        return None
    step = giving[-1] if difference.kind != "data" else giving[0]
    return Departure(
        cell=step.cell,
        line=step.line,
        source=step.source,
        name=difference.name,
        before=difference.before,
        after=difference.after,
    )


# -- words


def _cause(
    kind: CauseKind,
    summary: str,
    evidence: str,
    place: Departure | None,
    details: tuple[str, ...] = (),
) -> Cause:
    return Cause(
        kind=kind,
        summary=summary,
        evidence=evidence,
        fix=_FIXES[kind],
        cell=place.cell if place else None,
        line=place.line if place else None,
        source=place.source if place else "",
        name=place.name if place else "",
        details=details,
    )


def _place(difference: Difference | None) -> str:
    if difference is None:
        return "nothing"
    return f"cell {difference.cell}, {difference.what}" if difference.cell else difference.what
