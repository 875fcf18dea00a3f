"""What has no proven meaning for a single row: refused by cell and line, with a fix."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .conftest import Refused

REFUSED = {
    "rank of a group": Refused(
        1, "depends on all rows", 'df["extra"] = df.groupby("city")["income"].rank()'
    ),
    "rank spread": Refused(
        1, "depends on all rows", 'df["extra"] = df.groupby("city")["income"].transform("rank")'
    ),
    "numbers within a group": Refused(
        1, "neighbouring", 'df["extra"] = df.groupby("city").cumcount()'
    ),
    "number of the group": Refused(
        1, "depends on all rows", 'df["extra"] = df.groupby("city").ngroup()'
    ),
    "rank": Refused(1, "depends on all rows", 'df["extra"] = df["income"].rank()'),
    "duplicated": Refused(
        1, "depends on all rows", 'df["extra"] = df["city"].duplicated().astype(int)'
    ),
    "shift": Refused(1, "neighbouring", 'df["extra"] = df["income"].shift(1).fillna(0)'),
    "rolling": Refused(1, "neighbouring", 'df["extra"] = df["income"].rolling(3).mean().fillna(0)'),
    "cumsum": Refused(1, "neighbouring", 'df["extra"] = df["visits"].cumsum()'),
    "the row before": Refused(
        2,
        "when other rows come with it",
        """
        df["extra"] = 0.0
        for i in range(1, len(df)):
            df.loc[i, "extra"] = df.loc[i - 1, "income"] * 2
        """,
    ),
    "clock": Refused(
        1, "reads the clock", 'df["extra"] = (pd.Timestamp.now() - df["joined"]).dt.days'
    ),
    "the year of today": Refused(
        2,
        "reads the clock",
        'from datetime import date\ndf["extra"] = date.today().year - df["joined"].dt.year',
    ),
    "the word for today": Refused(
        1,
        "reads the clock",
        'now = pd.to_datetime("now")\ndf["extra"] = now.year - df["joined"].dt.year',
    ),
    "clock as text": Refused(
        2,
        "reads the clock",
        'import time\ndf["extra"] = int(time.strftime("%Y")) - df["joined"].dt.year',
    ),
    "environment": Refused(
        2,
        "reads the environment",
        'import os\ndf["extra"] = df["income"] * float(os.environ.get("K", "3"))',
    ),
    "array file": Refused(
        1, "reads while scoring", 'df["extra"] = df["income"] * np.loadtxt(["3"])'
    ),
    "random": Refused(1, "draws random", 'df["extra"] = np.random.rand(len(df))'),
    "generator": Refused(
        1,
        "draws random",
        'rng = np.random.default_rng(0)\ndf["extra"] = rng.normal(size=len(df))',
    ),
    "index": Refused(1, "when other rows come with it", 'df["extra"] = df.index'),
    "numbers of rows": Refused(
        1, "when other rows come with it", 'df["extra"] = np.arange(len(df)) % 3'
    ),
    "loop over groups": Refused(
        2,
        "when other rows come with it",
        """
        df["extra"] = 0.0
        for city, part in df.groupby("city"):
            df.loc[part.index, "extra"] = part["income"] - part["income"].mean()
        """,
    ),
    "function that calls itself on statistics": Refused(
        1,
        "calls itself",
        """
        def down(s, n):
            return s if n == 0 else down(s - s.mean() + 1, n - 1)
        df["extra"] = down(df["income"], 3)
        """,
    ),
    "default of a function": Refused(
        1,
        "is a default of `scale`",
        """
        def scale(s, by=df["income"].std()):
            return s / by
        df["extra"] = scale(df["income"])
        """,
    ),
    "function with two sets of values for arrays": Refused(
        2,
        "2 different values",
        """
        def scale(a):
            return a - a.min()
        df["extra"] = scale(df["income"].to_numpy())
        df["visits"] = scale(df["visits"].to_numpy())
        """,
    ),
    "places of the missing in an array": Refused(
        4,
        "when other rows come with it",
        """
        X = df[["age", "income"]].to_numpy(dtype=float, copy=True)
        means = np.nanmean(X, axis=0)
        gaps = np.where(np.isnan(X))
        X[gaps] = np.take(means, gaps[1])
        df["extra"] = X[:, 0]
        """,
    ),
    "functions in a list": Refused(
        3,
        "when other rows come with it",
        """
        steps = [lambda s: s - s.mean(), lambda s: s / s.std()]
        x = df["income"]
        for step in steps:
            x = step(x)
        df["extra"] = x
        """,
    ),
    "function in a partial": Refused(
        4,
        "when other rows come with it",
        """
        from functools import partial
        def scale(s, k):
            return s / s.max() * k
        df["extra"] = df["income"].pipe(partial(scale, k=3))
        """,
    ),
    "rank in a lambda": Refused(
        1, "depends on all rows", 'df = df.assign(extra=lambda d: d["income"].rank())'
    ),
    "rank of a group in a lambda": Refused(
        1,
        "depends on all rows",
        'df["extra"] = df.groupby("city")["income"].transform(lambda s: s.rank())',
    ),
    "row before, in the group": Refused(
        1,
        "neighbouring",
        'df["extra"] = df.groupby("city")["income"].transform(lambda s: s.shift().fillna(0))',
    ),
    "statistic in the text of eval": Refused(
        1,
        "when other rows come with it",
        'df["extra"] = df.eval("income - income.mean()")',
    ),
    "tags of one column": Refused(
        1,
        "when other rows come with it",
        'df["extra"] = df["city"].str.get_dummies().iloc[:, 0]',
    ),
    "state in a global list": Refused(
        2,
        "which",
        """
        kept = []
        def push(v):
            kept.append(v)
        for v in df["income"]:
            push(v)
        df["extra"] = kept
        """,
    ),
    "hidden assignment": Refused(
        4,
        "without naming it",
        """
        def note(d):
            global DOUBLE
            DOUBLE = d["income"] * 2
        note(df)
        df["extra"] = DOUBLE
        """,
    ),
    "exec": Refused(1, "without naming it", 'exec("k = 3")\ndf["extra"] = df["income"] * k'),
    "import *": Refused(
        1, "`from math import tau`", 'from math import *\ndf["extra"] = df["income"] * tau'
    ),
    "no way to new rows": Refused(
        1, "DBSCAN can't be applied", 'df["extra"] = DBSCAN().fit_predict(df[["income"]])'
    ),
    "answers of the fit": Refused(
        2,
        "does not run for new rows",
        """
        km = KMeans(3, n_init=1, random_state=0).fit(df[["income"]])
        df["extra"] = km.labels_
        """,
    ),
    "target as a feature": Refused(
        1, "without the target bought", 'df["extra"] = (df["bought"] == "yes").astype(int)'
    ),
    "file while scoring": Refused(
        2,
        "reads while scoring",
        'from pathlib import Path\ndf["extra"] = df["income"] * len(Path("/dev/null").read_text())',
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_is_refused_by_cell_and_line(case: Refused, is_refused: Callable[[Refused], None]) -> None:
    is_refused(case)
