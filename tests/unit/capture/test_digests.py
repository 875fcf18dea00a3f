"""What is remembered of variables."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from cellmark.capture.conditions import conditions
from cellmark.capture.digests import values_of
from cellmark.capture.rows import row_digests
from cellmark.core.value import is_close, is_same
from cellmark.store.objects import get


def value(thing, limit=200_000):
    return values_of(["x"], {"x": thing}, limit).get("x")


FRAME = pd.DataFrame({"a": [1.0, 2.0, np.nan], "b": ["u", "v", "w"]})
NUMBERS = np.linspace(0.1, 9.0, 500)


@pytest.mark.parametrize(
    ("one", "other", "same", "close"),
    [
        (1.0, 1.0, True, True),
        (1.0, 1.0 + 1e-12, False, True),
        (1.0, 1.001, False, False),
        ("a", "b", False, False),
        ([1, 2], [1, 3], False, False),
        (list(range(150)), list(range(150)), True, False),
        (list(range(150)), [*range(149), 0], False, False),
        (FRAME, FRAME.copy(), True, True),
        (FRAME, FRAME.assign(b=["u", "v", "z"]), False, False),
        (FRAME, FRAME.assign(a=[1.0, 2.5, np.nan]), False, False),
        (FRAME, FRAME.assign(a=[1.0, 2.0 + 4e-16, np.nan]), False, True),
        (NUMBERS, NUMBERS.copy(), True, True),
        (NUMBERS, NUMBERS * (1 + 1e-14), False, True),
        (NUMBERS, NUMBERS * (1 + 1e-7), False, False),
        (np.array([1, 2]), np.array([1, 3]), False, False),
    ],
)
def test_equal_is_equal_and_near_is_near(one, other, same, close):
    left, right = value(one), value(other)
    assert is_same(left, right) is same
    if not same:
        assert is_close(left, right, 1e-9) is close


class Opaque:
    """Has no text but where it lies, and can't be pickled."""

    __slots__ = ("lock",)

    def __reduce__(self):
        raise TypeError("not this one")


def test_where_an_object_lies_is_no_part_of_its_digest():
    one, other = (pd.DataFrame({"a": [0.5, 1.0], "b": [Opaque(), None]}) for _ in range(2))
    assert value(one) == value(other)


def test_what_is_too_large_is_remembered_by_its_shape_alone():
    found = value(NUMBERS, limit=10)
    assert (found.text, found.digest) == ("500", "")


def test_modules_functions_and_private_names_are_left_out():
    assert values_of(["np", "len", "_x"], {"np": np, "len": len, "_x": 1}) == {}


def test_each_row_has_a_digest_of_its_own(tmp_path):
    kept = [
        np.frombuffer(get(tmp_path, row_digests(frame, tmp_path)[0]), dtype="<u8")
        for frame in (FRAME, FRAME.assign(b=["u", "z", "w"]))
    ]
    assert (kept[0] != kept[1]).tolist() == [False, True, False]


def test_what_has_no_rows_to_hash_has_no_digests(tmp_path):
    assert row_digests(NUMBERS, tmp_path) is None
    assert row_digests(pd.DataFrame({"a": [[1], [2]]}), tmp_path) is None
    assert row_digests(FRAME.iloc[:0], tmp_path) is None


def test_conditions_say_what_is_set_and_always_the_time_zone():
    found = conditions({"LANG": "de_DE.UTF-8", "OMP_NUM_THREADS": "3"})
    assert (found["LANG"], found["OMP_NUM_THREADS"]) == ("de_DE.UTF-8", "3")
    assert found["PYTHONHASHSEED"] == ""
    assert found["TZ"]
    assert conditions({"TZ": "Asia/Tokyo"})["TZ"] == "Asia/Tokyo"
