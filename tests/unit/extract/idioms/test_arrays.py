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
    "column of an array in place": """
        X = df[["income", "visits"]].to_numpy(dtype=float, copy=True)
        X[:, 0] -= X[:, 0].mean()
        X[:, 1] /= X[:, 1].max()
        df["extra"] = X[:, 0] + X[:, 1]
        """,
    "view of a column": """
        X = df[["income", "visits"]].to_numpy(dtype=float, copy=True)
        first = X[:, 0]
        first -= first.min()
        df["extra"] = X.sum(axis=1)
        """,
    "all columns scaled": """
        X = df[["income", "visits"]].values
        X = (X - X.mean(axis=0)) / X.std(axis=0)
        df["extra"] = X[:, 1]
        """,
    "columns stacked": """
        X = np.c_[df["income"], df["visits"]]
        X = np.hstack([X, (X[:, 0] * X[:, 1]).reshape(-1, 1)])
        df["extra"] = X[:, 2] / np.abs(X).max(axis=0)[2]
        """,
    "missing in an array": """
        X = df[["age", "income"]].to_numpy(dtype=float, copy=True)
        X = np.where(np.isnan(X), np.nanmean(X, axis=0), X)
        df["extra"] = X[:, 0]
        """,
    "from an array to a frame": """
        X = pd.DataFrame(np.log1p(df[["visits"]].values), columns=["lv"], index=df.index)
        df["extra"] = X["lv"] - X["lv"].mean()
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
