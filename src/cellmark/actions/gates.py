"""Gates: what may have to be known of a version, beside its own checks, before it is promoted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from cellmark.bundle.literals import slug
from cellmark.core.registry import Event, ModelVersion, standing
from cellmark.store.location import find_folder
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.routing.experiment import Experiment, experiments

from .challenge import status
from .monitor import monitor
from .serve import LOGS

__all__ = ["GATES", "Candidate", "Gate", "gates_of"]

_REQUIRE = "CELLMARK_REQUIRE"


class Candidate(NamedTuple):
    """A version that `who` wants to promote to `alias`, and all that happened to its model."""

    version: ModelVersion
    alias: str
    who: str
    events: Sequence[Event]

    @property
    def name(self) -> str:
        return f"{self.version.model}@{self.version.version}"

    @property
    def rival(self) -> str | None:
        """The digest of what the alias points to now, None where it points to nothing."""
        now = standing(self.events)
        return now.versions.get(now.aliases.get(self.alias, -1))

    def events_of(self, *kinds: str) -> list[Event]:
        """What happened to this very bundle, the oldest first."""
        return [
            event
            for event in self.events
            if event.kind in kinds
            and event.version == self.version.version
            and event.evidence.get("digest") == self.version.digest
        ]


# What lets a candidate pass, in a line. Raises: CheckFailed where nothing does, or where it is not
# known; its fix says how that is found out.
Gate = Callable[[Candidate], str]


def gates_of(asked: Iterable[str], environment: Mapping[str, str] = os.environ) -> dict[str, Gate]:
    """The gates that are asked for here and in CELLMARK_REQUIRE (`approval,drift`), by name.

    Raises: CellmarkError for a name that no gate has.
    """
    named = [name.strip() for name in environment.get(_REQUIRE, "").split(",")]
    wanted = dict.fromkeys(asked, "--require") | {name: _REQUIRE for name in named if name}
    for name, place in wanted.items():
        if name not in GATES:
            raise CellmarkError(place, repr(name), f"one of {', '.join(GATES)}")
    return {name: gate for name, gate in GATES.items() if name in wanted}


def _approval(candidate: Candidate) -> str:
    """Somebody other than who promotes it approved it."""
    approved = [event.who for event in candidate.events_of("approved")]
    others = sorted({*approved} - {candidate.who})
    if others:
        return f"approved by {', '.join(others)}"
    raise CheckFailed(
        candidate.name,
        f"approved by {candidate.who} alone" if approved else "approved by nobody",
        f"an approval by somebody other than {candidate.who}, who promotes it",
        f'Have a colleague say: cellmark approve {candidate.name} --reason "..."',
    )


def _reproduced(candidate: Candidate) -> str:
    """`reproduce` of its Run, since it is registered, held."""
    told = candidate.events_of("reproduced", "not reproduced")
    if told and told[-1].kind == "reproduced":
        return told[-1].reason
    raise CheckFailed(
        candidate.name,
        told[-1].reason if told else "its Run was not reproduced since it is registered",
        "a Run that was reproduced",
        f"Say: cellmark reproduce {candidate.version.run}",
    )


def _drift(candidate: Candidate) -> str:
    """It has answered requests, and no feature is in alarm."""
    serve = f"Serve it beside the champion: cellmark serve ... --challenger {candidate.name}"
    problems = []
    for arm in ("challenger", "champion"):
        try:
            seen = monitor(candidate.name, arm=arm)
        except CellmarkError as problem:
            problems.append(problem.received)
            continue
        if seen.alarms:
            raise CheckFailed(
                candidate.name,
                f"an alarm for {', '.join(seen.alarms)} as {arm}",
                "requests like the rows it was trained on",
                f"See: cellmark monitor {candidate.name} --arm {arm} --report drift.html",
            )
        if seen.windows:
            return f"no alarm in {seen.windows} windows of {seen.window} rows as {arm}"
        problems.append(f"{seen.rows} rows as {arm}, less than a window of {seen.window}")
    said = "; ".join(dict.fromkeys(problems))
    raise CheckFailed(candidate.name, said, "requests that it has answered", serve)


def _challenge(candidate: Candidate) -> str:
    """It has won a challenge against what the alias is now, by labels that came in."""
    log = Path(os.environ.get("CELLMARK_AUDIT") or _log_of(candidate.version.model))
    known = [each for each in experiments(log) if _is_between(each, candidate)]
    if not known:
        raise CheckFailed(
            candidate.name,
            f"it has not challenged what {candidate.alias} is now, as far as {log} says",
            "a challenge that it has won",
            f"Begin one: cellmark serve {candidate.version.model}@{candidate.alias} "
            f"--challenger {candidate.name}",
        )
    found = status(known[-1].id, log=log)
    if found.evaluation.decision == "promote":
        return f"challenge {known[-1].id}: {found.words[0]}"
    raise CheckFailed(
        candidate.name,
        f"challenge {known[-1].id} says {found.evaluation.decision}: {found.words[0]}",
        "a challenge that it has won",
        " ".join(found.words[1:2]),
    )


def _log_of(model: str) -> Path:
    return find_folder(Path.cwd()) / LOGS / slug(model)


def _is_between(experiment: Experiment, candidate: Candidate) -> bool:
    rival = candidate.rival or experiment.champion_digest
    arms = (experiment.champion_digest, experiment.challenger_digest)
    return arms == (rival, candidate.version.digest)


# In this order: what is looked up before what is read from a log.
GATES: dict[str, Gate] = {
    "approval": _approval,
    "reproduced": _reproduced,
    "drift": _drift,
    "challenge": _challenge,
}
