"""Rows are counted into windows that all workers share; full windows are judged."""

import datetime as dt
import json
import random

import msgspec
import pandas as pd
import pytest

from cellmark_runtime.monitoring.calibration import analytic
from cellmark_runtime.monitoring.profile import build_profile
from cellmark_runtime.monitoring.state import FileStore, MemoryStore, Outcome, State
from cellmark_runtime.monitoring.tally import Tally
from cellmark_runtime.monitoring.watch import Watch
from cellmark_runtime.monitoring.windows import RECALIBRATE, fresh_state, window_of
from cellmark_runtime.types.profile import ReferenceProfile, Threshold
from cellmark_runtime.types.signature import Field, Output, Signature

SIGNATURE = Signature(
    (
        Field("age", "number", "float64", nullable=True),
        Field("plan", "string", "str", nullable=True),
        Field("active", "boolean", "bool"),
        Field("grade", "integer", "int64", categories=(1, 2, 3)),
        Field("rate", "number", "float64", categories=(0.5, 1.0)),
        Field("since", "datetime", "datetime64[us]"),
    ),
    Output("classification", "string", classes=("No", "Yes"), probabilities=True),
)


def row(drawn, **change):
    return {
        "age": drawn.choice([None, drawn.gauss(40, 10)]),
        "plan": drawn.choice("abc"),
        "active": drawn.random() < 0.7,
        "grade": drawn.choice([1, 2, 3]),
        "rate": drawn.choice([0.5, 1.0]),
        "since": dt.datetime(2026, 1, drawn.randint(1, 28)).isoformat(),
        **change,
    }


def rows(count, seed=0, **change):
    drawn = random.Random(seed)
    return [row(drawn, **change) for _ in range(count)]


@pytest.fixture(scope="module")
def profile():
    frame = pd.DataFrame(rows(3000))
    frame["since"] = pd.to_datetime(frame["since"])
    return build_profile(frame, SIGNATURE, [n / 3000 for n in range(3000)])


def watch_in(profile, folder, window=200):
    store = FileStore(folder / "churn.json", lambda: fresh_state(profile, "d" * 64, window))
    return Watch(profile, SIGNATURE, store)


def seen(watch, sent):
    drawn = random.Random(7)
    watch.answered(sent, [drawn.random() for _ in sent])
    watch.flush()
    return watch.state


def alarms(state):
    return {each.feature for each in state.drift if each.alarm}


def test_the_training_rows_are_counted_as_the_profile_did(profile):
    tally = Tally(profile, SIGNATURE)
    for number, each in enumerate(rows(3000)):
        tally.add(each, number / 3000)
    count, counts = tally.take()
    assert count == 3000
    assert counts == [feature.bins for feature in profile.counted]
    assert tally.take() == (0, [[0] * len(feature.bins) for feature in profile.counted])


@pytest.mark.parametrize(
    ("change", "feature", "place"),
    [
        ({"plan": "new"}, "plan", -2),
        ({"plan": None}, "plan", -1),
        ({"grade": 2.0}, "grade", 1),
        ({"rate": 1}, "rate", 1),
        ({"age": 10**400}, "age", -2),
        ({"since": "2026-01-31T00:00:00+00:00"}, "since", -2),
        ({"since": None}, "since", -1),
    ],
)
def test_each_value_has_its_bin(profile, change, feature, place):
    tally = Tally(profile, SIGNATURE)
    tally.add(row(random.Random(1), **change), 0.5)
    _, counts = tally.take()
    at = [each.name for each in profile.counted].index(feature)
    levels = getattr(profile.features[at], "levels", None)
    expected = levels.index(levels[place]) if place >= 0 else len(counts[at]) + place
    if change in ({"grade": 2.0}, {"rate": 1}):
        expected = levels.index("2" if feature == "grade" else "1.0")
    assert counts[at][expected] == 1


def test_rows_like_training_raise_no_alarm(profile, tmp_path):
    state = seen(watch_in(profile, tmp_path), rows(2000, seed=1))
    assert state.windows_seen == 10
    assert alarms(state) == set()
    assert state.rows == 0
    assert state.calibration == "analytic"


@pytest.mark.parametrize(
    ("change", "feature"),
    [
        ({"age": 55.0}, "age"),
        ({"plan": None}, "plan"),
        ({"plan": "x"}, "plan"),
        ({"active": False}, "active"),
    ],
)
def test_drift_is_an_alarm_in_the_second_window(profile, tmp_path, change, feature):
    watch = watch_in(profile, tmp_path)
    drifted = rows(200, seed=2, **change)
    first = seen(watch, drifted)
    (found,) = [each for each in first.drift if each.feature == feature]
    assert (found.significant, found.streak) == (True, 1)
    assert alarms(first) == set()
    assert alarms(seen(watch, drifted)) == {feature}
    assert alarms(seen(watch, rows(200, seed=8))) == set()


def test_workers_fill_one_window(profile, tmp_path):
    one, other = watch_in(profile, tmp_path), watch_in(profile, tmp_path)
    seen(one, rows(120, seed=4))
    assert one.state.rows == 120
    state = seen(other, rows(90, seed=5))
    assert (state.rows, state.windows_seen, state.total_rows) == (10, 1, 210)
    assert state.windows[0].rows == 200
    one.flush()
    assert seen(one, rows(190, seed=6)).windows_seen == 2


def test_a_restart_goes_on_where_the_process_was(profile, tmp_path):
    first = watch_in(profile, tmp_path)
    first.answered(rows(150), [0.5] * 150)
    first.close()
    again = watch_in(profile, tmp_path)
    assert again.state.rows == 150
    assert seen(again, rows(50)).windows_seen == 1


def test_another_bundle_or_window_begins_anew(profile, tmp_path):
    seen(watch_in(profile, tmp_path), rows(150))
    assert watch_in(profile, tmp_path, window=100).state.rows == 0


def test_a_state_that_can_not_be_read_is_put_aside(profile, tmp_path):
    (tmp_path / "churn.json").write_text("{")
    watch = watch_in(profile, tmp_path)
    assert seen(watch, rows(10)).rows == 10
    (aside,) = tmp_path.glob("churn.unreadable-*")
    assert aside.read_text() == "{"


def test_what_can_not_be_written_waits(profile, tmp_path, monkeypatch):
    watch = watch_in(profile, tmp_path)

    def full(self, state):
        raise OSError("no space")

    with monkeypatch.context() as patched:
        patched.setattr(FileStore, "_put", full)
        assert seen(watch, rows(150)).rows == 0
    assert seen(watch, rows(10)).rows == 160


def test_counting_never_fails_an_answer(profile):
    watch = Watch(profile, SIGNATURE, MemoryStore(fresh_state(profile, "d" * 64)))
    watch.answered([{"age": "no number"}], [0.5])
    watch.answered(rows(5), [0.5] * 5)
    watch.close()


def test_a_large_batch_is_cut_into_windows(profile, tmp_path):
    state = seen(watch_in(profile, tmp_path), rows(1010))
    assert [window.rows for window in state.windows] == [200] * 5
    assert state.rows == 10


def test_thirty_windows_set_thresholds_where_training_could_not(profile, tmp_path):
    watch = watch_in(profile, tmp_path)
    before = watch.state.threshold
    # Days that differ: by theory alone most of them would alarm.
    for seed in range(RECALIBRATE):
        seen(
            watch,
            rows(200, seed=seed, active=seed % 2 == 0) if seed % 3 == 0 else rows(200, seed=seed),
        )
    state = watch.state
    assert state.calibration == "service"
    assert state.threshold.blocks == RECALIBRATE
    assert state.threshold.chi > before.chi
    assert watch_in(profile, tmp_path).state.threshold == state.threshold


def test_the_state_holds_no_row(profile, tmp_path):
    watch = watch_in(profile, tmp_path)
    seen(watch, rows(450, plan="secret-plan", age=43.21875))
    text = (tmp_path / "churn.json").read_text()
    assert "secret-plan" not in text
    assert "43.21875" not in text
    assert json.loads(text)["total_rows"] == 450


def test_a_corrected_label_takes_the_place_of_the_one_before(profile, tmp_path):
    watch = watch_in(profile, tmp_path)
    watch.labelled([Outcome("a", {"accuracy": 1.0}, 5.0)], ["recorded", "unknown"])
    watch.labelled([Outcome("a", {"accuracy": 0.0}, 9.0)], ["corrected"])
    watch.flush()
    assert [each.measures["accuracy"] for each in watch.state.outcomes] == [0.0]
    assert watch.state.labels == {"recorded": 1, "unknown": 1, "corrected": 1}


@pytest.mark.parametrize(
    ("sizes", "window"), [((), 1000), ((200, 500), 500), ((200, 1000, 5000), 1000), ((5000,), 5000)]
)
def test_the_window_is_one_that_a_threshold_was_set_for(sizes, window):
    thresholds = tuple(Threshold(size, 3.0, 2.0) for size in sizes)
    profile = ReferenceProfile(rows=1, features=(), thresholds=thresholds)
    assert window_of(profile) == window
    assert isinstance(fresh_state(profile, "d"), State)


def test_a_profile_of_the_first_format_is_watched_by_theory():
    text = (
        b'{"format": 1, "rows": 10, "scores": null, "calibration": "none", "features": '
        b'[{"type": "number", "name": "age", "edges": [40.0], "counts": [5, 5], "missing": 0}]}'
    )
    old = msgspec.json.decode(text, type=ReferenceProfile)
    state = fresh_state(old, "d")
    assert (state.window, state.calibration) == (1000, "analytic")
    assert state.threshold == analytic(1000, 1)
