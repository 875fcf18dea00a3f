"""Shares of few trials. Reference values: Newcombe, Statistics in Medicine 17 (1998), table I."""

from __future__ import annotations

import pytest

from cellmark.core.proportion import proportion


@pytest.mark.parametrize(
    ("held", "trials", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(held, trials, low, high):
    found = proportion(held, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_all_that_held_leaves_room_below():
    found = proportion(5, 5)
    assert found.high == 1.0
    assert found.low == pytest.approx(0.5655, abs=5e-5)


@pytest.mark.parametrize(("held", "trials"), [(0, 0), (2, 1), (-1, 3)])
def test_what_is_no_share_is_refused(held, trials):
    with pytest.raises(ValueError, match="trials"):
        proportion(held, trials)
