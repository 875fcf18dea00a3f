from collections import Counter

import msgspec
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellmark_runtime.monitoring.profile import build_profile
from cellmark_runtime.types.profile import CategoryProfile, NumberProfile, ReferenceProfile
from cellmark_runtime.types.signature import Field, Output, Signature


def profile_of(values, kind="number", **column):
    frame = pd.DataFrame({"x": pd.Series(values, **column)})
    signature = Signature((Field("x", kind, "any"),), Output("other", "number"))
    profile = build_profile(frame, signature)
    assert profile.rows == len(frame)
    return profile.features[0]


def test_twenty_quantile_bins():
    found = profile_of(range(1000))
    assert (len(found.edges), len(found.counts)) == (19, 20)
    assert set(found.counts) == {50}


@given(st.lists(st.none() | st.floats(-1e6, 1e6) | st.integers(0, 3), max_size=300))
@settings(deadline=None)
def test_every_row_is_counted_once_and_no_bin_is_small(values):
    found = profile_of(values, dtype="float64")
    present = [value for value in values if value is not None]
    assert sum(found.counts) == len(present)
    assert found.missing == len(values) - len(present)
    assert list(found.edges) == sorted(set(found.edges))
    assert len(found.counts) == len(found.edges) + 1
    if len(present) >= 5:
        assert min(found.counts) >= 5
    assert not present or max(present) not in found.edges


def test_extremes_stay_private():
    salaries = [*range(1000, 1100), 10_000_000]
    assert max(profile_of(salaries).edges) < 1100


def test_rare_levels_go_together():
    found = profile_of(["a"] * 9 + ["b"] * 5 + ["rare"] * 4 + [None, "one"], kind="string")
    assert found == CategoryProfile("x", ("a", "b"), (9, 5), other=5, missing=1)


def test_only_the_most_frequent_levels_are_named():
    found = profile_of([f"level {n % 50:02}" for n in range(1000)], kind="string")
    assert (len(found.levels), found.other) == (20, 600)
    assert found.levels[0] == "level 00"


@pytest.mark.parametrize(
    ("values", "kind", "levels"),
    [([True, False] * 5, "boolean", ("false", "true")), ([None] * 5, "string", ())],
)
def test_levels_are_text(values, kind, levels):
    assert profile_of(values, kind=kind, dtype=object).levels == levels


COLUMNS = {
    "truths, numbers and texts": pd.Series([True, 1, 1.0, "1", "true", None] * 6, dtype=object),
    "numpy's among Python's": pd.Series([np.int64(1), 1, np.bool_(True), True] * 6, dtype=object),
    "lists": pd.Series([[1], [1], [2]] * 6, dtype=object),
    "dates": pd.Series([pd.Timestamp("2024-01-05"), None] * 6),
    "categories, one of them never there": pd.Series(
        pd.Categorical(["a", "b", None] * 6, categories=["a", "b", "c"])
    ),
    "truths that may be missing": pd.Series([True, None] * 6, dtype="boolean"),
    "whole numbers": pd.Series([3, 4, 3] * 6),
}


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS.keys())
def test_counts_are_those_of_each_value_as_text(column):
    def text(value):
        return str(value).lower() if isinstance(value, bool | np.bool_) else str(value)

    expected = Counter(text(value) for value in column.astype(object) if not _gone(value))
    found = profile_of(column, kind="string")
    assert dict(zip(found.levels, found.counts, strict=True)) == expected
    assert (found.other, found.missing) == (0, len(column) - expected.total())


def _gone(value):
    return not isinstance(value, list) and pd.isna(value)


def test_dates_are_seconds():
    found = profile_of(pd.date_range("2024-01-01", periods=40, freq="D"), kind="datetime")
    assert isinstance(found, NumberProfile)
    assert found.edges[0] == pd.Timestamp("2024-01-05").timestamp()


@pytest.mark.parametrize(
    ("scores", "kind"), [(np.linspace(0, 1, 60), NumberProfile), (["a", "b"] * 30, CategoryProfile)]
)
def test_scores_are_counted_and_the_profile_round_trips(scores, kind, frame, model):
    profile = build_profile(frame, model.signature, scores)
    assert isinstance(profile.scores, kind)
    assert msgspec.json.decode(msgspec.json.encode(profile), type=ReferenceProfile) == profile
    assert [feature.name for feature in profile.features] == ["plan", "age", "visits", "active"]
