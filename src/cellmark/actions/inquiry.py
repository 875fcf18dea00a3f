"""Inquiry: what is known so far of why a rerun is not the Run, and the reruns that showed it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec

from cellmark.core.difference import Cause, CauseKind, Difference, real
from cellmark.core.step import Departure, Step
from cellmark.replay.comparison import Observed, compare
from cellmark.replay.rerun import Setting

__all__ = ["Attempt", "Experiment", "Inquiry", "Key", "cause_of", "results"]

# What tells one difference from another: its kind, cell and name.
Key = tuple[str, int | None, str]
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


@dataclass
class Inquiry:
    """What is known so far. `try_` makes a rerun; `open` are differences without a cause."""

    run: Observed
    try_: Callable[[Setting], Attempt]
    tolerance: float
    open: list[Difference]
    causes: list[Cause] = field(default_factory=list)
    explained: dict[Key, CauseKind] = field(default_factory=dict)
    experiments: list[Experiment] = field(default_factory=list)

    def differs(self, attempt: Attempt, other: Observed | None = None) -> tuple[Difference, ...]:
        return results(compare(other or self.run, attempt.seen, self.tolerance))

    def tell(self, changed: str, differences: Sequence[Difference]) -> None:
        first = differences[0] if differences else None
        outcome = f"differs, first in {_place(first)}" if first else "the same"
        self.experiments.append(Experiment(changed=changed, outcome=outcome))

    def explain(self, cause: Cause, keys: Iterable[Key]) -> None:
        chosen = {each.key for each in self.open} & set(keys)
        self.explained |= dict.fromkeys(chosen, cause.kind)
        self.open = [each for each in self.open if each.key not in chosen]
        self.causes.append(cause)


def results(differences: tuple[Difference, ...]) -> tuple[Difference, ...]:
    """What really differs and needs a cause: a file that is another may be one."""
    return tuple(each for each in real(differences) if each.kind != "file")


def cause_of(
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
