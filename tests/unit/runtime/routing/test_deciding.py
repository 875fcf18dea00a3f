"""Assignment, bounds, decision, mismatch, losses and guardrails, each by itself."""

import math
import runpy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.routing.assignment import BUCKETS, bucket_of, cutoff_of
from cellmark_runtime.routing.deciding import (
    FIRST_LOOK,
    Bounds,
    Differences,
    SplitLosses,
    decide,
    half_width,
)
from cellmark_runtime.routing.guardrails import Guardrails, Limits, nonsense
from cellmark_runtime.routing.losses import loss_of, usual_loss
from cellmark_runtime.routing.mismatch import ALARM, Counts, mismatch
from cellmark_runtime.types.signature import Output

SIMULATION = runpy.run_path(str(Path(__file__).parents[3] / "benchmarks" / "challenge.py"))
PROBABILITIES = Output("classification", "string", classes=("No", "Yes"), probabilities=True)


def test_buckets_are_even_and_another_salt_deals_anew():
    first = [bucket_of("a", str(unit)) for unit in range(20_000)]
    second = [bucket_of("b", str(unit)) for unit in range(20_000)]
    assert first == [bucket_of("a", str(unit)) for unit in range(20_000)]
    assert min(first) >= 0 and max(first) < BUCKETS
    for share in (0.1, 0.5):
        hits = sum(bucket < cutoff_of(share) for bucket in first)
        assert abs(hits - 20_000 * share) < 4 * math.sqrt(20_000 * share * (1 - share))
    both = sum(a < 5000 and b < 5000 for a, b in zip(first, second, strict=True))
    assert abs(both - 5000) < 4 * math.sqrt(20_000 * 0.25 * 0.75)


@given(unit=st.text(), low=st.floats(0, 1), high=st.floats(0, 1))
def test_a_larger_share_takes_nobody_back(unit, low, high):
    low, high = sorted((low, high))
    bucket = bucket_of("salt", unit)
    assert bucket >= cutoff_of(low) or bucket < cutoff_of(high)


@pytest.mark.parametrize(
    ("n", "deviation", "expected"),
    # By the formula of docs/reference/challenge.md, in decimal arithmetic of 40 digits.
    [(200, 1.0, 0.304492628589), (3000, 1.0, 0.0554150810257), (20_000, 0.5, 0.0112735001022)],
)
def test_half_widths(n, deviation, expected):
    assert half_width(n, deviation, 0.05, 3000) == pytest.approx(expected, rel=1e-10)


def test_the_bounds_are_tightest_where_they_are_meant_to_be():
    widths = {star: half_width(3000, 1.0, 0.05, star) for star in (1000, 2000, 3000, 4500, 9000)}
    assert min(widths, key=widths.__getitem__) == 3000


@given(st.lists(st.floats(-1, 1), min_size=FIRST_LOOK, max_size=FIRST_LOOK + 50))
def test_a_running_mean_is_the_mean(numbers):
    seen = Differences()
    for number in numbers:
        seen.add(number)
    bounds = seen.bounds()
    mean = math.fsum(numbers) / len(numbers)
    deviation = math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / len(numbers))
    assert bounds.effect == pytest.approx(mean, abs=1e-9)
    half = half_width(len(numbers), deviation, 0.05, 3000)
    assert bounds.upper - bounds.effect == pytest.approx(half, abs=1e-6)


def test_nothing_is_said_before_the_first_look():
    seen = Differences()
    for _ in range(FIRST_LOOK - 1):
        seen.add(0.5)
    assert decide(seen.bounds()) == "too early"
    seen.add(0.5)
    assert decide(seen.bounds()) == "promote"


@pytest.mark.parametrize(
    ("lower", "upper", "margin", "expected"),
    [
        (0.01, 0.03, 0.0, "promote"),
        (0.01, 0.03, 0.01, "inconclusive"),
        (0.01, 0.03, 0.03, "inconclusive"),
        (0.01, 0.03, 0.04, "roll back"),
        (-0.03, -0.01, 0.0, "roll back"),
        (-0.01, 0.01, 0.0, "inconclusive"),
        (None, None, 0.0, "too early"),
    ],
)
def test_decisions(lower, upper, margin, expected):
    assert decide(Bounds(300, 0.0, lower, upper), margin) == expected


def test_a_split_of_unequal_shares_is_not_biased():
    split = SplitLosses()
    for number in range(40_000):
        hit = bucket_of("salt", str(number)) < cutoff_of(0.1)
        split.add("challenger" if hit else "champion", 0.1, 0.2 if hit else 0.25)
    assert split.differences.bounds().effect == pytest.approx(0.05, abs=0.002)


def falsely(way, trials, labels):
    """In how many trials of equal models something was decided."""
    decided = 0
    for trial in range(trials):
        generator = SIMULATION["np"].random.default_rng([11, trial])
        pairs = SIMULATION["losses"](generator, SIMULATION["SAME"], labels)
        looks = (
            SIMULATION["paired"](pairs)
            if way == "shadow"
            else SIMULATION["split"](pairs, str(trial))
        )
        decided += SIMULATION["ended"](looks).decision != "inconclusive"
    return decided


def test_a_better_and_a_worse_challenger_are_told_apart():
    for noise, expected in ((SIMULATION["BETTER"], "promote"), (SIMULATION["WORSE"], "roll back")):
        generator = SIMULATION["np"].random.default_rng(3)
        pairs = SIMULATION["losses"](generator, noise, 20_000)
        assert SIMULATION["ended"](SIMULATION["paired"](pairs)).decision == expected


@pytest.mark.slow
@pytest.mark.parametrize("way", ["shadow", "split"])
def test_continuous_peeking_crowns_no_more_false_winners_than_stated(way):
    # 5% of 400, and three standard errors of that count.
    assert falsely(way, 400, 10_000) <= 20 + 3 * math.sqrt(400 * 0.05 * 0.95)


@pytest.mark.slow
def test_a_gain_in_shadow_is_found():
    results = []
    for trial in range(100):
        generator = SIMULATION["np"].random.default_rng([12, trial])
        pairs = SIMULATION["losses"](generator, SIMULATION["BETTER"], 20_000)
        results.append(SIMULATION["ended"](SIMULATION["paired"](pairs)))
    assert sum(each.decision == "promote" for each in results) >= 98
    assert sorted(each.labels for each in results)[50] < 4000


@pytest.mark.parametrize(
    ("stages", "alarm"),
    [
        ([], False),
        ([Counts(0.5, 10_000, 5_050)], False),
        ([Counts(0.5, 10_000, 4_700)], True),
        ([Counts(0.1, 10_000, 1_000), Counts(0.5, 10_000, 5_000)], False),
        ([Counts(0.1, 10_000, 1_000), Counts(0.5, 10_000, 4_700)], True),
        ([Counts(0.0, 500, 0), Counts(1.0, 500, 500)], False),
        ([Counts(0.0, 500, 1)], True),
    ],
)
def test_a_sample_ratio_that_was_not_meant_is_found(stages, alarm):
    assert (mismatch(stages) < ALARM) is alarm


def entry(**probabilities):
    return {"prediction": "No", "probabilities": probabilities or None}


@pytest.mark.parametrize(
    ("name", "given", "label", "expected"),
    [
        ("brier", entry(No=0.25, Yes=0.75), "Yes", 0.0625),
        ("brier", entry(No=0.25, Yes=0.75), "No", 0.5625),
        ("brier", {"prediction": 1, "probabilities": {"0": 0.5, "1": 0.5}}, 1, 0.25),
        ("brier", {"prediction": 1, "probabilities": {"0": 0.5, "1": 0.5}}, 1.0, 0.25),
        ("brier", entry(a=0.5, b=0.5, c=0.0), "c", 1.5),
        ("brier", entry(), "c", None),
        ("zero-one", entry(), "No", 0.0),
        ("zero-one", entry(), "Yes", 1.0),
        ("squared", {"prediction": 2.5}, 1, 2.25),
        ("absolute", {"prediction": 2.5}, 1, 1.5),
        ("squared", {"prediction": {"$float": "nan"}}, 1, None),
        ("squared", {}, 1, None),
    ],
)
def test_losses(name, given, label, expected):
    assert loss_of(name)(given, label) == expected


def test_the_usual_loss_fits_the_answer():
    for answer, name in ((entry(a=1.0), "brier"), ({"prediction": 1.5}, "squared")):
        assert usual_loss(answer) == name
    assert usual_loss({"prediction": "x", "probabilities": None}) == "zero-one"
    with pytest.raises(CellmarkError, match="one of brier"):
        loss_of("log")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (entry(No=0.25, Yes=0.75), None),
        (entry(No=math.nan, Yes=0.75), "a probability"),
        (entry(No=None, Yes=0.75), "a probability"),
        (entry(No=-0.5, Yes=1.5), "a probability"),
        (entry(No=0.5, Yes=0.75), "sum to 1"),
        (entry(), "no probabilities"),
        ({"prediction": None, "probabilities": {"a": 1.0}}, "a prediction"),
        ({"prediction": [1.0, math.inf], "probabilities": {"a": 1.0}}, "a prediction"),
        ({"prediction": 1, "probabilities": {"a": 1.0}, "score": math.nan}, "a score"),
    ],
)
def test_nonsense_is_told(given, said):
    found = nonsense(given, PROBABILITIES)
    assert found is None if said is None else said in found


@pytest.mark.parametrize(
    ("outcomes", "rolled_back"),
    [
        (["fine"] * 1000, False),
        (["error"] * 2, False),
        (["error"] * 3, True),
        (["fine"] * 500 + ["error"] * 5, False),
        (["fine"] * 500 + ["error"] * 6, True),
        (["fine"] * 900 + ["invalid"] * 3, True),
        (["slow"] * 3, True),
        (["fine"] * 100 + ["slow"] * 5, False),
    ],
)
def test_guardrails(outcomes, rolled_back):
    rails = Guardrails(Limits(seconds=0.5))
    said = [
        rails.judge("fine", 0.6) if each == "slow" else rails.judge(each, 0.1) for each in outcomes
    ]
    assert (said[-1] is not None) is rolled_back
