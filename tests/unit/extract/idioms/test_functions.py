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
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
