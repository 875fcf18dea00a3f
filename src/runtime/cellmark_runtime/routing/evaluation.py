"""Where an experiment stands: the effect with its bounds, what is decided, and that in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from .deciding import FIRST_LOOK, Bounds, Decision, Differences, SplitLosses, decide
from .evidence import Evidence, Loss
from .experiment import Experiment
from .mismatch import ALARM, Counts, mismatch

__all__ = ["Evaluation", "Look", "evaluate", "in_words"]

Verdict = Literal[Decision, "stopped", "mismatch"]
_LOOKS = 60


class Look(msgspec.Struct, frozen=True):
    """What was known when the label at `at` came."""

    at: str
    bounds: Bounds


class Evaluation(msgspec.Struct, frozen=True):
    """`effect` is in units of the loss, above 0 where the challenger is better.

    `answers` are on record, `labelled` of them compared, `left_out` labelled and not comparable:
    not scored by both, or another answer to the same unit. `looks` are the bounds over time.
    """

    experiment: Experiment
    loss: str
    margin: float
    answers: int
    labelled: int
    left_out: int
    effect: float
    lower: float | None
    upper: float | None
    decision: Verdict
    arms: list[Counts]
    mismatch_p: float | None
    looks: list[Look]


def evaluate(
    evidence: Evidence, experiment: Experiment, loss: str | None = None, margin: float = 0.0
) -> Evaluation:
    """Judge what an `Evidence` holds. Raises: CellmarkError for a loss that there is not."""
    chosen, losses = evidence.losses(loss)
    looks = list(_looks(experiment, losses))
    bounds = looks[-1].bounds if looks else Bounds(0, 0.0, None, None)
    arms = evidence.counts() if experiment.mode == "split" else []
    p = mismatch(arms) if arms else None
    return Evaluation(
        experiment=experiment,
        loss=chosen,
        margin=margin,
        answers=evidence.answers,
        labelled=bounds.n,
        left_out=evidence.unpaired,
        effect=bounds.effect,
        lower=bounds.lower,
        upper=bounds.upper,
        decision=_verdict(experiment, bounds, margin, p),
        arms=arms,
        mismatch_p=p,
        looks=looks,
    )


def in_words(found: Evaluation) -> list[str]:
    """What is known, and what to do about it, a sentence a line."""
    experiment = found.experiment
    names = (
        f"{experiment.model}@{experiment.challenger}",
        f"{experiment.model}@{experiment.champion}",
    )
    return [_known(found, *names), *_advice(found, *names), *_reservations(found)]


def _looks(experiment: Experiment, losses: list[Loss]) -> Iterator[Look]:
    paired, split = Differences(), SplitLosses()
    seen = paired if experiment.mode == "shadow" else split.differences
    every = max(1, len(losses) // _LOOKS)
    for number, loss in enumerate(losses, 1):
        if loss.champion is not None and loss.challenger is not None:
            paired.add(loss.champion - loss.challenger)
        elif loss.challenger is not None:
            split.add("challenger", loss.share, loss.challenger)
        elif loss.champion is not None:
            split.add("champion", loss.share, loss.champion)
        if number == len(losses) or (number >= FIRST_LOOK and number % every == 0):
            yield Look(loss.at, seen.bounds())


def _verdict(experiment: Experiment, bounds: Bounds, margin: float, p: float | None) -> Verdict:
    if experiment.stopped:
        return "stopped"
    if p is not None and p < ALARM:
        return "mismatch"
    return decide(bounds, margin)


def _known(found: Evaluation, challenger: str, champion: str) -> str:
    counted = f"{found.labelled:,} labels"
    if found.lower is None or found.upper is None:
        return f"Nothing is known yet: {counted} of the {FIRST_LOOK} that the first bounds need."
    better = "lower" if found.effect > 0 else "higher"
    bounds = f"between {found.lower:+.4g} and {found.upper:+.4g}"
    return (
        f"The {found.loss} loss of {challenger} is {abs(found.effect):.4g} {better} than that of "
        f"{champion} by {counted}; the true gain lies {bounds} (95%, however often you look)."
    )


def _advice(found: Evaluation, challenger: str, champion: str) -> Iterator[str]:
    margin = f"the margin of {found.margin:g}"
    yield {
        "too early": "Wait for labels; POST /feedback takes them.",
        "inconclusive": f"That is not clear of {margin} yet: leave things as they are. Time alone "
        "decides nothing.",
        "promote": f"All of that is over {margin}: {challenger} is the better one. Promote it with "
        f"`cellmark promote {challenger} champion --reason ...`.",
        "roll back": f"All of that is under {margin}: {challenger} is not worth it. End the trial; "
        f"{champion} stays.",
        "stopped": f"The trial was stopped ({found.experiment.stopped}); {champion} answers all.",
        "mismatch": "The arms did not get the shares that they should have, so their losses can't "
        "be compared. Look for what loses or repeats requests of one arm.",
    }[found.decision]


def _reservations(found: Evaluation) -> Iterator[str]:
    if found.left_out:
        why = "another answer to the same unit, or no loss"
        if found.experiment.mode == "shadow":
            why = "the challenger did not score the row, or there is no loss"
        yield f"Labels left out: {found.left_out:,} ({why})."
