import math

import numpy as np
import pytest
from scipy import stats

from cellmark_runtime.monitoring.comparison import (
    chi_threshold,
    compare,
    ks_threshold,
    p_of_chi,
    p_of_ks,
)
from cellmark_runtime.types.profile import CategoryProfile, NumberProfile

NUMBER = NumberProfile("x", tuple(range(9)), (100,) * 10, 0)
LEVELS = CategoryProfile("x", ("a", "b"), (600, 400), 0, 0)


def test_the_same_shares_do_not_differ():
    found = compare(NUMBER, NUMBER.bins, [10] * 10 + [0])
    assert (found.ks, found.ecdf) == (0, 0)
    assert found.chi < -3
    assert found.psi < 0.01


def test_chi_square_is_scipys():
    """The transform keeps the order and, in the middle, the p-value to a few percent."""
    window = [50, 61, 38, 55, 47, 52, 49, 60, 41, 47]
    (_, p, _, _) = stats.chi2_contingency([NUMBER.counts, window])
    found = compare(NUMBER, NUMBER.bins, [*window, 0])
    assert p_of_chi(found.chi) == pytest.approx(p, rel=0.02)


def test_kolmogorov_is_scipys_distance():
    rng = np.random.default_rng(1)
    left, right = rng.integers(0, 10, 1000), rng.integers(1, 10, 300)
    counts = [np.bincount(each, minlength=10).tolist() for each in (left, right)]
    found = compare(NUMBER, [*counts[0], 7], [*counts[1], 3])
    expected = stats.ks_2samp(left, right).statistic
    assert found.ecdf == pytest.approx(expected)
    assert found.ks == pytest.approx(expected / math.sqrt(1 / 1000 + 1 / 300))


@pytest.mark.parametrize(
    ("feature", "window"),
    [
        (NUMBER, [90] * 10 + [100]),
        (LEVELS, [540, 360, 0, 100]),
        (LEVELS, [540, 360, 100, 0]),
    ],
)
def test_what_training_never_had_is_seen(feature, window):
    found = compare(feature, feature.bins, window)
    assert found.chi > 6
    assert found.psi > 0.2


def test_a_little_of_what_a_large_training_set_never_had_is_seen():
    large = CategoryProfile("x", ("a", "b"), (36_000, 24_000), 0, 0)
    found = compare(large, large.bins, [580, 390, 30, 0])
    assert found.chi > 10
    assert found.psi > 0.1


@pytest.mark.parametrize("window", [[0] * 11, [0] * 10 + [5]])
def test_next_to_nothing_says_nothing(window):
    assert compare(NUMBER, [0] * 11, window)[:2] == (0, 0)


@pytest.mark.parametrize("p", [0.05, 1e-4])
def test_thresholds_and_p_values_are_inverse(p):
    assert p_of_chi(chi_threshold(p)) == pytest.approx(p)
    assert p_of_ks(ks_threshold(p)) == pytest.approx(p)
