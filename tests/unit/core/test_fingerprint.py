"""The noun; its computation is tested with capture."""

from __future__ import annotations

import pytest

from cellmark.core.fingerprint import Fingerprint


@pytest.mark.parametrize(
    ("shape", "rows", "width"), [((7, 3), 7, 3), ((7,), 7, 1), ((7, 3, 2), 7, 3)]
)
def test_rows_and_width(shape, rows, width):
    found = Fingerprint(digest="d", kind="array", shape=shape, columns=())
    assert (found.rows, found.width) == (rows, width)
