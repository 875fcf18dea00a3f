"""Functions of the notebook's own, called with rows or called back."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "class with a state": """
        class Centre:
            def fit(self, s):
                self.m = s.mean()
                return self
            def transform(self, s):
                return s - self.m
        t = Centre().fit(df["income"])
        df["extra"] = t.transform(df["income"])
        """,
    "class with a state and verbs of its own": """
        class Centre:
            def learn(self, s):
                self.m = s.mean()
            def apply(self, s):
                return s - self.m
        t = Centre()
        t.learn(df["income"])
        df["extra"] = t.apply(df["income"])
        """,
    "function": """
        def scale(s):
            return (s - s.min()) / (s.max() - s.min())
        df["extra"] = scale(df["income"])
        """,
    "function that changes its argument": """
        def add(d):
            d["extra"] = d["income"] - d["income"].median()
        add(df)
        """,
    "function reads a statistic": """
        m = df["income"].mean()
        def centre(s):
            return s - m
        df["extra"] = centre(df["income"])
        """,
    "function reads a list that changes after it": """
        cols = ["age"]
        def total(d):
            return d[cols].sum(axis=1)
        cols.append("income")
        df["extra"] = total(df)
        """,
    "function that calls itself": """
        def doubled(s, n):
            return s if n == 0 else doubled(s * 2, n - 1)
        df["extra"] = doubled(df["income"], 3)
        """,
    "decorated function": """
        import functools
        def logged(f):
            @functools.wraps(f)
            def inner(*a, **k):
                return f(*a, **k)
            return inner
        @logged
        def ratio(d):
            return d["income"] / (d["visits"] + 1)
        df["extra"] = ratio(df)
        """,
    "global statement": """
        def note(d):
            global NOTED
            NOTED = d["income"].mean()
        note(df)
        df["extra"] = df["income"] - NOTED
        """,
    "pipe": """
        def add(d, k):
            return d.assign(extra=d["income"] * k)
        df = df.pipe(add, 2)
        """,
    "partial": """
        from functools import partial
        fill = partial(pd.Series.fillna, value=df["age"].mean())
        df["extra"] = fill(df["age"])
        """,
    # lambdas that are given rows
    "assign with a mean": 'df = df.assign(extra=lambda d: d["income"] - d["income"].mean())',
    "assign, one after the other": """
        df = df.assign(half=lambda d: d["income"] / 2, extra=lambda d: d["half"] - d["half"].min())
        """,
    "pipe with a lambda": """
        df = df.pipe(lambda d: d.assign(extra=d["income"] / d["income"].max()))
        """,
    "lambda over columns": """
        cols = ["age", "income"]
        df[cols] = df[cols].apply(lambda s: s.fillna(s.mean()))
        df["extra"] = 0
        """,
    "lambda that scales columns": """
        cols = ["income", "visits"]
        df[cols] = df[cols].apply(lambda s: (s - s.mean()) / s.std())
        df["extra"] = 0
        """,
    "lambda in transform": """
        df["extra"] = df[["income"]].transform(lambda s: s / s.max())["income"]
        """,
    "lambda as a condition": """
        df["extra"] = df["income"].where(lambda s: s > s.median(), 0)
        """,
    "lambda in a loop": """
        for c in ["age", "income"]:
            df[c] = df[c].pipe(lambda s: s.fillna(s.median()))
        df["extra"] = 0
        """,
    "lambda in a lambda": """
        df = df.pipe(lambda d: d.assign(extra=lambda e: e["income"] - e["income"].mean()))
        """,
    "named lambda": """
        centre = lambda s: s - s.mean()
        df["extra"] = centre(df["income"])
        """,
    "named lambda for two columns": """
        centre = lambda s: s - s.mean()
        df["extra"] = centre(df["income"])
        df["visits"] = centre(df["visits"])
        """,
    "named lambda over columns": """
        centre = lambda s: s - s.mean()
        df[["income", "visits"]] = df[["income", "visits"]].apply(centre)
        df["extra"] = 0
        """,
    "named lambda for each value": """
        m = df["income"].mean()
        centre = lambda v: v - m
        df["extra"] = df["income"].map(centre)
        """,
    "codes by a lambda over columns": """
        df[["city", "job"]] = df[["city", "job"]].apply(lambda s: pd.factorize(s)[0])
        df["extra"] = df["city"] * 10 + df["job"]
        """,
    # functions called several times
    "function for two columns": """
        def scale(s):
            return (s - s.min()) / (s.max() - s.min())
        df["extra"] = scale(df["income"])
        df["visits"] = scale(df["visits"])
        """,
    "function for each column by name": """
        def impute(d, col):
            return d[col].fillna(d[col].median())
        for c in ["age", "income"]:
            df[c] = impute(df, c)
        df["extra"] = 0
        """,
    "function for each column": """
        def scale(s, by=1.0):
            low = s.min()
            return (s - low) / (s.max() - low) * by
        for c in ["age", "income", "visits"]:
            df[c] = scale(df[c], by=2.0)
        df["extra"] = 0
        """,
    "function with a switch": """
        def fill(d, col, how="mean"):
            if how == "mean":
                return d[col].fillna(d[col].mean())
            return d[col].fillna(d[col].median())
        df["extra"] = fill(df, "age") - fill(df, "age", how="median")
        df["age"] = fill(df, col="age")
        """,
    "functions in functions, twice": """
        def centre(s):
            return s - s.mean()
        def both(d):
            d["income"] = centre(d["income"])
            d["extra"] = centre(d["visits"])
            return d
        df = both(df)
        """,
    "encoder in a function for two columns": """
        def encode(s):
            return LabelEncoder().fit_transform(s.astype(str))
        df["city"] = encode(df["city"])
        df["job"] = encode(df["job"])
        df["extra"] = df["city"] + df["job"]
        """,
    # functions called back
    "piped function with a mean": """
        def add(d):
            d["extra"] = d["income"] - d["income"].mean()
            return d
        df = df.pipe(add)
        """,
    "function over columns": """
        def fill(s):
            return s.fillna(s.median())
        df[["age", "income"]] = df[["age", "income"]].apply(fill)
        df["extra"] = 0
        """,
    "assigned function": """
        def over(d):
            return d["income"] / d["income"].max()
        df = df.assign(extra=over)
        """,
    "function called back reads a statistic": """
        m = df["income"].mean()
        def centre(v):
            return v - m if v > 0 else m
        df["extra"] = df["income"].map(centre)
        """,
    "function for each row reads a table": """
        means = df.groupby("city")["income"].mean()
        limits = {"low": df["income"].quantile(.1)}
        def ratio(r):
            return max(r["income"], limits["low"]) / means[r["city"]]
        df["extra"] = df.apply(ratio, axis=1)
        """,
    "function called back calls another": """
        q = df["income"].quantile([.1, .9])
        def inside(v):
            return min(v, q[.9])
        def clip(v):
            return max(inside(v), q[.1])
        df["extra"] = df["income"].apply(clip)
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
