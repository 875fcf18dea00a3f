"""Row filters of polars: refused at scoring as pandas' are, scored, or passed, and all proven."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.types.policies import Policies

from .conftest import Extract, StepsModel, proven
from .idioms.conftest import SINGLE_ROWS, Refused
from .test_polars import IMPORTS

END = """
X = df.select(pl.col("age", "income", "visits", "^extra$").fill_null(0))
y = (df["bought"] == "yes").cast(pl.Int8)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""
LEFT_OUT = "rows that the notebook leaves out are refused"

Filter = Callable[..., Derived]


@pytest.fixture
def people(people: pd.DataFrame) -> pl.DataFrame:
    """The same eighty people as polars reads them, two of them twice."""
    known = people.astype(object).where(people.notna(), None)
    frame = pl.DataFrame({name: known[name].tolist() for name in known.columns})
    return pl.concat([frame, frame[[3, 9]]])


def left_by(source: str, people: pl.DataFrame) -> pl.DataFrame:
    """What the notebook goes on with: its cell, run as it stands."""
    names: dict[str, Any] = {"df": people.clone(), "pl": pl}
    exec(IMPORTS + textwrap.dedent(source), names)
    frame: pl.DataFrame = names["df"]
    return frame


@pytest.fixture
def filtered(extract: Extract, people: pl.DataFrame) -> Filter:
    """Derive a notebook whose third cell is a filter, under a policy for filtered rows."""

    def run(source: str, policy: str = "reject", end: str = END) -> Derived:
        cells = [
            ("", IMPORTS),
            ("data", "df = read()"),
            ("preprocess", source),
            ("train evaluate", end),
        ]
        policies = Policies(filtered_row=policy)  # type: ignore[arg-type]
        return extract(cells, choices=Choices(policies=policies), read=people.clone)

    return run


def rows_refused(derived: Derived) -> int:
    """How many rows the proof found refused; the others' numbers are the notebook's own."""
    proof = proven(derived, SINGLE_ROWS)
    assert proof.max_abs_difference < 1e-12
    return sum(check.rows for check in proof.checks if check.name == LEFT_OUT)


CONDITIONS = {
    "filter": 'df = df.filter(pl.col("income") < 4000)',
    "filter by a null": 'df = df.filter(pl.col("age") > 25)',
    "filter by several": 'df = df.filter(pl.col("income") < 4000, pl.col("visits") < 8)',
    "filter by a list": 'df = df.filter([pl.col("income") < 4000, pl.col("job").is_not_null()])',
    "filter by a value": """
        df = df.with_columns(extra=pl.col("visits") < 8)
        df = df.filter(pl.col("income") < 4000, extra=True)
        """,
    "filter by two values": """
        df = df.with_columns(extra=pl.col("visits") < 8, few=pl.col("income") < 4000)
        df = df.filter(extra=True, few=True)
        """,
    "filter by and": 'df = df.filter((pl.col("income") < 4000) & pl.col("age").is_not_null())',
    "filter by the target as well": (
        'df = df.filter((pl.col("bought") != "never") & (pl.col("age") > 25))'
    ),
    "filter by a series": 'df = df.filter(df["income"] < 4000)',
    "filter by a mask with a name": 'few = df["income"] < df["income"].quantile(0.9)\n'
    "df = df.filter(few)",
    "filter by an expression with a name": 'few = pl.col("income") < 4000\ndf = df.filter(few)',
    "filter by a column of truths": """
        df = df.with_columns(extra=pl.col("income") < 4000)
        df = df.filter("extra")
        """,
    "all columns": 'df = df.filter(~pl.all_horizontal(pl.col("age", "job").is_null()))\n'
    "df = df.filter(pl.all_horizontal(pl.all().is_not_null()))",
    "a quantile inside": 'df = df.filter(pl.col("income") < pl.col("income").quantile(0.9))',
    "a z score inside": """
        z = (pl.col("income") - pl.col("income").mean()) / pl.col("income").std()
        df = df.filter(z.abs() < 2)
        """,
    "statistics before and after": """
        df = df.with_columns(extra=pl.col("income") - pl.col("income").mean())
        df = df.filter(pl.col("visits") < 7)
        df = df.with_columns(pl.col("age").fill_null(pl.col("age").mean()))
        """,
    "drop_nulls": "df = df.drop_nulls()",
    "drop_nulls of a column": 'df = df.drop_nulls("age")',
    "drop_nulls of several": 'df = df.drop_nulls(subset=["age", "job"])',
    "drop_nulls of two, one the target": 'df = df.drop_nulls(["bought", "age"])',
    "drop_nulls by a selector": "df = df.drop_nulls(cs.numeric())",
    "chain": """
        df = (
            df.with_columns(extra=pl.col("income") * 2)
            # adults
            .filter(pl.col("age") > 25)
            .drop_nulls("job")
            .filter(pl.col("extra") > 3000)
        )
        """,
    "function": """
        def clean(d):
            d = d.filter(pl.col("age") > 25)
            cap = d["income"].quantile(0.95)
            return d.filter(pl.col("income") < cap)
        df = df.pipe(clean)
        """,
    "loop": """
        for name in ["income", "visits"]:
            df = df.filter(pl.col(name) < pl.col(name).quantile(0.97))
        """,
}


@pytest.mark.parametrize("source", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_refuses_what_the_notebook_leaves_out(
    source: str, filtered: Filter, people: pl.DataFrame
) -> None:
    gone = len(people) - len(left_by(source, people))
    assert gone
    assert rows_refused(filtered(source)) == gone


@pytest.mark.parametrize("source", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_scores_them_where_that_is_stated(source: str, filtered: Filter) -> None:
    derived = filtered(source, "score")
    assert "keep_" not in derived.steps
    assert rows_refused(derived) == 0


PASSED = {
    "head": "df = df.head(60)",
    "a slice": "df = df[5:65]",
    "rows by number": "df = df[list(range(0, 82, 2))]",
    "slice": "df = df.slice(5, 60)",
    "limit under another name": "few = df.limit(60)\ndf = few",
    "sample": "df = df.sample(50, seed=1)",
    "sample without a seed": "df = df.sample(fraction=0.6)",
    "unique": "df = df.unique()",
    "unique by columns": 'df = df.unique(subset=["age", "income"], keep="first")',
    "sort": 'df = df.sort("income", descending=True)',
    "sort, then take": 'df = df.sort("income").head(60)',
    "reverse": "df = df.reverse()",
    "every other": "df = df.gather_every(2)",
    "largest": 'df = df.top_k(50, by="income")',
    "only the target": 'df = df.filter(pl.col("bought").is_not_null(), pl.col("bought") != "x")',
    "drop_nulls of the target": 'df = df.drop_nulls("bought")',
    "duplicates by a condition": "df = df.filter(~df.is_duplicated())",
}


@pytest.mark.parametrize("source", PASSED.values(), ids=PASSED.keys())
def test_passes_every_row(source: str, filtered: Filter) -> None:
    derived = filtered(source)
    assert "keep_" not in derived.steps
    assert rows_refused(derived) == 0


WRITTEN = {
    "filter": (
        'df = df.filter(pl.col("age") > 25)',
        'df = keep_rows(df, pl.col("age") > 25, "pl.col(\'age\') > 25")',
    ),
    "several": (
        'df = df.with_columns(extra=1)\ndf = df.filter(pl.col("age") > 25, extra=1)',
        "df = keep_rows(df, (pl.col(\"age\") > 25) & (pl.col('extra') == 1), "
        "\"(pl.col('age') > 25) & (pl.col('extra') == 1)\")",
    ),
    "in a chain": (
        'df = df.with_columns(extra=1).filter(pl.col("age") > 25)',
        'df = df.with_columns(extra=1).pipe(keep_rows, pl.col("age") > 25, "pl.col(\'age\') > 25")',
    ),
    "a statistic inside": (
        'df = df.filter(pl.col("income") < pl.col("income").max())',
        'df = keep_rows(df, pl.col("income") < pl.lit(frozen.income_max), '
        "\"pl.col('income') < pl.col('income').max()\")",
    ),
    "drop_nulls": ('df = df.drop_nulls("age")', 'df = keep_complete(df, subset="age")'),
    "drop_nulls without the target": (
        'df = df.drop_nulls(["bought", "age"])',
        "df = keep_complete(df, subset=['age'])",
    ),
}


@pytest.mark.parametrize(("source", "written"), WRITTEN.values(), ids=WRITTEN.keys())
def test_reads_as_the_author_wrote_it(source: str, written: str, filtered: Filter) -> None:
    assert textwrap.indent(written, "    ") + "\n" in filtered(source).steps


def test_says_which_row_and_why(filtered: Filter, people: pl.DataFrame) -> None:
    derived = filtered('df = df.filter(pl.col("age") > 25).drop_nulls("job")')
    model = StepsModel(derived)
    names = [field.name for field in derived.signature.inputs]
    rows = people.select(names)[:3].with_columns(
        age=pl.Series([40.0, 20.0, 40.0]), job=pl.Series(["nurse", "nurse", None])
    )
    with pytest.raises(InvalidRows) as young:
        model.trace(rows[:2])
    [fault] = young.value.faults
    assert (fault.row, fault.field, fault.received) == (1, "age", "20.0")
    assert fault.expected == "a row for which pl.col('age') > 25"
    with pytest.raises(InvalidRows) as jobless:
        model.trace(rows[[2]])
    assert [(each.row, each.field) for each in jobless.value.faults] == [(0, "job")]


REFUSED = {
    "explode": Refused(
        1,
        "makes several rows of one",
        """
        df = df.with_columns(extra=pl.concat_list("age", "visits")).explode("extra")
        """,
    ),
    "remove": Refused(
        1, "~(pl.col('x') > 3).fill_null(False)", 'df = df.remove(pl.col("age") < 25)'
    ),
    "drop_nans": Refused(
        2,
        "is_nan().fill_null(False)",
        """
        df = df.with_columns(extra=pl.when(pl.col("visits") > 7).then(float("nan")).otherwise(1.0))
        df = df.drop_nans("extra")
        """,
    ),
    "the target and more": Refused(
        1,
        "leaves out rows by the target bought",
        'df = df.filter((pl.col("bought") == "yes") | (pl.col("age") > 25))',
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_is_refused_by_cell_and_line(case: Refused, filtered: Filter) -> None:
    with pytest.raises(Refusal) as refusal:
        filtered(case.source)
    assert (refusal.value.cell, refusal.value.line) == (3, case.line)
    assert case.reason in str(refusal.value)


FIXES = {
    "remove": 'df = df.filter(~(pl.col("age") < 25).fill_null(False))',
    "drop_nans": """
        df = df.with_columns(extra=pl.when(pl.col("visits") > 7).then(float("nan")).otherwise(1.0))
        df = df.filter(~pl.col("extra").is_nan().fill_null(False))
        """,
}


@pytest.mark.parametrize("source", FIXES.values(), ids=FIXES.keys())
def test_the_fix_works(source: str, filtered: Filter, people: pl.DataFrame) -> None:
    assert rows_refused(filtered(source)) == len(people) - len(left_by(source, people)) > 0
