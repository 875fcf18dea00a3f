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
    # spread over the rows
    "group mean of each row": """
        df["extra"] = df["income"] - df.groupby("city")["income"].transform("mean")
        """,
    "group statistics of each row": """
        by = df.groupby("city")
        spread = by["income"].transform("std") / by["income"].transform("median")
        df["extra"] = spread + by["age"].transform("count") + by["job"].transform("nunique")
        """,
    "group sizes": 'df["extra"] = df.groupby("job")["income"].transform("size")',
    "group statistics by numpy": """
        df["extra"] = df.groupby("city").income.transform(np.mean)
        """,
    "groups of two keys": """
        df["extra"] = df.groupby(["city", "job"])["income"].transform("max")
        """,
    "groups of an expression": """
        df["extra"] = df["income"].groupby(df["visits"] > 3).transform("sum")
        """,
    "several columns of a group": """
        both = df.groupby("city")[["income", "visits"]].transform("mean")
        df["extra"] = both["income"] / both["visits"]
        """,
    "the target by group, spread": """
        df["extra"] = df.groupby("city")["bought"].transform("count")
        """,
    "filled by group": """
        df["age"] = df["age"].fillna(df.groupby("city")["age"].transform("median"))
        df["extra"] = df["age"]
        """,
    "filled by group, else by all": """
        by_both = df.groupby(["city", "job"])["age"].transform("median")
        df["age"] = df["age"].fillna(by_both).fillna(df["age"].median())
        df["extra"] = df["age"]
        """,
    "filled by group in a loop": """
        for c in ["age", "income"]:
            df[c] = df[c].fillna(df.groupby("city")[c].transform("mean"))
        df["extra"] = df["age"] + df["income"]
        """,
    "first of the group": """
        df["extra"] = (df.groupby("city")["job"].transform("first") == df["job"]).astype(int)
        """,
    "mean and deviation of a group": """
        mean = df.groupby("city")["income"].transform("mean")
        std = df.groupby("city")["income"].transform("std")
        df["extra"] = (df["income"] - mean) / std
        """,
    # functions of each group
    "filled by group in a lambda": """
        df["extra"] = df.groupby("city")["age"].transform(lambda s: s.fillna(s.median()))
        """,
    "scaled by group in a lambda": """
        df["extra"] = df.groupby("city")["income"].transform(lambda s: (s - s.mean()) / s.std())
        """,
    "range of the group in a lambda": """
        df["extra"] = df.groupby("city")["income"].transform(lambda s: s.max() - s.min())
        """,
    "mode of the group in a lambda": """
        common = df.groupby("city")["job"].transform(lambda s: s.mode()[0])
        df["extra"] = (common == df["job"]).astype(int)
        """,
    "filled by group in a function": """
        def fill(s):
            return s.fillna(s.mean())
        df["extra"] = df.groupby("city")["age"].transform(fill)
        """,
    "applied to each group": """
        by = df.groupby("city", group_keys=False)
        df["extra"] = by["income"].apply(lambda s: s - s.mean())
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
