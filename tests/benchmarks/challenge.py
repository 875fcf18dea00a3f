"""How often a challenge decides, and how often wrongly, when it is looked at all the time.

Usage: python tests/benchmarks/challenge.py [--trials N] [--labels N] [--seed S]

Prints the tables of docs/reference/challenge.md. A trial's two models know the true probability of
each row up to some noise in its log-odds; a look is taken at every tenth label from the 200th on.
"""

from __future__ import annotations

import argparse
import math
import statistics
import sys
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from cellmark_runtime.routing.assignment import bucket_of, cutoff_of
from cellmark_runtime.routing.deciding import (
    ALPHA,
    FIRST_LOOK,
    N_STAR,
    Bounds,
    Differences,
    SplitLosses,
    decide,
    half_width,
)
from cellmark_runtime.routing.mismatch import ALARM, Counts, mismatch

EVERY = 10
# Noise in the log-odds of champion and challenger.
SAME, BETTER, WORSE = (0.5, 0.5), (0.5, 0.3), (0.3, 0.5)


class Ended(NamedTuple):
    """How a trial ended: what was decided, after how many labels, and what naive bounds said."""

    decision: str
    labels: int
    naive: str


def losses(generator: np.random.Generator, noise: tuple[float, float], rows: int) -> np.ndarray:
    """Brier losses of champion and challenger on the same rows, shape (2, rows)."""
    odds = generator.normal(-1.0, 1.2, rows)
    happened = generator.random(rows) < 1 / (1 + np.exp(-odds))
    guesses = [odds + generator.normal(0.0, each, rows) for each in noise]
    return np.array([(1 / (1 + np.exp(-guess)) - happened) ** 2 for guess in guesses])


def paired(pairs: np.ndarray) -> Iterator[Bounds]:
    seen = Differences()
    for number, difference in enumerate((pairs[0] - pairs[1]).tolist(), 1):
        seen.add(difference)
        if number >= FIRST_LOOK and number % EVERY == 0:
            yield seen.bounds()


def split(pairs: np.ndarray, salt: str, share: float = 0.5) -> Iterator[Bounds]:
    seen = SplitLosses()
    cutoff = cutoff_of(share)
    for number, (champion, challenger) in enumerate(pairs.T.tolist(), 1):
        hit = bucket_of(salt, str(number)) < cutoff
        seen.add("challenger" if hit else "champion", share, challenger if hit else champion)
        if number >= FIRST_LOOK and number % EVERY == 0:
            yield seen.differences.bounds()


def ended(looks: Iterator[Bounds]) -> Ended:
    """The first decision, and the first that a 95% interval for one look would have made."""
    decision, labels, naive = "inconclusive", 0, "inconclusive"
    for bounds in looks:
        if naive == "inconclusive":
            naive = once(bounds)
        if decision == "inconclusive":
            decision, labels = decide(bounds), bounds.n
        if "inconclusive" not in (decision, naive):
            break
    return Ended(decision, labels, naive)


def once(bounds: Bounds) -> str:
    """What an interval for a single look would say: its width is 1.96 standard errors."""
    assert bounds.lower is not None and bounds.upper is not None
    half = (bounds.upper - bounds.lower) / 2
    narrow = half * 1.96 / factor(bounds.n)
    return decide(Bounds(bounds.n, bounds.effect, bounds.effect - narrow, bounds.effect + narrow))


def factor(n: int) -> float:
    """How many standard errors the sequence's half width is."""
    return half_width(n, 1.0, ALPHA, N_STAR) * math.sqrt(n)


def decisions(trials: int, labels: int, seed: int) -> None:
    heads = ("way", "challenger", "gain", "promoted", "rolled back", "undecided", "median labels")
    line(*heads, "naive peeking")
    line(*["---"] * 8)
    for way in ("shadow", "split"):
        for name, noise in (("the same", SAME), ("better", BETTER), ("worse", WORSE)):
            results, gains = [], []
            for trial in range(trials):
                pairs = losses(np.random.default_rng([seed, trial]), noise, labels)
                gains.append(float((pairs[0] - pairs[1]).mean()))
                looks = paired(pairs) if way == "shadow" else split(pairs, f"{seed}:{trial}")
                results.append(ended(looks))
            told(way, name, gains, results)


def told(way: str, name: str, gains: list[float], results: list[Ended]) -> None:
    def share(wanted: str, of: str = "decision") -> str:
        return f"{sum(getattr(each, of) == wanted for each in results) / len(results):.1%}"

    decided = [each.labels for each in results if each.decision != "inconclusive"]
    median = f"{statistics.median(decided):,.0f}" if len(decided) > len(results) / 2 else "-"
    cells = (way, name, f"{statistics.mean(gains):+.4f}", share("promote"), share("roll back"))
    rest = (share("inconclusive"), median, share("promote", "naive"))
    line(*cells, *rest)


def ratios(trials: int, units: int, seed: int) -> None:
    line()
    line("meant", "came", "alarms", "median units")
    line(*["---"] * 4)
    for meant, came in ((0.5, 0.5), (0.1, 0.1), (0.5, 0.48), (0.5, 0.45), (0.1, 0.08)):
        alarms = []
        for trial in range(trials):
            hits = np.cumsum(np.random.default_rng([seed, trial]).random(units) < came)
            looks = range(100, units + 1, 100)
            at = next((n for n in looks if alarmed(meant, n, int(hits[n - 1]))), None)
            alarms.append(at)
        found = [at for at in alarms if at is not None]
        median = f"{statistics.median(found):,.0f}" if len(found) > trials / 2 else "-"
        line(f"{meant:.0%}", f"{came:.0%}", f"{len(found) / trials:.1%}", median)


def line(*cells: str) -> None:
    sys.stdout.write(f"| {' | '.join(cells)} |\n" if cells else "\n")
    sys.stdout.flush()


def alarmed(meant: float, units: int, hits: int) -> bool:
    return mismatch([Counts(meant, units, hits)]) < ALARM


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--labels", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=5)
    asked = parser.parse_args()
    decisions(asked.trials, asked.labels, asked.seed)
    ratios(asked.trials, asked.labels, asked.seed)


if __name__ == "__main__":
    main()
