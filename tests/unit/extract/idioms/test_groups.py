"""Statistics by group: kept as tables by group, looked up by each row."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "group means": """
        means = df.groupby("city")["income"].mean()
        df["extra"] = df["city"].map(means)
        """,
    "group means merged": """
        agg = df.groupby("city", as_index=False)["income"].mean()
        agg = agg.rename(columns={"income": "extra"})
        df = df.merge(agg, on="city", how="left")
        """,
    "pivot table joined": """
        p = df.pivot_table(index="city", values="income", aggfunc="mean")
        df = df.join(p.rename(columns={"income": "extra"}), on="city")
        """,
    "share of the target by group": """
        means = df.groupby("city")["bought"].apply(lambda s: (s == "yes").mean())
        df["extra"] = df["city"].map(means)
        """,
    "frequencies": 'df["extra"] = df["city"].map(df["city"].value_counts(normalize=True))',
    "frequent values": """
        top = df["job"].value_counts().nlargest(2).index
        codes = {"baker": 0, "clerk": 1, "nurse": 2, "pilot": 3, "other": 4}
        df["extra"] = df["job"].where(df["job"].isin(top), "other").map(codes)
        """,
    "loop over groups by name": """
        df["extra"] = 0.0
        for city in df["city"].unique():
            m = df["city"] == city
            df.loc[m, "extra"] = df.loc[m, "income"].mean()
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
