"""Where two trails first part."""

from __future__ import annotations

import pytest

from cellmark.core.step import Step, first_departure, first_new
from cellmark.core.value import Value


def step(cell, line, source, drew=(), **values):
    told = {name: Value("number", repr(value)) for name, value in values.items()}
    return Step(cell=cell, cell_id=f"c{cell}", line=line, source=source, values=told, drew=drew)


BEFORE = [
    step(1, 1, "a = 1", a=1.0),
    step(2, 1, "b = a + 1", b=2.0),
    step(3, 1, "print(b)", b=2.0),
]


@pytest.mark.parametrize(
    ("after", "place"),
    [
        (BEFORE, None),
        # another value at the same statement
        ([BEFORE[0], step(2, 1, "b = a + 1", b=2.5), BEFORE[2]], (2, 1, "b")),
        # another statement that gives another value: it is named, not the one that shows it
        ([BEFORE[0], step(2, 1, "b = a + 2", b=3.0), step(3, 1, "print(b)", b=3.0)], (2, 1, "b")),
        # a new statement that changes nothing is passed over
        ([step(1, 1, "z = 9", z=9.0), *BEFORE], None),
        # of several new statements the one that touches the variable
        (
            [
                BEFORE[0],
                step(2, 1, "b = a + 1", b=2.0),
                step(2, 2, "b = b * 2", b=4.0),
                step(2, 3, "z = 1", z=1.0),
                step(3, 1, "print(b)", b=4.0),
            ],
            (2, 2, "b"),
        ),
        # nothing that both have reads it afterwards
        (
            [*BEFORE[:2], step(3, 1, "b = b - 1", b=1.0), step(3, 2, "print(b, b)", b=1.0)],
            (3, 1, "b"),
        ),
    ],
)
def test_the_first_departure_is_named(after, place):
    found = first_departure(BEFORE, after)
    assert (found and (found.cell, found.line, found.name)) == place


def test_what_a_new_statement_gives_is_named_before_what_was_made_of_it():
    trails = [
        [
            step(1, 1, f"noise = draw({seed})", noise=seed),
            step(1, 2, "table = table + noise", table=seed + 1),
        ]
        for seed in (3.0, 4.0)
    ]
    found = first_departure(*trails)
    assert (found.line, found.name, found.before, found.after) == (1, "noise", "3.0", "4.0")


def test_equal_statements_are_told_apart_by_their_turn():
    before = [step(1, 1, "a += 1", a=1.0), step(1, 2, "a += 1", a=2.0)]
    after = [step(1, 1, "a += 1", a=1.0), step(1, 2, "a += 1", a=3.0)]
    assert first_departure(before, after).line == 2


def test_a_tolerance_passes_over_the_last_bits():
    before, after = [step(1, 1, "a = f()", a=1.0)], [step(1, 1, "a = f()", a=1.0 + 1e-12)]
    assert first_departure(before, after) is not None
    assert first_departure(before, after, tolerance=1e-9) is None


def test_a_statement_that_only_shows_something_else_is_new():
    after = [*BEFORE[:2], step(3, 1, "print(-b)", b=2.0)]
    assert first_departure(BEFORE, after) is None
    assert first_new(BEFORE, after).source == "print(-b)"
    assert first_new(BEFORE, BEFORE) is None
