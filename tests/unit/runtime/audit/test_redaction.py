"""What is kept of a column: a value's bin is the one that monitoring counts it in."""

import math

import pytest

from cellmark_runtime.audit.redaction import Keeper
from cellmark_runtime.types.profile import CategoryProfile, NumberProfile, ReferenceProfile

PROFILE = ReferenceProfile(
    rows=9,
    features=(
        NumberProfile("age", (20.0, 40.0), (3, 3, 3), 0),
        NumberProfile("since", (0.0, 86400.0), (3, 3, 3), 0),
        CategoryProfile("active", ("false", "true"), (4, 5), 0, 0),
        CategoryProfile("plan", ("max", "pro"), (4, 5), 0, 0),
    ),
)
NAMES = [each.name for each in PROFILE.features]


@pytest.mark.parametrize(
    ("column", "value", "kept"),
    [
        ("age", math.nan, None),
        ("age", None, None),
        ("age", -math.inf, "(-inf, 20.0]"),
        ("age", 20, "(-inf, 20.0]"),
        ("age", 20.5, "(20.0, 40.0]"),
        ("age", math.inf, "(40.0, inf)"),
        ("since", "1970-01-01T12:00:00", "(0.0, 86400.0]"),
        ("active", True, "true"),
        ("plan", "pro", "pro"),
        ("plan", "Anna's own", "(other)"),
    ],
)
def test_of_a_value_its_bin_is_kept(column, value, kept):
    keeper = Keeper(NAMES, dict.fromkeys(NAMES, "bucket"), PROFILE, b"secret")
    assert keeper.kept({column: value}) == {column: kept}
