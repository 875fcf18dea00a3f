"""Thresholds from the training rows' own days."""

import numpy as np
import pandas as pd
import pytest

from cellmark_runtime.monitoring.calibration import analytic
from cellmark_runtime.monitoring.profile import build_profile
from cellmark_runtime.types.profile import NumberProfile
from cellmark_runtime.types.signature import Field, Output, Signature

SIGNATURE = Signature(
    (Field("x", "number", "float64"), Field("y", "number", "float64"), Field("c", "string", "str")),
    Output("regression", "number"),
)


def rows(days=30, per_day=250, spread=0.0, seed=0):
    rng = np.random.default_rng(seed)
    effect = np.repeat(rng.normal(0, spread, days), per_day)
    x = rng.normal(size=days * per_day) + effect
    frame = pd.DataFrame({"x": x, "y": rng.normal(size=len(x))})
    frame["c"] = np.where(rng.random(len(x)) + 0.05 * effect < 0.3, "a", "b")
    start = pd.Timestamp("2026-01-01", tz="UTC")
    times = start + pd.to_timedelta(np.repeat(np.arange(days), per_day), unit="D")
    return frame, pd.Series(times, name="day")


def thresholds(profile):
    return {each.window: each for each in profile.thresholds}


def test_without_times_theory_sets_them():
    frame, _ = rows()
    profile = build_profile(frame, SIGNATURE, frame["x"])
    assert (profile.calibration, profile.time) == ("analytic", None)
    assert thresholds(profile)[1000] == analytic(1000, 4)
    assert thresholds(profile)[1000].false_alarms is None


def test_days_that_differ_raise_them():
    calm, wild = (build_profile(*_args(spread)) for spread in (0.0, 0.5))
    assert {calm.calibration, wild.calibration} == {"blocks"}
    assert (calm.time, wild.time) == ("day", "day")
    low, high = thresholds(calm)[200], thresholds(wild)[200]
    assert low.chi < analytic(200, 3).chi * 1.5
    assert high.chi > 2 * low.chi
    assert high.ks > 1.5 * low.ks
    assert low.blocks == high.blocks == 37
    assert max(low.false_alarms, high.false_alarms) <= 0.15


def _args(spread):
    frame, times = rows(spread=spread)
    return frame, SIGNATURE, None, times


def test_a_size_needs_ten_windows():
    frame, times = rows(days=25, per_day=200)
    assert set(thresholds(build_profile(frame, SIGNATURE, None, times))) == {200, 500}


@pytest.mark.parametrize("days", [1, 9])
def test_few_days_say_nothing(days):
    frame, times = rows(days=days, per_day=2000)
    assert build_profile(frame, SIGNATURE, None, times).calibration == "analytic"


def test_the_time_itself_is_not_held_against_its_past():
    frame, times = rows()
    signature = Signature((*SIGNATURE.inputs, Field("day", "datetime", "x")), SIGNATURE.output)
    profile = build_profile(frame.assign(day=times), signature, None, times)
    assert profile.unstable == ("day",)
    assert isinstance(profile.features[-1], NumberProfile)


def test_rows_without_a_time_are_left_out_and_order_does_not_matter():
    frame, times = rows()
    some = times.where(times.index % 10 != 0)
    kept = build_profile(frame, SIGNATURE, None, some)
    assert kept.rows == len(frame)
    assert kept.thresholds[0].blocks == 33
    mixed = np.random.default_rng(5).permutation(len(frame))
    shuffled = build_profile(frame.iloc[mixed], SIGNATURE, None, some.iloc[mixed])
    assert shuffled.calibration == "blocks"
    assert shuffled.features == kept.features


def test_the_same_rows_give_the_same_profile():
    assert build_profile(*_args(0.3)) == build_profile(*_args(0.3))
