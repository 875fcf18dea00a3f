"""What is right row by row as its author wrote it."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "map": 'df["extra"] = df["city"].map({"Bern": 1, "Oslo": 2, "Rome": 3})',
    "lambda": 'df["extra"] = df["income"].apply(lambda v: v * 2)',
    "lambda with a mean": """
        m = df["income"].mean()
        df["extra"] = df["income"].apply(lambda v: v - m)
        """,
    "apply along rows": """
        df["extra"] = df.apply(lambda r: r["income"] / (r["visits"] + 1), axis=1)
        """,
    "assign": 'df = df.assign(extra=lambda d: d["income"] / (d["visits"] + 1))',
    "eval": 'df["extra"] = df.eval("income / (visits + 1)")',
    "dates": 'df["extra"] = df["joined"].dt.month',
    "texts": 'df["extra"] = df["city"].str.len()',
    "isin": 'df["extra"] = df["city"].isin(["Bern"]).astype(int)',
    "sum across": 'df["extra"] = df[["income", "visits"]].sum(axis=1)',
    "list comprehension": 'df["extra"] = [v * 2 for v in df["income"]]',
    "itertuples": 'df["extra"] = [r.income / (r.visits + 1) for r in df.itertuples()]',
    "columns unpacked from a matrix": """
        a, b = df[["income", "visits"]].values.T
        df["extra"] = a * b
        """,
    "lookup of the rows themselves": """
        known = dict(zip(df["income"], df["visits"]))
        df["extra"] = df["income"].map(known)
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
