"""How often monitoring raises a false alarm, and what drift it finds, by simulation.

Usage: python tests/benchmarks/drift.py [--trials N] [--seed S]

Prints the tables of docs/reference/drift.md: 30 features (20 numbers, 10 categories of five
levels), windows of 1000 rows, 60 days of 1000 training rows. Where days vary, each shifts each
feature by a normal effect of so many standard deviations.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from cellmark_runtime.monitoring.days import coded
from cellmark_runtime.monitoring.profile import build_profile
from cellmark_runtime.monitoring.tally import Tally
from cellmark_runtime.monitoring.windows import fold, fresh_state
from cellmark_runtime.types.profile import ReferenceProfile
from cellmark_runtime.types.signature import Field, Output, Signature

NUMBERS, CATEGORIES = 20, 10
ROWS, DAYS = 1000, 60
CUTS = [-1.0, -0.3, 0.3, 1.0]
NAMES = [f"x{n}" for n in range(NUMBERS)] + [f"c{n}" for n in range(CATEGORIES)]
SIGNATURE = Signature(
    tuple(Field(name, "number" if name[0] == "x" else "string", "any") for name in NAMES),
    Output("other", "number"),
)
Change = Callable[[pd.DataFrame, np.random.Generator], None]


class Shares(NamedTuple):
    """Of windows: in how many a feature differs by more than chance, is over the floor as well,
    and that twice in a row."""

    differ: float
    matter: float
    alarm: float


def rows_of(generator: np.random.Generator, days: int, spread: float) -> pd.DataFrame:
    """`days` days of 1000 rows each."""
    effects = generator.normal(0, spread, (days, len(NAMES)))
    values = generator.normal(size=(days * ROWS, len(NAMES))) + np.repeat(effects, ROWS, axis=0)
    frame = pd.DataFrame(values[:, :NUMBERS], columns=NAMES[:NUMBERS])
    for place, name in enumerate(NAMES[NUMBERS:], NUMBERS):
        frame[name] = np.array(list("abcde"), dtype=object)[np.digitize(values[:, place], CUTS)]
    return frame


def profile_of(generator: np.random.Generator, spread: float, *, dated: bool) -> ReferenceProfile:
    frame = rows_of(generator, DAYS, spread)
    start = pd.Timestamp("2026-01-01", tz="UTC")
    times = pd.Series(start + pd.to_timedelta(np.arange(len(frame)) // ROWS, unit="D"), name="day")
    return build_profile(frame, SIGNATURE, None, times if dated else None)


def shares(profile: ReferenceProfile, frame: pd.DataFrame, windows_apart: int = 0) -> list[Shares]:
    """What is made of each window of 1000 rows in a row; the state is begun anew after so many."""
    codes = [coded(feature, frame[feature.name]) for feature in profile.counted]
    state = fresh_state(profile, "d", ROWS)
    found = []
    for start in range(0, len(frame), ROWS):
        if windows_apart and start // ROWS % windows_apart == 0:
            state = fresh_state(profile, "d", ROWS)
        counts = [
            np.bincount(column[start : start + ROWS], minlength=len(feature.bins)).tolist()
            for feature, column in zip(profile.counted, codes, strict=True)
        ]
        fold(profile, state, ROWS, counts, float(start))
        drift = state.drift
        found.append(
            Shares(
                any(each.significant for each in drift),
                any(each.streak for each in drift),
                any(each.alarm for each in drift),
            )
        )
    return found


def false_alarms(
    trials: int, seed: int, spread: float, *, dated: bool, windows: int = 100
) -> Shares:
    """Over so many profiles, each with so many windows without drift. Theory is kept at theory:
    its state is begun anew before thirty windows would set thresholds of their own."""
    found: list[Shares] = []
    for trial in range(trials):
        generator = np.random.default_rng([seed, trial])
        profile = profile_of(generator, spread, dated=dated)
        found += shares(profile, rows_of(generator, windows, spread), 0 if dated else 25)
    return Shares(*np.mean(found, axis=0))


def power(trials: int, seed: int, spread: float, change: Change, *, dated: bool = True) -> float:
    """The share of trials in which drift of one feature is an alarm by the second window."""
    generator = np.random.default_rng([seed, 99])
    profile = profile_of(generator, spread, dated=dated)
    found = 0
    for _ in range(trials):
        frame = rows_of(generator, 2, spread)
        change(frame, generator)
        found += shares(profile, frame)[1].alarm
    return found / trials


def _some(frame: pd.DataFrame, generator: np.random.Generator, share: float) -> pd.Series:
    return pd.Series(generator.random(len(frame)) < share, index=frame.index)


def _shift(by: float) -> Change:
    def change(frame: pd.DataFrame, _: np.random.Generator) -> None:
        frame["x0"] += by

    return change


def _scale(by: float) -> Change:
    def change(frame: pd.DataFrame, _: np.random.Generator) -> None:
        frame["x0"] *= by

    return change


def _put(column: str, value: object, share: float) -> Change:
    def change(frame: pd.DataFrame, generator: np.random.Generator) -> None:
        frame.loc[_some(frame, generator, share), column] = value

    return change


CHANGES: dict[str, Change] = {
    "a shift by 0.25 standard deviations": _shift(0.25),
    "a shift by 0.5": _shift(0.5),
    "a shift by 1": _shift(1.0),
    "1.5 times as wide": _scale(1.5),
    "2 times as wide": _scale(2.0),
    "5% missing, none before": _put("x0", np.nan, 0.05),
    "5% of a new category": _put("c0", "new", 0.05),
    "10% of a new category": _put("c0", "new", 0.10),
}
CASES = {
    "independent, theory": (0.0, False),
    "independent, days": (0.0, True),
    "days vary by 0.1, days": (0.1, True),
    "days vary by 0.2, days": (0.2, True),
    "days vary by 0.1, theory": (0.1, False),
    "days vary by 0.2, theory": (0.2, False),
}


def tables(trials: int, seed: int) -> Iterator[str]:
    yield "| rows, and where thresholds come from | more than chance | and over the floor | alarm |"
    yield "|---|---|---|---|"
    for name, (spread, dated) in CASES.items():
        found = false_alarms(trials, seed, spread, dated=dated)
        yield f"| {name} | {found.differ:.1%} | {found.matter:.1%} | {found.alarm:.1%} |"
    yield ""
    yield "| drift of one feature | independent rows | days vary by 0.1 | by 0.2 |"
    yield "|---|---|---|---|"
    for name, change in CHANGES.items():
        cells = [f"{power(10 * trials, seed, spread, change):.0%}" for spread in (0.0, 0.1, 0.2)]
        yield f"| {name} | {' | '.join(cells)} |"


def counting(seed: int) -> str:
    """What a request pays for being watched: the best of nine rounds over 2000 rows."""
    profile = profile_of(np.random.default_rng(seed), 0.0, dated=False)
    rows = rows_of(np.random.default_rng(seed), 2, 0.0).to_dict("records")
    tally = Tally(profile, SIGNATURE)

    def round_() -> float:
        started = time.perf_counter()
        for row in rows:
            tally.add(row, 0.5)
        return (time.perf_counter() - started) / len(rows)

    best = min(round_() for _ in range(9))
    return f"Counting a row of {len(NAMES)} features takes {best * 1e6:.1f} microseconds."


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.stdout.write(f"{counting(options.seed)}\n\n")
    for line in tables(options.trials, options.seed):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()
