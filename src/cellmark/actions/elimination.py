"""By elimination: what a rerun can't change back here, and which of it is another now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import PurePosixPath
from typing import NamedTuple

from cellmark.capture.conditions import conditions
from cellmark.core.difference import CauseKind, Difference
from cellmark.core.step import Departure
from cellmark.replay.comparison import Observed, compare
from cellmark.replay.files import files_behind

from .inquiry import Attempt, Inquiry, cause_of

__all__ = ["by_elimination", "packages_changed"]

_HELD = "code, parameters, seeds and conditions are the Run's"


def by_elimination(inquiry: Inquiry, base: Attempt) -> None:
    """What is left: data, packages and processor are of now, and only one is as a rule another."""
    everything = {each.key for each in inquiry.open}
    data = [each for each in inquiry.open if each.kind == "data"]
    changed = compare(inquiry.run, base.seen, inquiry.tolerance)
    for each in data:
        words = f"the data {each.name} is another: {each.before} before, now {each.after}"
        files = files_behind(changed, each.cell)
        if files:
            words += f"; it is read from {', '.join(map(_told_file, files))}"
        evidence = f"its fingerprint; {_HELD}"
        details = tuple(f"{file.name}: {file.before} -> {file.after}" for file in files)
        inquiry.causes.append(cause_of("data", words, evidence, _giving(base, each), details))
    if data:
        inquiry.explained |= dict.fromkeys(everything, "data")
    else:
        kind, words, evidence, details = _suspected(inquiry, base.seen)
        place = _reading(base, changed) if kind == "data" else None
        place = place or _giving(base, inquiry.open[0])
        inquiry.explain(cause_of(kind, words, evidence, place, details), everything)
    inquiry.open = []


def _suspected(inquiry: Inquiry, now: Observed) -> tuple[CauseKind, str, str, tuple[str, ...]]:
    """The first suspect that is another now: its kind, in words, the evidence, and details."""
    for suspect in _SUSPECTS:
        changed = suspect.changed(inquiry.run, now)
        if changed:
            evidence = f"by elimination: {_HELD}, and {suspect.evidence}"
            return suspect.kind, suspect.words(changed), evidence, changed
    words = f"{inquiry.open[0].what} is another, and nothing that is recorded is"
    return "unknown", words, f"{_HELD}; so are data and packages", ()


def _told_file(file: Difference) -> str:
    gone = file.after == "not read"
    return f"{file.name}, which {'it reads no more' if gone else 'is another file now'}"


def _files_changed(before: Observed, after: Observed) -> tuple[str, ...]:
    """Files with another content, of which no frame was made that would tell."""
    files = files_behind(compare(before, after), None)
    return tuple(f"{file.name}: {file.before} -> {file.after}" for file in files)


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


def _reading(attempt: Attempt, differences: Sequence[Difference]) -> Departure | None:
    """The statement that reads the first file that is another: it names it, or is the first."""
    file = next(iter(files_behind(differences, None)), None)
    steps = [step for step in attempt.trail if file is not None and step.cell == file.cell]
    if file is None or not steps:
        return None
    name = PurePosixPath(file.name).name
    step = next((step for step in steps if name in step.source), steps[0])
    return Departure(
        cell=step.cell,
        line=step.line,
        source=step.source,
        name=next(iter(step.values), ""),
        before=file.before,
        after=file.after,
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


class _Suspect(NamedTuple):
    """`changed` says what of it is another in the second than in the first, `words` the same."""

    kind: CauseKind
    changed: Callable[[Observed, Observed], tuple[str, ...]]
    words: Callable[[Sequence[str]], str]
    evidence: str


# In this order: each is named where those before it are the same.
_SUSPECTS = (
    _Suspect(
        "code",
        _modules_changed,
        lambda modules: f"the project's own {', '.join(modules)} changed since",
        "its file has another digest",
    ),
    _Suspect(
        "data",
        _files_changed,
        lambda files: f"other files are read: {'; '.join(files[:4])}",
        "their content has another digest",
    ),
    _Suspect(
        "packages",
        packages_changed,
        lambda packages: f"other versions of {', '.join(packages[:6])}",
        "the data has the same fingerprint",
    ),
    _Suspect(
        "processor",
        lambda before, _: _processor_changed(before),
        lambda processor: f"another kind of machine ({'; '.join(processor)})",
        "data and packages are the same",
    ),
)
