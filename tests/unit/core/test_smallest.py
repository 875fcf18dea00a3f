"""The fewest changes that make a difference, and how many trials that takes."""

from __future__ import annotations

import itertools

import pytest

from cellmark.core.smallest import Spent, smallest

CHANGES = [f"p{at}" for at in range(16)]


def found(guilty, most=1000, broken=()):
    """What is found where all of `guilty` together make it; trials; whether it is sure."""
    trials = itertools.count()
    tried = 0

    def outcome(some):
        nonlocal tried
        tried = next(trials) + 1
        if tried > most:
            raise Spent
        if any(len(some & set(pair)) == 1 for pair in broken):
            return "unresolved"
        return "differs" if guilty <= some else "same"

    left, sure = smallest(CHANGES, outcome)
    return set(left), tried, sure


@pytest.mark.parametrize("guilty", CHANGES)
def test_one_is_found_by_halves(guilty):
    left, tried, sure = found({guilty})
    assert (left, sure) == ({guilty}, True)
    assert tried <= 8


@pytest.mark.parametrize("guilty", [{"p0", "p15"}, {"p3", "p4"}, {"p1", "p7", "p12"}])
def test_those_that_make_it_together_are_found_together(guilty):
    left, tried, sure = found(guilty)
    assert (left, sure) == (guilty, True)
    assert tried < 80


def test_mixtures_that_can_not_be_tried_are_passed_over():
    left, _, sure = found({"p5"}, broken=[("p4", "p5")])
    assert (left, sure) == ({"p4", "p5"}, True)


def test_it_stops_where_no_more_may_be_tried():
    left, _, sure = found({"p0", "p15"}, most=3)
    assert {"p0", "p15"} <= left
    assert not sure


def test_a_single_change_needs_no_trial():
    assert smallest(["p"], lambda _: pytest.fail("tried")) == (("p",), True)
