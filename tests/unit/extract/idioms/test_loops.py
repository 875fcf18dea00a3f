"""Loops over rows, counted anew in every request."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "rows appended": """
        out = []
        for i, row in df.iterrows():
            out.append(row["income"] * 2)
        df["extra"] = out
        """,
    "rows by number": """
        df["extra"] = 0.0
        for i in range(len(df)):
            df.loc[i, "extra"] = df.loc[i, "income"] - df["income"].mean()
        """,
    "rows by number in a function": """
        def add(d):
            d["extra"] = 0.0
            for i in range(d.shape[0]):
                d.loc[i, "extra"] = d.loc[i, "income"] - d["income"].mean()
            return d
        df = add(df)
        """,
    "a test that was false for every training row": """
        def grade(v):
            if v > 1e6:
                return 1
            return 0
        df["extra"] = 0
        for i in range(len(df)):
            df.loc[i, "extra"] = grade(df.loc[i, "income"])
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
