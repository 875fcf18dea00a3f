"""Reproduce: run a Run's notebook anew and say what differs and why."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import msgspec

from cellmark.core.checkpoint import CellReuse
from cellmark.core.difference import Cause, CauseKind, Difference, real
from cellmark.core.progress import Tell, untold
from cellmark.core.proportion import proportion
from cellmark.core.run import Run
from cellmark.replay.comparison import TOLERANCE, Observed, compare
from cellmark.replay.rerun import Setting, rerun
from cellmark.store import Store
from cellmark.store.location import absolute
from cellmark.store.marks import RERUN
from cellmark.store.spool import new_id
from cellmark_runtime.errors import CellmarkError, CheckFailed

from .asked import Asked, asked, observed
from .attribution import attribute
from .diagnosis import diagnose
from .elimination import packages_changed
from .inquiry import Attempt, Experiment
from .registry import note_reproduction
from .reproduced import MetricPair, Reproduced, Where
from .reproduction_report import write_report

__all__ = ["reproduce"]


def reproduce(
    source: str | Path,
    *,
    parameters: Mapping[str, object] | None = None,
    times: int = 1,
    env: Where = "current",
    report: Path | str | None = None,
    present: bool = False,
    network: bool = False,
    attribution: bool = True,
    tolerance: float = TOLERANCE,
    cached: bool = False,
    bisect: bool = False,
    note: Callable[[str], None] = lambda _: None,
    progress: Tell = untold,
) -> Reproduced:
    """Run the notebook of a Run (its reference, or a notebook's path: its newest Run) anew.

    A Run's reference asks for the notebook as it ran; a path for the cells as they are now.
    It runs in a temporary copy of the project, in the Run's own time zone, locale, threads and
    hash seed (`present` leaves those of now), with every generator seeded. `times` reruns give an
    interval; `report` is an HTML file to write. `attribution` off tells no causes.
    With `cached` what the store keeps stands for `data` and `preprocess` cells whose code, inputs
    and packages are the same; what then differs is run again in full before it is told.
    `bisect` finds by reruns with versions exchanged which packages make the difference.
    Raises: CellmarkError for what is not there or can't be run.
    """
    with tempfile.TemporaryDirectory(prefix="cellmark-reproduce-") as scratch:
        found = asked(
            str(source), parameters or {}, Path(scratch), present=present, network=network
        )
        if env == "locked":
            if bisect:
                raise CellmarkError(
                    "--bisect",
                    "--env locked, where all packages have the Run's versions",
                    "this environment's packages, to hold against the Run's",
                    "Leave out one of the two.",
                )
            found = _in_locked(found, note)
        attempts = _Attempts(found, progress)
        asked_for = _Extras(env, tolerance, attribution, bisect, note)
        with attempts.kept_by_result() as keep:
            baseline = _baseline(found, attempts, note)
            note(f"running {found.path.name} anew")
            target = attempts.make(found.target, cached=cached)
            if cached and real(compare(baseline, target.seen, tolerance)):
                note("something differs: running it anew in full")
                target = attempts.make(found.target)
            result = _result(found, baseline, target, attempts, asked_for)
            if times > 1:
                note(f"running it {times - 1} more times")
                result = _repeated(result, baseline, found, attempts, times, tolerance)
            keep.update({result.run, result.rerun})
    if report is not None:
        result = msgspec.structs.replace(result, report=str(report))
        write_report(result, baseline, target, Path(report))
    if found.own and found.run is not None:
        _put_on_record(found.store, found.run, result, note)
    return result


def _put_on_record(store: Store, run: Run, result: Reproduced, note: Callable[[str], None]) -> None:
    try:
        note_reproduction(store, run.identity, result)
    except (CellmarkError, OSError) as problem:
        # What took minutes to find out is told all the same.
        note(f"not put into the history of what was made from it: {problem}")


class _Extras(NamedTuple):
    """What was asked for beside the rerun itself."""

    env: Where
    tolerance: float
    attribution: bool
    bisect: bool
    note: Callable[[str], None]


class _Attempts:
    """Makes reruns for one reproduction."""

    def __init__(self, found: Asked, progress: Tell) -> None:
        self._found = found
        self._progress = progress
        self._made: list[str] = []
        # Of the last rerun.
        self.cells: tuple[CellReuse, ...] = ()

    def make(self, setting: Setting, *, cached: bool = False) -> Attempt:
        found, session = self._found, new_id()
        try:
            done = rerun(
                setting,
                found.path,
                found.store.folder,
                lambda cell, cells: self._progress("cell", cell, cells),
                cached=cached,
                session=session,
            )
        except BaseException:
            # Stopped half-way: no Run of the user's.
            found.store.delete_session(session)
            raise
        self.cells = done.cells
        if not done.execution.runs:
            raise CellmarkError(
                str(found.path),
                "the rerun logged no Run",
                "a notebook with a cell tagged `train`",
                "Tag the cell that trains.",
            )
        for one in done.execution.runs:
            found.store.run(one)  # folded in, so that it can be marked
            found.store.mark(one).add_tag(RERUN)
        self._made += done.execution.runs
        run = found.store.run(done.execution.runs[-1])
        return Attempt(
            setting, Observed(run, done.execution.notebook, found.store.content), done.trail
        )

    @contextmanager
    def kept_by_result(self) -> Iterator[set[str]]:
        """Delete the Runs of all reruns but those that are put into the set, also if stopped."""
        kept: set[str] = set()
        try:
            yield kept
        finally:
            for run in self._made:
                if run not in kept:
                    self._found.store.mark(run).delete()


def _in_locked(found: Asked, note: Callable[[str], None]) -> Asked:
    from .locked import locked_environment

    if found.run is None or found.run.environment is None:
        raise CellmarkError(
            str(found.path),
            "no Run with its packages recorded",
            "a Run to take the locked versions from",
            f"Make one with `cellmark run {found.path}`, or use --env current.",
        )
    interpreter = locked_environment(found.run.environment, found.store.folder, note)
    settings = [
        dataclasses.replace(setting, interpreter=interpreter)
        for setting in (found.as_run, found.target)
    ]
    return found._replace(as_run=settings[0], target=settings[1])


def _baseline(found: Asked, attempts: _Attempts, note: Callable[[str], None]) -> Observed:
    """The Run; for a notebook without one a rerun in the same setting."""
    if found.run is not None:
        return observed(found.store, found.run)
    note(f"{found.path.name} has no Run yet: running it once to compare with")
    first = attempts.make(found.target)
    if first.seen.run.failure is not None:
        cause = _diagnosed(found, first)
        at = f", cell {cause.cell}, line {cause.line}" if cause.cell else ""
        raise CheckFailed(
            f"{found.path}{at}", cause.summary, "a notebook that runs from top to bottom", cause.fix
        )
    return first.seen


def _result(
    found: Asked,
    baseline: Observed,
    target: Attempt,
    attempts: _Attempts,
    extras: _Extras,
) -> Reproduced:
    tolerance, note = extras.tolerance, extras.note
    differences = compare(baseline, target.seen, tolerance)
    differing = real(differences)
    cells = attempts.cells
    causes: tuple[Cause, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    kinds: dict[tuple[str, int | None, str], CauseKind] = {}
    if differing and target.seen.run.failure and not baseline.run.failure:
        causes = (_diagnosed(found, target),)
        kinds = {each.key: causes[0].kind for each in differing}
    elif differing and extras.attribution:
        note("finding out why, one change at a time")
        causes, kinds, experiments = attribute(
            baseline, found.as_run, target, attempts.make, tolerance
        )
        if extras.bisect:
            causes, more = _bisected(causes, baseline, target, found, attempts, extras)
            experiments += more
    told = tuple(_told(each, kinds, causes) for each in differences)
    return Reproduced(
        reproduced=not differing,
        exact=all(each.severity == "cosmetic" for each in differences),
        notebook=str(found.path),
        run=baseline.run.id,
        rerun=target.seen.run.id,
        baseline="run" if found.run else "rerun",
        environment=extras.env,
        tolerance=tolerance,
        differences=told,
        causes=causes,
        experiments=experiments,
        metrics=_metrics(baseline.run, target.seen.run),
        seconds=(round(baseline.run.seconds, 3), round(target.seen.run.seconds, 3)),
        controls=_controls(target.setting),
        conditions={
            "run": baseline.run.conditions or {},
            "rerun": target.seen.run.conditions or {},
        },
        packages=packages_changed(baseline, target.seen),
        cells=cells,
        times=None,
        report=None,
    )


def _bisected(
    causes: tuple[Cause, ...],
    baseline: Observed,
    target: Attempt,
    found: Asked,
    attempts: _Attempts,
    extras: _Extras,
) -> tuple[tuple[Cause, ...], tuple[Experiment, ...]]:
    """The causes, where packages are one with those that make the difference."""
    if not any(cause.kind == "packages" for cause in causes):
        extras.note("packages are not the cause: there is nothing to bisect")
        return causes, ()
    from .bisection import Bisection

    bisection = Bisection(
        baseline,
        target,
        found.as_run,
        attempts.make,
        found.store.folder,
        extras.note,
        extras.tolerance,
    )
    told = tuple(bisection.about(each) if each.kind == "packages" else each for each in causes)
    return told, tuple(bisection.experiments)


def _told(
    each: Difference, kinds: dict[tuple[str, int | None, str], CauseKind], causes: tuple[Cause, ...]
) -> Difference:
    """The difference with its cause. A file that is a cause is no cosmetic difference."""
    blamed = any(
        cause.kind == "data" and any(line.startswith(f"{each.name}: ") for line in cause.details)
        for cause in causes
    )
    if each.kind == "file" and blamed:
        return msgspec.structs.replace(each, severity="real", rule="", cause="data")
    if each.severity == "real":
        return msgspec.structs.replace(each, cause=kinds.get(each.key))
    return each


def _diagnosed(found: Asked, target: Attempt) -> Cause:
    failure = target.seen.run.failure
    assert failure is not None
    from cellmark.replay import Failure

    told = Failure(failure.cell, failure.line, failure.error, failure.traceback)
    project = absolute(found.store.folder).parent
    return diagnose(told, found.run, target.setting.notebook, project)


def _metrics(before: Run, after: Run) -> tuple[MetricPair, ...]:
    one, other = before.latest_metrics, after.latest_metrics
    names = dict.fromkeys([*one, *other])
    return tuple(
        MetricPair(name=name, before=one.get(name), after=other.get(name)) for name in names
    )


def _controls(setting: Setting) -> dict[str, str]:
    """What the rerun was held by, as the report and the JSON tell it."""
    held = {name: value for name, value in setting.conditions.items() if value}
    return {
        **held,
        "seed": "none" if setting.seed is None else str(setting.seed),
        "joblib": "one worker" if setting.seed is not None else "as the notebook has it",
        "network": "allowed" if setting.network else "blocked in preprocess and train cells",
        "writes": "to a temporary copy of the project alone",
    }


def _repeated(
    result: Reproduced,
    baseline: Observed,
    found: Asked,
    attempts: _Attempts,
    times: int,
    tolerance: float,
) -> Reproduced:
    held = int(result.reproduced)
    for _ in range(times - 1):
        again = attempts.make(found.target).seen
        held += not real(compare(baseline, again, tolerance))
    return msgspec.structs.replace(result, reproduced=held == times, times=proportion(held, times))
