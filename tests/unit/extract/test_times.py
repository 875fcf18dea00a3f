import numpy as np
import pandas as pd
import pytest

from cellmark.extract.proof.times import times_of

DAYS = pd.Series(pd.date_range("2026-01-01", periods=20).repeat(30))


@pytest.mark.parametrize(
    "column",
    [
        DAYS,
        DAYS.dt.tz_localize("Europe/Berlin"),
        DAYS.dt.strftime("%Y-%m-%d"),
        DAYS.dt.strftime("%Y-%m-%dT%H:%M:%SZ"),
        DAYS.where(DAYS.index % 7 != 0),
    ],
)
def test_times_and_iso_dates_are_found(column):
    frame = pd.DataFrame({"x": 1.0, "text": "2026", "when": column.to_numpy()})
    found = times_of(frame.assign(when=column))
    assert found.name == "when"
    assert found.dt.floor("D").nunique() in (20, 21)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series(np.arange(600)),
        pd.Series(["2026-13-45"] * 600),
        pd.Series(pd.date_range("1950-01-01", periods=600)),
        pd.Series(pd.date_range("2026-01-01", periods=9).repeat(70)),
        pd.Series([None] * 600),
        pd.Series(pd.date_range("2026-01-01", periods=20, freq="h").repeat(30)),
    ],
)
def test_other_columns_are_not(column):
    assert times_of(column.to_frame("when")) is None


def test_of_several_the_one_whose_days_are_fuller():
    born = pd.Series(pd.date_range("1950-01-01", periods=30).repeat(20))
    assert times_of(pd.DataFrame({"born": born, "when": DAYS})).name == "when"
