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
    "eval with a name": """
        k = df["income"].median()
        df["extra"] = df.eval("income / @k")
        """,
    "replace": """
        df["extra"] = df["city"].replace({"Bern": "1", "Oslo": "2", "Rome": "3"}).astype(int)
        """,
    "select": """
        df["extra"] = np.select([df["visits"] > 6, df["visits"] > 3], [2, 1], default=0)
        """,
    "where": 'df["extra"] = np.where(df["income"] > df["income"].quantile(.8), 1, 0)',
    "where and mask": """
        df["extra"] = df["income"].where(df["visits"] > 3, 0).mask(df["age"] > 60, -1)
        """,
    "digitize": 'df["extra"] = np.digitize(df["income"], [2000, 3000, 4000])',
    "digitize by quantiles": """
        df["extra"] = np.digitize(df["income"], df["income"].quantile([.25, .5, .75]))
        """,
    "searchsorted": """
        edges = np.sort(df["income"].sample(10, random_state=0).to_numpy())
        df["extra"] = np.searchsorted(edges, df["income"])
        """,
    "parts of dates": """
        d = df["joined"].dt
        df["extra"] = d.year * 100 + d.quarter * 10 + d.day_of_week + d.is_month_end
        """,
    "days since a date": """
        df["extra"] = (pd.Timestamp("2023-01-01") - df["joined"]) / pd.Timedelta(days=1)
        """,
    "dates read from text": """
        text = df["joined"].astype(str)
        df["extra"] = pd.to_datetime(text).dt.day
        """,
    "parts of texts": """
        parts = (df["city"] + " " + df["job"].fillna("none")).str.split(" ", expand=True)
        df["extra"] = parts[0].str.upper().str.len() + parts[1].str.contains("a").astype(int)
        """,
    "extracted from texts": """
        df["extra"] = df["city"].str.extract("^(.)")[0].map({"B": 0, "O": 1, "R": 2})
        """,
    "logarithm": 'df["extra"] = np.log1p(df["income"].clip(lower=0))',
    "interaction": 'df["extra"] = df["income"] * df["visits"] + df["age"].isna()',
    "winsorised": """
        lo, hi = np.percentile(df["income"], [5, 95])
        df["extra"] = np.clip(df["income"], lo, hi)
        """,
    "columns beside each other": """
        more = pd.concat([df["income"] * 2, df["visits"].rename("v")], axis=1)
        df["extra"] = more["income"] + more["v"]
        """,
    "missing anywhere": 'df["extra"] = df.isna().sum(axis=1)',
    "chain": """
        df = (
            df.rename(columns=str.lower)
            .assign(age=lambda d: d["age"].fillna(d["age"].median()))
            .assign(extra=lambda d: (d["age"] - d["age"].mean()) / d["age"].std())
        )
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
