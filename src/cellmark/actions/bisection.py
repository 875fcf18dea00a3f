"""Bisection: which of the packages that have another version makes the difference."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec

from cellmark.bundle.environment import install_into
from cellmark.bundle.once import make_once
from cellmark.bundle.requirements import installed_pins
from cellmark.core.difference import Cause, real
from cellmark.core.smallest import Outcome, Spent, smallest
from cellmark.replay.comparison import Observed, compare
from cellmark.replay.rerun import Setting
from cellmark_runtime.errors import CheckFailed

from .inquiry import Attempt, Experiment, results

__all__ = ["Bisection", "mixed"]

# Environments that are made at most, and reruns in them.
MOST = 16
Note = Callable[[str], None]


class Bisection:
    """Tries mixtures of two sets of versions: `then`, those of the Run, and those of now."""

    def __init__(
        self,
        run: Observed,
        target: Attempt,
        setting: Setting,
        try_: Callable[[Setting], Attempt],
        store: Path,
        note: Note,
        tolerance: float,
    ) -> None:
        self._run, self._setting, self._try, self._note = run, setting, try_, note
        self._store, self._tolerance = store, tolerance
        self._keys = {each.key for each in results(compare(run, target.seen, tolerance))}
        was, now = (side.run.environment for side in (run, target.seen))
        self.python = (was.python, now.python) if was and now else ("", "")
        self._then = dict(was.packages) if was else {}
        self._now = dict(now.packages) if now else {}
        # What the Run had not can't be taken away from what is installed here.
        self.changed = [name for name in self._then if self._then[name] != self._now.get(name)]
        self._known: dict[frozenset[str], Outcome] = {}
        self.experiments: list[Experiment] = []

    def about(self, cause: Cause) -> Cause:
        """The cause with the packages, the fewest that make the difference, found by reruns."""
        try:
            without = self._outcome(frozenset())
        except Spent:
            return cause
        if without != "same":
            return self._not_it(cause, without)
        found, sure = smallest(self.changed, self._outcome)
        told = tuple(f"{name} {self._then[name]} -> {self._told_now(name)}" for name in found)
        words = "makes the difference" if len(found) == 1 else "make the difference together"
        alone = "" if sure else f"; no more than {MOST} environments are tried"
        count = sum(outcome != "unresolved" for outcome in self._known.values())
        evidence = (
            f"by {count} reruns with versions exchanged: with the Run's of all "
            f"{len(self.changed)} packages that differ nothing differs, with "
            f"{'this' if len(found) == 1 else 'these'} as now it does{alone}"
        )
        pins = " ".join(f"{name}=={self._then[name]}" for name in found)
        return msgspec.structs.replace(
            cause,
            summary=f"{', '.join(told)} {words}",
            evidence=evidence,
            fix=f"Pin what the Run had: pip install {pins}; or reproduce with --env locked.",
            details=told,
        )

    def _not_it(self, cause: Cause, without: Outcome) -> Cause:
        """What is said where the Run's versions don't bring back what it had."""
        if without == "unresolved":
            why = "an environment with the Run's versions could not be tried: " + (
                self.experiments[-1].outcome if self.experiments else "none was made"
            )
        else:
            why = f"with the Run's versions of {', '.join(self.changed)} it still differs"
        was, now = self.python
        python = f"; Python {was} was {now} now" if was != now else ""
        return msgspec.structs.replace(cause, evidence=f"{cause.evidence}; {why}{python}")

    def _told_now(self, name: str) -> str:
        return self._now.get(name, "not there")

    def _outcome(self, as_now: frozenset[str]) -> Outcome:
        """What comes of it with these packages as now, and the others as the Run had them."""
        if as_now == frozenset(self.changed):
            return "differs"
        if as_now not in self._known:
            if len(self._known) >= MOST:
                raise Spent
            self._known[as_now] = self._tried(as_now)
        return self._known[as_now]

    def _tried(self, as_now: frozenset[str]) -> Outcome:
        pins = [f"{name}=={self._then[name]}" for name in self.changed if name not in as_now]
        turn = f"environment {len(self._known) + 1} of at most {MOST}"
        self._note(f"trying {turn}: {', '.join(pins[:4])}{', ...' if len(pins) > 4 else ''}")
        try:
            folder = mixed(pins, self._store)
        except CheckFailed as refused:
            self._tell(pins, f"could not be installed: {str(refused).splitlines()[-1][:160]}")
            return "unresolved"
        attempt = self._try(_with(self._setting, folder))
        differing = real(compare(self._run, attempt.seen, self._tolerance))
        if attempt.seen.run.failure is not None and self._run.run.failure is None:
            self._tell(pins, f"stopped: {attempt.seen.run.failure.error[:160]}")
            return "unresolved"
        differs = any(each.key in self._keys for each in differing)
        self._tell(pins, "differs" if differs else "the same")
        return "differs" if differs else "same"

    def _tell(self, pins: list[str], outcome: str) -> None:
        self.experiments.append(
            Experiment(changed=f"the Run's {', '.join(pins)}; else as now", outcome=outcome)
        )


def mixed(pins: list[str], store: Path) -> Path:
    """A folder with these packages, to stand before all that is installed here; kept for ever.

    Raises: CheckFailed where they can't be had.
    """
    # What they were made for: another Python, or other packages beside them, may need others.
    about = "\n".join([*sorted(pins), "", os.path.realpath(sys.executable), *installed_pins()])
    name = hashlib.sha256(about.encode()).hexdigest()[:32]
    folder = store / "cache" / "environments" / f"mixed-{name}"
    make_once(folder, lambda empty: install_into(empty, pins))
    return folder


def _with(setting: Setting, folder: Path) -> Setting:
    """The setting with a folder whose packages go before those that are installed."""
    others = setting.conditions.get("PYTHONPATH") or os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, [str(folder), others]))
    return dataclasses.replace(setting, conditions={**setting.conditions, "PYTHONPATH": path})
