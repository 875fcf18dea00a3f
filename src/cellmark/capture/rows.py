"""Rows: a digest of each row, so that a later Run can say how many rows changed, and which."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from cellmark.store.objects import put

__all__ = ["row_digests"]

# Cells of a table; more would take longer than a cell may be kept waiting.
_LIMIT = 200_000


def row_digests(value: Any, folder: Path) -> tuple[str, int] | None:
    """Keep 8 bytes for each row of a pandas frame in the store; the object's digest and size.

    None for what is no pandas frame, is large, or holds values that have no hash.
    """
    pandas = sys.modules.get("pandas")
    if pandas is None or not isinstance(value, pandas.DataFrame) or not 0 < value.size <= _LIMIT:
        return None
    try:
        hashes = pandas.util.hash_pandas_object(value, index=False)
    except TypeError:
        return None
    try:
        return put(folder, hashes.to_numpy().astype("<u8").tobytes())
    except OSError:  # a full disk; the Fingerprint still tells whether the frame changed
        return None
