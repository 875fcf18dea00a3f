"""How the scoring module reads: as the author wrote it, with frozen values under good names."""

from __future__ import annotations

import ast

import pandas as pd
import pytest

from cellmark.extract.derive import Derived

from ..conftest import Extract, tail_of
from .conftest import cells


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
