"""Arrays: as long as the rows, beside columns, by view and by position."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "zeros, then some": """
        k = np.zeros(len(df))
        k[df["visits"] > 3] = 1
        df["extra"] = k
        """,
    "ones beside columns": """
        both = np.column_stack([df["income"], np.ones(df.shape[0])])
        df["extra"] = both.sum(axis=1)
        """,
    "a mean for each": 'df["extra"] = np.full((len(df), 1), df["income"].mean()) - 3',
    "reshaped": 'df["extra"] = df["income"].values.reshape(len(df), 1)',
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
