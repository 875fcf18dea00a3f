"""Each difference between outputs gets its class."""

from __future__ import annotations

import nbformat
import pytest

from cellmark.notebook.compare import compare_outputs
from cellmark.notebook.passing import PASSING, Moment

# 2026-03-01 10:00:00 and a day later, UTC; the cells took 2 seconds.
MOMENTS = Moment(1772359200.0, 2.0), Moment(1772445600.0, 2.0)


def stream(text, name="stdout"):
    return nbformat.v4.new_output("stream", name=name, text=text)


def shown(**data):
    return nbformat.v4.new_output(
        "display_data", data={key.replace("_", "/"): value for key, value in data.items()}
    )


def classes(before, after, distance=lambda one, other: None):
    return [
        (each.severity, each.rule) for each in compare_outputs(before, after, MOMENTS, distance)
    ]


COSMETIC = {
    "address": ("<object at 0x7f001122aabb>", "<object at 0x7f00ffeeddcc>"),
    "kernel-path": (
        "/tmp/ipykernel_12/345.py:3: UserWarning",
        "/tmp/ipykernel_99/1.py:3: UserWarning",
    ),
    "copy": ("in /tmp/cellmark-rerun-ab12/srv/churn/out.csv", "in /srv/churn/out.csv"),
    "temporary-path": ("in /tmp/tmpa9b8/out.csv", "in /tmp/tmpq1w2/out.csv"),
    "process": ("pid 4711", "pid 815"),
    "identifier": (
        "id 9f1c2d3e-aaaa-4bbb-8ccc-123456789abc",
        "id 00000000-aaaa-4bbb-8ccc-123456789abc",
    ),
    "html-id": ("#sk-container-id-1 {", "#sk-container-id-3 {"),
    "date": ("started 2026-03-01 10:00:01", "started 2026-03-02 19:00:01"),
    "log-time": ("10:00:00 INFO ready", "11:30:02 INFO ready"),
    "clock-span": ("elapsed 0:00:01", "elapsed 0:00:02"),
    "duration": ("fit took 1.2 s", "fit took 1.9 s"),
    "speed": ("epoch at 30.5 it/s", "epoch at 12.1 it/s"),
    "progress-bar": (" 40%|####      | 4/10", "100%|##########| 10/10"),
    "spread": ("1.1 ms ± 0.2 ms per loop", "1.3 ms ± 0.1 ms per loop, of 7 runs"),
}


def test_every_rule_is_tried():
    assert {rule.id for rule in PASSING} == COSMETIC.keys()


@pytest.mark.parametrize("rule", COSMETIC)
def test_what_passes_is_cosmetic(rule):
    one, other = COSMETIC[rule]
    [(severity, used)] = classes([stream(one)], [stream(other)])
    assert severity == "cosmetic"
    assert rule in used


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # a result that has a unit is no duration of the cell's: it says nothing about time
        ("mean delay 1.2 s", "mean delay 1.9 s"),
        # and this one is longer than the cell took
        ("mean delivery time 35 min", "mean delivery time 36 min"),
        # a date in the data is not the time of the execution
        ("first order 2024-05-01 09:00:00", "first order 2024-05-01 18:00:00"),
        ("opens at 09:00:00", "opens at 10:00:00"),
        ("09:40:00  12 riders", "18:40:00  12 riders"),
        ("accuracy 0.84", "accuracy 0.85"),
        ("['a', 'b']", "['b', 'a']"),
        ("3 rows", "3 rows\nand one more line"),
        ("", "something"),
    ],
)
def test_what_says_something_is_real(before, after):
    assert [severity for severity, _ in classes([stream(before)], [stream(after)])] == ["real"]


# Where the zone is known a table of hours passes by a chance of 1 in 300, not of 1 in 7.
@pytest.mark.parametrize(
    ("offset", "before", "after", "severity"),
    [
        (7200.0, "12:00:01 INFO ready", "12:00:00 INFO ready", "cosmetic"),
        (7200.0, "10:00:01 INFO ready", "12:00:02 INFO ready", "cosmetic"),
        (7200.0, "11:00:01  12 riders", "12:00:02  12 riders", "real"),
        (7200.0, "12:15:00  12 riders", "12:30:00  12 riders", "real"),
        (0.0, "23:59:59  12 riders", "10:00:00  12 riders", "real"),
    ],
)
def test_a_log_tells_the_time_of_its_own_zone_or_utc(offset, before, after, severity):
    moments = tuple(moment._replace(offset=offset) for moment in MOMENTS)
    [each] = compare_outputs([stream(before)], [stream(after)], moments, lambda *_: None)
    assert each.severity == severity


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([stream("0.8434210001")], [stream("0.8434210002")], ["within tolerance"]),
        # pieces of one stream, and streams mixed in another order, are the same text
        ([stream("a\n"), stream("b\n")], [stream("a\nb\n")], []),
        (
            [stream("a\n"), stream("w\n", "stderr"), stream("b\n")],
            [stream("a\nb\n"), stream("w\n", "stderr")],
            [],
        ),
        # workers warn in the order in which they get there
        ([stream("w1\nw2\n", "stderr")], [stream("w2\nw1\n", "stderr")], ["cosmetic"]),
        ([shown(text_plain="1.0")], [shown(text_plain="2.0")], ["real"]),
        ([shown(text_plain="1.0")], [], ["real"]),
        (
            [shown(text_html="<b id='x'>1.5</b>")],
            [shown(text_html="<b id='y'>1.5</b>")],
            [],
        ),
    ],
)
def test_outputs_are_compared_kind_by_kind(before, after, expected):
    assert [severity for severity, _ in classes(before, after)] == expected


@pytest.mark.parametrize(
    ("apart", "severity"),
    [(0.0, "cosmetic"), (0.001, "within tolerance"), (0.2, "real"), (None, "real")],
)
def test_pictures_are_classed_by_their_distance(apart, severity):
    before, after = [shown(image_png="a")], [shown(image_png="b")]
    assert [found for found, _ in classes(before, after, lambda one, other: apart)] == [severity]
