"""Idioms on frames of every kind: the notebook's own numbers or a refusal, never a wrong number."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cellmark.extract.derive import Derived, derive
from cellmark.extract.proof.running import StepsFailed, loaded
from cellmark.extract.values.comparison import difference
from cellmark_runtime.errors import CellmarkError

from ..conftest import proven, trace
from .conftest import IMPORTS

# `num`, `more` and `cat` are names of columns; each makes the column `extra`.
POOL = {
    "mean": "df['extra'] = df[num].fillna(df[num].mean())",
    "z-score": "df['extra'] = (df[num] - df[num].mean()) / df[num].std()",
    "clip": "df['extra'] = df[num].clip(df[num].quantile(.1), df[num].quantile(.9))",
    "median by group": "df['extra'] = df[cat].map(df.groupby(cat)[num].median())",
    "spread by group": "df['extra'] = df[num] - df.groupby(cat)[num].transform('mean')",
    "filled by group": """
df['extra'] = df[num].fillna(df.groupby(cat)[num].transform('median')).fillna(df[num].median())
""",
    "groups of two": "df['extra'] = df.groupby([cat, more])[num].transform('max')",
    "group lambda": "df['extra'] = df.groupby(cat)[num].transform(lambda s: s.fillna(s.mean()))",
    "frequency": "df['extra'] = df[cat].map(df[cat].value_counts())",
    "codes": "df['extra'] = df[cat].astype('category').cat.codes",
    "factorize": "df['extra'] = pd.factorize(df[cat])[0]",
    "categorical": "df['extra'] = pd.Categorical(df[cat]).codes",
    "dummies": "df['extra'] = pd.get_dummies(df[[cat]], dtype=int, dummy_na=True).iloc[:, -1]",
    "cut": "df['extra'] = pd.cut(df[num], 3, labels=False)",
    "qcut": "df['extra'] = pd.qcut(df[num], 3, labels=False, duplicates='drop')",
    "lambda": "df = df.assign(extra=lambda d: d[num] / d[num].max())",
    "apply": """
df[[num, more]] = df[[num, more]].apply(lambda s: s - s.min())
df['extra'] = df[num]
""",
    "helper": """
def scale(s):
    return (s - s.mean()) / (s.max() - s.min())
df['extra'] = scale(df[num])
df[more] = scale(df[more])
""",
    "loop": """
for c in [num, more]:
    df[c] = df[c].fillna(df[c].median())
df['extra'] = df[num] * df[more]
""",
    "array": """
X0 = df[[num, more]].to_numpy(dtype=float, copy=True)
X0[:, 0] -= np.nanmean(X0[:, 0])
df['extra'] = X0[:, 0]
""",
    "where": "df['extra'] = np.where(df[num] > df[num].median(), 1.5, df[more])",
    "loc": """
df['extra'] = 0
df.loc[df[num] > df[num].mean(), 'extra'] = 1
""",
    "scaler": "df['extra'] = StandardScaler().fit_transform(df[[num]].fillna(0)).ravel()",
    "encoder": "df['extra'] = LabelEncoder().fit_transform(df[cat].astype(str))",
    "row by row": "df['extra'] = df.apply(lambda r: r[num] * 2 + r[more], axis=1)",
    "called back": """
m = df[num].mean()
def over(v):
    return 1 if v > m else 0
df['extra'] = df[num].map(over)
""",
}
END = """
X = df[[num, more, 'extra']].astype(float)
keep(X.copy())
model = DecisionTreeClassifier(max_depth=3, random_state=0).fit(X.fillna(-1), df['answer'])
answers = model.predict(X.fillna(-1))
"""
NAMES = ["age", "Größe (cm)", "a b", "x.1", "class", "frozen", "年"]
INDEXES = ["plain", "shuffled", "texts", "repeated", "levels"]
ROWS = [1, 2, 7, 24]


class Variation(NamedTuple):
    """What a table may be like besides what it says."""

    names: tuple[str, str, str]
    index: str = "plain"
    rows: int = 24
    missing: bool = False
    whole: bool = False
    reverse: bool = False
    seed: int = 0


PLAIN = Variation(("age", "size", "town"))


def table(kind: Variation) -> pd.DataFrame:
    """A table with two columns of numbers, one of texts and the answer."""
    random = np.random.default_rng(kind.seed)
    num, more, cat = kind.names
    frame = pd.DataFrame(
        {
            num: random.integers(0, 50, kind.rows) / (1 if kind.whole else 4),
            more: random.integers(0, 5, kind.rows),
            cat: random.choice(["x", "y", "z w"], kind.rows),
            "answer": random.integers(0, 2, kind.rows),
        },
        index=labels(kind.index, kind.rows, random),
    )
    if kind.whole:
        frame[num] = frame[num].astype(int)
    if kind.missing:
        frame[num] = frame[num].where(random.random(kind.rows) < 0.8)
        frame[cat] = frame[cat].where(random.random(kind.rows) < 0.9)
    return frame[frame.columns[::-1]] if kind.reverse else frame


def labels(kind: str, rows: int, random: np.random.Generator) -> pd.Index:
    return {
        "plain": lambda: pd.RangeIndex(rows),
        "shuffled": lambda: pd.Index(random.permutation(rows) + 100),
        "texts": lambda: pd.Index([f"row {at}" for at in range(rows)]),
        "repeated": lambda: pd.Index(np.arange(rows) // 2),
        "levels": lambda: pd.MultiIndex.from_arrays([np.arange(rows) // 3, np.arange(rows)]),
    }[kind]()


def extracted(source: str, kind: Variation) -> tuple[Derived, pd.DataFrame, Any]:
    """The module, the raw table, and the model's input as the notebook's own code gave it."""
    raw, kept = table(kind), []
    num, more, cat = kind.names
    names = {"read": raw.copy, "keep": kept.append, "num": num, "more": more, "cat": cat}
    given = f"num, more, cat = {num!r}, {more!r}, {cat!r}"
    cells = [("", IMPORTS), ("", given), ("data", "df = read()"), ("preprocess", source)]
    try:
        tracer, texts = trace([*cells, ("train", END)], {"__name__": "__main__", **names}, {})
    except Exception:  # noqa: BLE001 - a notebook that does not run is none
        assume(False)
    return derive(tracer, texts, "test.ipynb"), raw, kept[0]


def check(source: str, kind: Variation) -> None:
    """Hold the module against what the notebook gave: in a batch, alone, and with no rows."""
    derived, raw, expected = extracted(source, kind)
    proven(derived, 10)
    features = loaded(derived.steps, derived.values)
    rows = raw.drop(columns="answer").reset_index(drop=True)
    expected = expected.fillna(-1)
    assert difference(features(rows), expected) <= 1e-12 * np.abs(expected.to_numpy()).max()
    for at in range(0, len(rows), 5):
        alone = features(rows.iloc[[at]].reset_index(drop=True))
        assert difference(alone, expected.iloc[[at]]) <= 1e-12 * np.abs(expected).to_numpy().max()
    try:
        assert features(rows.iloc[:0]).shape == (0, expected.shape[1])
    except StepsFailed as refused:  # scikit-learn's own word on no rows
        assert "0 sample(s)" in str(refused)


@pytest.mark.parametrize("source", POOL.values(), ids=POOL.keys())
def test_each_is_exact_on_a_plain_table(source: str) -> None:
    check(source, PLAIN)


VARIATIONS = st.builds(
    Variation,
    st.permutations(NAMES).map(lambda names: tuple(names[:3])),
    st.sampled_from(INDEXES),
    st.sampled_from(ROWS),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    st.integers(0, 5),
)


@pytest.mark.slow
@settings(
    max_examples=150,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(
    st.sampled_from(sorted(POOL)),
    VARIATIONS,
)
def test_gives_the_notebooks_own_numbers_or_is_refused(idiom: str, kind: Variation) -> None:
    try:
        check(POOL[idiom], kind)
    except CellmarkError as refused:
        assert refused.received
