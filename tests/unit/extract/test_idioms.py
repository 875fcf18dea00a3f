"""What people write between a table and a model: packaged exactly, or refused by cell and line."""

from __future__ import annotations

import ast
from typing import NamedTuple

import pandas as pd
import pytest

from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal

from .conftest import Extract, proven, tail_of

IMPORTS = """
import numpy as np
import pandas as pd
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, OneHotEncoder, StandardScaler
"""
END = """
X = df[["age", "income", "visits", "extra"]].fillna(0)
y = (df["bought"] == "yes").astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""


def cells(source: str) -> list[tuple[str, str]]:
    """A notebook whose third cell makes the column `extra`."""
    return [
        ("", IMPORTS),
        ("data", "df = read()"),
        ("preprocess", source),
        ("train evaluate", END),
    ]


EXACT = {
    # statistics of the training rows
    "mean": 'df["extra"] = df["age"].fillna(df["age"].mean())',
    "z-score": 'df["extra"] = (df["income"] - df["income"].mean()) / df["income"].std()',
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
    # by group
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
    # categories
    "codes": 'df["extra"] = df["city"].astype("category").cat.codes',
    "codes with a missing value": 'df["extra"] = df["job"].astype("category").cat.codes',
    "label encoder": 'df["extra"] = LabelEncoder().fit_transform(df["city"])',
    "one label encoder for two columns": """
        le = LabelEncoder()
        df["city"] = le.fit_transform(df["city"])
        df["job"] = le.fit_transform(df["job"].astype(str))
        df["extra"] = df["city"] + df["job"]
        """,
    "label encoders in a dict": """
        encoders = {}
        for c in ["city", "job"]:
            le = LabelEncoder()
            df[c + "_code"] = le.fit_transform(df[c].astype(str))
            encoders[c] = le
        df["extra"] = df["city_code"] + df["job_code"]
        """,
    "dummies joined": """
        df = pd.concat([df, pd.get_dummies(df["city"], prefix="city")], axis=1)
        df["extra"] = df["city_Bern"].astype(int)
        """,
    "dummies of a frame": """
        wide = pd.get_dummies(df[["age", "city", "job"]], columns=["city", "job"], drop_first=True)
        df["extra"] = wide["city_Oslo"].astype(int) + wide["job_pilot"]
        """,
    "dummies with missing": """
        d = pd.get_dummies(df["job"], dummy_na=True, dtype=int)
        df["extra"] = d["nurse"]
        """,
    "one-hot encoder": """
        ohe = OneHotEncoder(sparse_output=False)
        table = ohe.fit_transform(df[["city"]])
        table = pd.DataFrame(table, columns=ohe.get_feature_names_out(), index=df.index)
        df = pd.concat([df, table], axis=1)
        df["extra"] = df["city_Bern"]
        """,
    "sparse": 'df["extra"] = OneHotEncoder().fit_transform(df[["city"]]).toarray()[:, 0]',
    "codes by appearance": """
        codes = {c: i for i, c in enumerate(df["city"].unique())}
        df["extra"] = df["city"].map(codes)
        """,
    "codes built in a loop": """
        codes = {}
        for c in df["city"]:
            if c not in codes:
                codes[c] = len(codes)
        df["extra"] = df["city"].map(codes)
        """,
    "bins by edges": """
        df["extra"] = pd.cut(df["income"], [-1e9, 2000, 3000, 1e9], labels=False)
        """,
    # estimators
    "scaler": 'df["extra"] = StandardScaler().fit_transform(df[["income"]]).ravel()',
    "fitted, then applied": """
        km = KMeans(3, n_init=1, random_state=0).fit(df[["income"]])
        df["extra"] = km.predict(df[["income"]])
        """,
    "fit_predict": """
        df["extra"] = KMeans(3, n_init=1, random_state=0).fit_predict(df[["income"]])
        """,
    "components": """
        Z = PCA(2).fit_transform(df[["income", "visits"]])
        df["extra"] = Z[:, 0]
        """,
    # row by row already
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
    # arrays as long as the rows
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
    # loops over rows
    "rows appended": """
        out = []
        for i, row in df.iterrows():
            out.append(row["income"] * 2)
        df["extra"] = out
        """,
    "rows by number": """
        df["extra"] = 0.0
        for i in range(len(df)):
            df.loc[i, "extra"] = df.loc[i, "income"] - df["income"].mean()
        """,
    "rows by number in a function": """
        def add(d):
            d["extra"] = 0.0
            for i in range(d.shape[0]):
                d.loc[i, "extra"] = d.loc[i, "income"] - d["income"].mean()
            return d
        df = add(df)
        """,
    "a test that was false for every training row": """
        def grade(v):
            if v > 1e6:
                return 1
            return 0
        df["extra"] = 0
        for i in range(len(df)):
            df.loc[i, "extra"] = grade(df.loc[i, "income"])
        """,
    # changes in place
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
    # functions
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
    # shapes of statements
    "swap": """
        a, b = df["income"], df["visits"]
        a, b = b, a
        df["extra"] = a
        """,
    "try": """
        try:
            df["extra"] = df["nope"]
        except KeyError:
            df["extra"] = df["income"] - df["income"].mean()
        """,
    "with": """
        with pd.option_context("display.max_rows", 5):
            df["extra"] = df["income"] - df["income"].mean()
        """,
    "while": """
        k = 0
        while k < 2:
            df["extra"] = df["income"] - df["income"].mean()
            k += 1
        df["visits"] = df["visits"] + k
        """,
    "match": """
        kind = "x"
        match kind:
            case "x":
                df["extra"] = df["income"] - df["income"].mean()
            case _:
                df["extra"] = 0
        """,
    "line continued": 'df["extra"] = df["income"] \\\n    - df["income"].mean()',
    "semicolon": 'm = df["income"].mean(); df["extra"] = df["income"] - m',
    "tabs": 'for c in ["income"]:\n\tif c:\n\t\tdf["extra"] = df[c] - df[c].mean()',
    "odd characters": (
        's = "a\x0cb\u2028c"\ndf["extra"] = df["income"] - df["income"].mean() + len(s)'
    ),
    "accents": """
        größe = df["income"].mean(); df["façade"] = df["income"] - größe
        df["extra"] = df["façade"] * 2 - df["income"].mean()
        """,
    "text of several lines": (
        'df["extra"] = (df["city"] + """x\n  y""").str.len() - df["income"].mean()'
    ),
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(cells(source), read=people.copy)
    assert proven(derived, 25).max_abs_difference == 0.0


class Refused(NamedTuple):
    line: int
    reason: str
    source: str


REFUSED = {
    "rank": Refused(1, "depends on all rows", 'df["extra"] = df["income"].rank()'),
    "transform": Refused(
        1,
        "depends on all rows",
        'df["extra"] = df["income"] - df.groupby("city")["income"].transform("mean")',
    ),
    "factorize": Refused(1, "depends on all rows", 'df["extra"] = pd.factorize(df["city"])[0]'),
    "duplicated": Refused(
        1, "depends on all rows", 'df["extra"] = df["city"].duplicated().astype(int)'
    ),
    "qcut": Refused(1, "pd.cut(x, [0", 'df["extra"] = pd.qcut(df["income"], 4, labels=False)'),
    "bins by number": Refused(
        1, "pd.cut(x, [0", 'df["extra"] = pd.cut(df["income"], 4, labels=False)'
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
    "dropna": Refused(1, "leaves out rows", 'df = df.dropna(subset=["age"])\ndf["extra"] = 1'),
    "mask": Refused(1, "leaves out rows", 'df = df[df["income"] < 4000]\ndf["extra"] = 1'),
    "mask in a name": Refused(
        2,
        "leaves out rows",
        'mask = df["income"] < 4000\ndf = df[mask].copy()\ndf["extra"] = 1',
    ),
    "query": Refused(1, "leaves out rows", 'df = df.query("income < 4000")\ndf["extra"] = 1'),
    "head": Refused(1, "keeps 50 of 80 rows", 'df = df.head(50)\ndf["extra"] = 1'),
    "slice": Refused(1, "rows", 'df = df[:60]\ndf["extra"] = 1'),
    "shuffle": Refused(1, "order", 'df = df.sample(frac=1, random_state=0)\ndf["extra"] = 1'),
    "sort": Refused(1, "order", 'df = df.sort_values("income")\ndf["extra"] = 1'),
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
        2,
        "draws random",
        'rng = np.random.default_rng(0)\ndf["extra"] = rng.normal(size=len(df))',
    ),
    "index": Refused(1, "when other rows come with it", 'df["extra"] = df.index'),
    "numbers of rows": Refused(
        1, "when other rows come with it", 'df["extra"] = np.arange(len(df)) % 3'
    ),
    "lambda over all rows": Refused(
        1,
        "when other rows come with it",
        'df = df.assign(extra=lambda d: d["income"] - d["income"].mean())',
    ),
    "named lambda": Refused(
        2,
        "when other rows come with it",
        'centre = lambda s: s - s.mean()\ndf["extra"] = centre(df["income"])',
    ),
    "categorical": Refused(
        1, "when other rows come with it", 'df["extra"] = pd.Categorical(df["city"]).codes'
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
    "function called back": Refused(
        2,
        "which was computed from the training rows",
        """
        m = df["income"].mean()
        def centre(v):
            return v - m
        df["extra"] = df["income"].map(centre)
        """,
    ),
    "function with two sets of values": Refused(
        1,
        "is called several times",
        """
        def scale(s):
            return (s - s.min()) / (s.max() - s.min())
        df["extra"] = scale(df["income"])
        df["visits"] = scale(df["visits"])
        """,
    ),
    "function that calls itself on statistics": Refused(
        2,
        "different values",
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
    "class with a state": Refused(
        8,
        "when other rows come with it",
        """
        class Centre:
            def fit(self, s):
                self.m = s.mean()
                return self
            def transform(self, s):
                return s - self.m
        t = Centre().fit(df["income"])
        df["extra"] = t.transform(df["income"])
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
def test_is_refused_by_cell_and_line(case: Refused, extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(Refusal) as refusal:
        proven(extract(cells(case.source), read=people.copy), 25)
    assert (refusal.value.cell, refusal.value.line) == (3, case.line)
    assert case.reason in str(refusal.value)
    assert refusal.value.fix


def body_of(derived: Derived, cell: int = 3) -> str:
    """What the step of a cell does, without its signature, docstring and return."""
    (step,) = (
        node
        for node in ast.parse(derived.steps).body
        if isinstance(node, ast.FunctionDef) and node.name == f"preprocess_{cell}"
    )
    lines = derived.steps.splitlines()[step.lineno - 1 : step.end_lineno]
    return "\n".join(line.removeprefix("    ") for line in lines[2:-1]).strip()


WRITTEN = {
    "kept as written": (
        'df["extra"] = df["income"] / (df["visits"]  +  1)  # a ratio',
        'df["extra"] = df["income"] / (df["visits"]  +  1)  # a ratio',
    ),
    "frozen by name of column and statistic": (
        'df["extra"] = df["age"].fillna(df["age"].median())',
        'df["extra"] = df["age"].fillna(frozen.age_median)',
    ),
    "frozen by group": (
        'df["extra"] = df["city"].map(df.groupby("city")["income"].mean())',
        'df["extra"] = df["city"].map(frozen.income_mean_by_city)',
    ),
    "the largest row-free part, not its pieces": (
        'df["extra"] = df["income"] / (df["income"].max() - df["income"].min())',
        'df["extra"] = df["income"] / (frozen.income_max_income_min)',
    ),
    "a variable's own name": (
        'typical = df["income"].mean() * 2\ndf["extra"] = df["income"] - typical',
        'df["extra"] = df["income"] - frozen.typical',
    ),
    "by the loop's variable": (
        """
        for c in ["age", "income"]:
            df[c] = df[c].fillna(df[c].median())
        df["extra"] = 0
        """,
        """
        for c in ["age", "income"]:
            df[c] = df[c].fillna(frozen.median_by_c[c])
        df["extra"] = 0
        """,
    ),
    "an estimator, applied": (
        'sc = StandardScaler()\ndf["extra"] = sc.fit_transform(df[["income"]])',
        'df["extra"] = frozen.sc.transform(df[["income"]])',
    ),
    "categories": (
        'df["extra"] = df["city"].astype("category").cat.codes',
        'df["extra"] = with_categories(df["city"], frozen.city_categories).cat.codes',
    ),
    "shows dropped": (
        'print(df.shape)\ndf.head()\ndf["extra"] = 1\ndf["extra"].describe()',
        'df["extra"] = 1',
    ),
    "comments kept": (
        '# before\ndf["extra"] = (\n    df["income"]  # in francs\n    - df["income"].mean()\n)',
        '# before\ndf["extra"] = (\n    df["income"]  # in francs\n    - frozen.income_mean\n)',
    ),
    "blank lines kept": (
        'df["a"] = df["income"] * 2\n\ndf["extra"] = df["a"]',
        'df["a"] = df["income"] * 2\n\ndf["extra"] = df["a"]',
    ),
    "only what the model needs": (
        'df["b"] = df["visits"] * 2\ndf["c"] = 1\nother = df.copy()\ndf["extra"] = 3',
        'df["b"] = df["visits"] * 2\ndf["c"] = 1\ndf["extra"] = 3',
    ),
    "absent columns may be dropped": (
        'df = df.drop(columns=["joined"])\ndf["extra"] = 1',
        'df = df.drop(columns=["joined"], errors="ignore")\ndf["extra"] = 1',
    ),
    "a list begins empty in every call": (
        'out = []\nfor v in df["income"]:\n    out.append(v)\ndf["extra"] = out',
        'out = []\nfor v in df["income"]:\n    out.append(v)\ndf["extra"] = out',
    ),
    "the wanted half of an assignment": (
        'part, flag = df["income"] * 2, df["bought"] == "yes"\ndf["extra"] = part',
        'part = df["income"] * 2\ndf["extra"] = part',
    ),
    "text inside strings": (
        'df["extra"] = df["city"].str.count("""a\n   b""")',
        'df["extra"] = df["city"].str.count("""a\n   b""")',
    ),
    "rows counted anew": (
        """
        df["extra"] = 0.0
        for i in range(len(df)):
            df.loc[i, "extra"] = df.loc[i, "visits"] * 2
        """,
        """
        df["extra"] = 0.0
        for i in range(len(df)):
            df.loc[i, "extra"] = df.loc[i, "visits"] * 2
        """,
    ),
}


@pytest.mark.parametrize(("source", "written"), WRITTEN.values(), ids=WRITTEN.keys())
def test_reads_as_the_author_wrote_it(
    source: str, written: str, extract: Extract, people: pd.DataFrame
) -> None:
    assert body_of(extract(cells(source), read=people.copy)) == tail_of(written)


def test_functions_take_what_was_frozen(extract: Extract, people: pd.DataFrame) -> None:
    source = """
    def scale(s, by=1.0):
        '''Scale to the range.'''
        low = s.min()
        return (s - low) / (s.max() - low) * by

    df["extra"] = scale(df["income"], by=2.0)
    """
    derived = extract(cells(source), read=people.copy)
    assert tail_of(
        """
        def scale(s: pd.Series, by: float=1.0, *, frozen: Frozen) -> pd.Series:
            '''Scale to the range.'''
            return (s - frozen.low) / (frozen.max_low) * by
        """
    ) in tail_of(derived.steps)
    assert body_of(derived) == 'df["extra"] = scale(df["income"], by=2.0, frozen=frozen)'
    assert {"low", "max_low", "model"} == derived.values.keys()


def test_constants_stand_above_the_steps(extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(cells('RATE = 3\ndf["extra"] = df["visits"] * RATE'), read=people.copy)
    assert "\nRATE = 3\n" in derived.steps
    assert body_of(derived) == 'df["extra"] = df["visits"] * RATE'
