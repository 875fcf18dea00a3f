"""Changes in place: by item, by alias, by view, by `inplace` and `out`."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "inplace": """
        df.fillna({"age": df["age"].mean()}, inplace=True)
        df["extra"] = df["age"]
        """,
    "alias": """
        frame = df
        frame["extra"] = frame["income"] - frame["income"].min()
        """,
    "array in place": """
        v = df["income"].to_numpy(copy=True)
        v -= v.mean()
        df["extra"] = v
        """,
    "out=": """
        a = df[["income"]].to_numpy(copy=True)
        np.subtract(a, a.mean(axis=0), out=a)
        df["extra"] = a
        """,
    "loc": """
        df["extra"] = 0
        df.loc[df["income"] > df["income"].quantile(0.9), "extra"] = 1
        """,
    "del": """
        df["tmp"] = df["income"] * 2
        df["extra"] = df["tmp"] - df["tmp"].mean()
        del df["tmp"]
        """,
    "loop over columns": """
        for c in ["age", "income"]:
            df[c] = (df[c] - df[c].mean()) / df[c].std()
        df["extra"] = 0
        """,
    "loop over numeric columns": """
        for c in df.select_dtypes("number").columns:
            df[c] = df[c].fillna(df[c].median())
        df["extra"] = 0
        """,
    "list changed by statements": """
        cols = ["age"]
        cols.append("income")
        cols += ["visits"]
        df["extra"] = df[cols].sum(axis=1)
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
