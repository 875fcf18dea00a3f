"""Blends on frames of every kind: the notebook's own answers or a refusal, never a wrong number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cellmark.extract.derive import derive
from cellmark.extract.proof.running import StepsFailed, functions_of
from cellmark.extract.values.comparison import difference
from cellmark_runtime.errors import CellmarkError

from .conftest import proven, trace
from .idioms.test_variations import PLAIN, VARIATIONS, Variation, table

BEGIN = """
import numpy as np
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeRegressor
"""
PREPARE = """
df["extra"] = df[cat].map(df[cat].value_counts()).fillna(0)
df[num] = df[num].fillna(df[num].median())
X, y = df[[num, more, "extra"]].astype(float), df["answer"]
"""
POOL = {
    "two models": """
a, b = Ridge().fit(X, y), DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, y)
answers = 0.3 * a.predict(X) + 0.7 * b.predict(X)
""",
    "inputs of their own": """
scaler = StandardScaler()
Z = scaler.fit_transform(X)
a, b = Ridge().fit(Z, y), DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, y)
p = a.predict(Z)
q = b.predict(X)
answers = (p + q) / 2
""",
    "folds": """
answers = np.zeros(len(X))
for train, held in KFold(3).split(X):
    m = Ridge().fit(X.iloc[train], y.iloc[train])
    answers += m.predict(X) / 3
""",
    "a comprehension": """
models = [Ridge().fit(X, y), DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, y)]
answers = np.mean([m.predict(X) for m in models], axis=0)
""",
    "a vote": """
models = [Ridge().fit(X, y), DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, y)]
votes = sum((m.predict(X) > 0.5).astype(int) for m in models)
answers = np.where(votes > 1, 1, 0)
""",
    "a stack": """
a, b = LinearRegression().fit(X, y), DecisionTreeRegressor(max_depth=2, random_state=0).fit(X, y)
level = np.column_stack([a.predict(X), b.predict(X)])
final = Ridge().fit(level, y)
answers = final.predict(np.column_stack([a.predict(X), b.predict(X)]))
""",
}


def check(source: str, kind: Variation) -> None:
    """Hold the module's answers against the notebook's: in a batch, alone, and with no rows."""
    raw, kept = table(kind), []
    num, more, cat = kind.names
    names = {"read": raw.copy, "keep": kept.append, "num": num, "more": more, "cat": cat}
    cells = [
        ("", f"{BEGIN}num, more, cat = {num!r}, {more!r}, {cat!r}"),
        ("data", "df = read()"),
        ("preprocess", PREPARE),
        ("train", source),
        ("", "keep(answers)"),
    ]
    try:
        tracer, texts = trace(cells, {"__name__": "__main__", **names}, {})
    except Exception:  # noqa: BLE001 - a notebook that does not run is none
        assume(False)
    derived = derive(tracer, texts, "test.ipynb")
    proven(derived, 10)
    named = functions_of(derived.steps, derived.values)

    def answers(rows: Any) -> Any:
        return named("predict")(named("features")(rows))

    rows, expected = raw.drop(columns="answer").reset_index(drop=True), np.asarray(kept[0])
    assert difference(answers(rows.copy()), expected) <= 1e-12
    for at in range(0, len(rows), 5):
        alone = rows.iloc[[at]].reset_index(drop=True)
        assert difference(answers(alone), expected[[at]]) <= 1e-12
    try:
        assert len(answers(rows.iloc[:0].copy())) == 0
    except StepsFailed as refused:  # scikit-learn's own word on no rows
        assert "0 sample(s)" in str(refused)


@pytest.mark.parametrize("source", POOL.values(), ids=POOL.keys())
def test_each_is_exact_on_a_plain_table(source: str) -> None:
    check(source, PLAIN)


@pytest.mark.slow
@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(
    st.sampled_from(sorted(POOL)),
    VARIATIONS,
)
def test_gives_the_notebooks_own_answers_or_is_refused(blend: str, kind: Variation) -> None:
    try:
        check(POOL[blend], kind)
    except CellmarkError as refused:
        assert refused.received
