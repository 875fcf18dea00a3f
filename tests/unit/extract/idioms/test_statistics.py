"""Statistics of the training rows: frozen where they stand."""

from __future__ import annotations

import pytest

from .conftest import Check

EXACT = {
    "mean": 'df["extra"] = df["age"].fillna(df["age"].mean())',
    "z-score": 'df["extra"] = (df["income"] - df["income"].mean()) / df["income"].std()',
    "z-score of scipy": """
        from scipy import stats
        df["extra"] = stats.zscore(df["income"], ddof=1)
        """,
    "z-scores of scipy, of an array": """
        from scipy.stats import zscore
        z = zscore(df[["income", "visits"]].to_numpy())
        df["income"], df["extra"] = z[:, 0], z[:, 1]
        """,
    "z-score of scipy, some missing": """
        from scipy import stats
        df["extra"] = stats.zscore(df["age"], nan_policy="omit")
        """,
    "statistics in names": """
        m, s = df["income"].mean(), df["income"].std()
        df["extra"] = (df["income"] - m) / s
        """,
    "two quantiles": """
        lo, hi = df["income"].quantile([0.05, 0.95])
        df["extra"] = df["income"].clip(lo, hi)
        """,
    "describe": """
        stats = df["income"].describe()
        df["extra"] = df["income"].clip(stats["25%"], stats["75%"])
        """,
    "interquartile range": """
        q1 = df["income"].quantile(.25)
        q3 = df["income"].quantile(.75)
        iqr = q3 - q1
        df["extra"] = df["income"].clip(q1 - 1.5 * iqr, q3 + 1.5 * iqr)
        """,
    "mode": """
        df["job"] = df["job"].fillna(df["job"].mode()[0])
        df["extra"] = (df["job"] == "nurse").astype(int)
        """,
    "several columns at once": """
        cols = ["age", "income"]
        df[cols] = df[cols].fillna(df[cols].mean())
        df["extra"] = 0
        """,
    "latest date": 'df["extra"] = (df["joined"].max() - df["joined"]).dt.days',
    "number of rows": 'df["extra"] = df["income"] / len(df) + df.shape[0]',
    "row of the maximum": """
        best = df["income"].idxmax()
        df["extra"] = df["income"] / df.loc[best, "income"]
        """,
    "walrus": 'df["extra"] = df["income"] - (m := df["income"].mean())',
    "chained assignment": 'df["extra"] = df["age"] = df["age"].fillna(df["age"].mean())',
    "two names at once": """
        lo = hi = df["income"].median()
        df["extra"] = df["income"] - lo + hi
        """,
    "branch on the training rows": """
        if df["age"].isna().any():
            df["extra"] = df["age"].fillna(df["age"].median())
        else:
            df["extra"] = df["age"]
        """,
    "choice of columns": """
        num = df[["age", "income", "visits"]]
        corr = num.corr()
        keep = [c for c in num.columns if abs(corr.loc["age", c]) < 2]
        df["extra"] = df[keep].sum(axis=1)
        """,
    "columns without much missing": """
        keep = df.columns[df.isna().mean() < 0.02]
        df["extra"] = df[[c for c in keep if c in ("income", "visits", "age")]].sum(axis=1)
        """,
    "columns by their variance": """
        num = df.select_dtypes("number").fillna(0)
        keep = num.columns[num.var() > 10]
        df["extra"] = num[keep].sum(axis=1)
        """,
    "columns by correlation": """
        corr = df[["age", "income", "visits"]].corr().abs()
        upper = corr.where(np.triu(np.ones(corr.shape), k=1).astype(bool))
        drop = [c for c in upper.columns if any(upper[c] > 0.9)]
        df["extra"] = df[["age", "income", "visits"]].drop(columns=drop).sum(axis=1)
        """,
    "columns by importance": """
        X0 = df[["income", "visits"]]
        y0 = (df["bought"] == "yes").astype(int)
        forest = RandomForestClassifier(5, random_state=0).fit(X0, y0)
        best = X0.columns[np.argsort(forest.feature_importances_)[::-1][:1]]
        df["extra"] = df[best].sum(axis=1)
        """,
    "skewed columns": """
        num = df[["income", "visits"]]
        for c in num.columns[num.skew().abs() > 0.01]:
            df[c] = np.log1p(df[c].clip(lower=0))
        df["extra"] = 0
        """,
    "outliers capped by deviation": """
        m, s = df["income"].mean(), df["income"].std()
        df["extra"] = np.where((df["income"] - m).abs() > 2 * s, m, df["income"])
        """,
    "smoothed target encoding": """
        won = (df["bought"] == "yes").astype(int)
        stats = won.groupby(df["city"]).agg(["mean", "count"])
        smooth = (stats["mean"] * stats["count"] + won.mean() * 10) / (stats["count"] + 10)
        df["extra"] = df["city"].map(smooth).fillna(won.mean())
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, is_exact: Check) -> None:
    is_exact(source)
