"""What people write with polars between a table and a model: exact, or refused by cell and line."""

from __future__ import annotations

import textwrap

import pandas as pd
import polars as pl
import pytest

from cellmark.extract.refusal import Refusal
from cellmark_runtime.errors import CellmarkError

from .conftest import Extract, proven
from .idioms.conftest import SINGLE_ROWS, Refused

IMPORTS = """
import numpy as np
import polars as pl
import polars.selectors as cs
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import LabelEncoder, StandardScaler
"""
SELECT = 'df.select("age", "income", "visits", "extra")'
END = f"""
X = {SELECT}.fill_null(0)
y = (df["bought"] == "yes").cast(pl.Int8)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""


@pytest.fixture
def people(people: pd.DataFrame) -> pl.DataFrame:
    """The same eighty people as polars reads them."""
    known = people.astype(object).where(people.notna(), None)
    return pl.DataFrame({name: known[name].tolist() for name in known.columns})


def cells(source: str, end: str = END) -> list[tuple[str, str]]:
    """A notebook whose third cell makes the column `extra`."""
    ends = ("train evaluate", end)
    return [("", IMPORTS), ("data", "df = read()"), ("preprocess", source), ends]


EXACT = {
    "as written": 'df = df.with_columns(extra=pl.col("income") / (pl.col("visits") + 1))',
    "when, then, otherwise": """
        df = df.with_columns(
            pl.when(pl.col("age") > 40).then(1).when(pl.col("age") > 20).then(2).otherwise(0)
            .alias("extra")
        )
        """,
    "texts and dates": """
        df = df.with_columns(pl.col("joined").dt.year().alias("year"))
        df = df.with_columns(extra=pl.col("city").str.len_chars() + pl.col("year"))
        """,
    "a statistic of the eager kind": """
        df = df.with_columns(extra=pl.col("age").fill_null(df["age"].median()))
        """,
    "a statistic inside": """
        df = df.with_columns(extra=pl.col("age").fill_null(pl.col("age").mean()))
        """,
    "a statistic by function": 'df = df.with_columns(extra=pl.col("income") - pl.mean("income"))',
    "z-score": """
        df = df.with_columns(
            extra=(pl.col("income") - pl.col("income").mean()) / pl.col("income").std()
        )
        """,
    "quantiles": """
        low, high = (pl.col("income").quantile(q) for q in (0.05, 0.95))
        df = df.with_columns(
            extra=pl.col("income").clip(
                pl.col("income").quantile(0.05), pl.col("income").quantile(0.95)
            )
        )
        """,
    "number of rows": 'df = df.with_columns(extra=pl.col("income") / pl.len())',
    "latest date": """
        df = df.with_columns(
            extra=(pl.col("joined").max() - pl.col("joined")).dt.total_days()
        )
        """,
    "most frequent": """
        df = df.with_columns(pl.col("job").fill_null(pl.col("job").mode().sort().first()))
        df = df.with_columns(extra=(pl.col("job") == "nurse").cast(pl.Int8))
        """,
    "expressions in names": """
        age = pl.col("age")
        typical = age.mean()
        exprs = [age.fill_null(typical).alias("extra")]
        df = df.with_columns(exprs)
        """,
    "loop over columns": """
        for c in ["age", "income"]:
            df = df.with_columns(pl.col(c).fill_null(pl.col(c).median()))
        df = df.with_columns(extra=0)
        """,
    "a dict of statistics": """
        medians = {c: df[c].median() for c in ["age", "income"]}
        df = df.with_columns([pl.col(c).fill_null(medians[c]) for c in medians])
        df = df.with_columns(extra=0)
        """,
    "inside a function": """
        def prepare(frame):
            return frame.with_columns(extra=pl.col("age").fill_null(pl.col("age").mean()))
        df = prepare(df)
        """,
    "pipe": """
        def prepare(frame, by):
            return frame.with_columns(extra=pl.col("age") * by)
        df = df.pipe(prepare, 2)
        """,
    "group means over": 'df = df.with_columns(extra=pl.col("income").mean().over("city"))',
    "z-score within a group": """
        income = pl.col("income")
        df = df.with_columns(extra=(income - income.mean().over("job")) / income.std().over("job"))
        """,
    "missing values by group": """
        df = df.with_columns(pl.col("age").fill_null(pl.col("age").median().over("city", "job")))
        df = df.with_columns(extra=pl.col("age").fill_null(pl.col("age").median()))
        """,
    "a group of expressions": """
        df = df.with_columns(
            extra=pl.len().over([pl.col("city").str.to_lowercase(), pl.col("visits") > 3])
        )
        """,
    "how often its own value is there": """
        df = df.with_columns(pl.col("visits").count().over("visits").alias("extra"))
        df = df.with_columns(pl.col("visits").count().over("visits"))
        """,
    "groups in a loop": """
        for c in ["age", "income"]:
            df = df.with_columns((pl.col(c) - pl.col(c).mean().over("city")).alias(c))
        df = df.with_columns(extra=0)
        """,
    "a filter by group": """
        df = df.with_columns(extra=0)
        df = df.filter(pl.col("income") < pl.col("income").max().over("city"))
        """,
    "group means joined": """
        means = df.group_by("city").agg(extra=pl.col("income").mean())
        df = df.join(means, on="city", how="left")
        """,
    "group means as a mapping": """
        means = dict(df.group_by("city").agg(pl.col("income").mean()).iter_rows())
        df = df.with_columns(extra=pl.col("city").replace_strict(means))
        """,
    "frequencies joined": """
        shares = df["city"].value_counts(normalize=True, name="extra")
        df = df.join(shares, on="city", how="left")
        """,
    "a second table": """
        people = pl.DataFrame({"city": ["Bern", "Oslo", "Rome"], "extra": [1, 2, 3]})
        df = df.join(people, on="city", how="left")
        """,
    "a mapping": """
        df = df.with_columns(
            extra=pl.col("city").replace_strict({"Bern": 1.5, "Oslo": 2.5}, default=0)
        )
        """,
    "values one by one": """
        df = df.with_columns(
            extra=pl.col("income").map_elements(lambda v: int(str(v)[0]), return_dtype=pl.Int64)
        )
        """,
    "levels in a name": """
        levels = df["city"].unique().sort()
        df = df.with_columns(extra=pl.col("city").cast(pl.Enum(levels)).to_physical())
        """,
    "dummies": """
        df = df.to_dummies(columns=["city"])
        df = df.with_columns(extra=pl.col("city_Bern"))
        """,
    "dummies with a null, without the first": """
        df = df.to_dummies(["city", "job"], drop_first=True)
        df = df.with_columns(extra=pl.sum_horizontal(cs.starts_with("city_", "job_")))
        """,
    "dummies of a series": """
        df = df.hstack(df["job"].to_dummies(separator=":"))
        df = df.with_columns(extra=pl.col("job:null"))
        """,
    "an estimator": """
        scaler = StandardScaler()
        scaled = scaler.fit_transform(df.select("income"))
        df = df.with_columns(pl.Series("extra", scaled.ravel()))
        """,
    "selectors": """
        df = df.with_columns(cs.float() * 2)
        df = df.with_columns(extra=1)
        """,
    "in place": 'df.insert_column(2, (df["income"] * 2).alias("extra"))',
    "lazy for a statement": """
        df = df.lazy().with_columns(extra=pl.col("income") * 2).collect()
        """,
    "lazy in a name": """
        lazy = df.lazy().with_columns(extra=pl.col("income") * 2)
        df = lazy.collect()
        """,
}


@pytest.mark.parametrize("source", EXACT.values(), ids=EXACT.keys())
def test_is_packaged_exactly(source: str, extract: Extract, people: pl.DataFrame) -> None:
    derived = extract(cells(source), read=people.clone)
    assert derived.signature.frame == "polars"
    assert proven(derived, SINGLE_ROWS).max_abs_difference == 0.0


@pytest.mark.filterwarnings("ignore:`cut` is deprecated")
def test_the_fix_for_quantile_bins_works(extract: Extract, people: pl.DataFrame) -> None:
    source = """
        edges = [df["income"].quantile(q) for q in (0.25, 0.5, 0.75)]
        df = df.with_columns(extra=pl.col("income").cut(edges, labels=["a", "b", "c", "d"]))
        df = df.with_columns(pl.col("extra").cast(pl.String).replace_strict(
            {"a": 0, "b": 1, "c": 2, "d": 3}))
        """
    derived = extract(cells(source), read=people.clone)
    assert proven(derived, SINGLE_ROWS).max_abs_difference == 0.0


REFUSED = {
    "rank": Refused(
        1, "depends on all rows", 'df = df.with_columns(extra=pl.col("income").rank())'
    ),
    "rank of a series": Refused(
        1, "depends on all rows", 'df = df.with_columns(extra=df["income"].rank())'
    ),
    "sorted values": Refused(
        1, "depends on all rows", 'df = df.with_columns(extra=pl.col("income").sort())'
    ),
    "values of a sorted series": Refused(
        1, "depends on all rows", 'df = df.with_columns(extra=df["income"].sort())'
    ),
    "values in another's order": Refused(
        1, "depends on all rows", 'df = df.with_columns(extra=pl.col("income").sort_by("visits"))'
    ),
    "places in an order": Refused(
        1, "a row's place among others", 'df = df.with_columns(extra=pl.col("income").arg_sort())'
    ),
    "shift": Refused(1, "neighbouring", 'df = df.with_columns(extra=pl.col("income").shift(1))'),
    "running sum": Refused(
        1, "neighbouring", 'df = df.with_columns(extra=pl.col("visits").cum_sum())'
    ),
    "rolling mean": Refused(
        1, "neighbouring", 'df = df.with_columns(extra=pl.col("income").rolling_mean(3))'
    ),
    "fill from the rows before": Refused(
        1, "neighbouring", 'df = df.with_columns(extra=pl.col("age").forward_fill())'
    ),
    "fill by a strategy": Refused(
        1,
        'pl.col("x").fill_null(pl.col("x").median())',
        'df = df.with_columns(extra=pl.col("age").fill_null(strategy="mean"))',
    ),
    "the order within a group": Refused(
        1, "group_by", 'df = df.with_columns(extra=pl.col("income").cum_count().over("city"))'
    ),
    "over with an order": Refused(
        1,
        "group_by",
        'df = df.with_columns(extra=pl.col("income").first().over("city", order_by="age"))',
    ),
    "row numbers": Refused(1, "depends on all rows", 'df = df.with_row_index("extra")'),
    "quantile bins": Refused(
        1, "edges", 'df = df.with_columns(extra=pl.col("income").qcut(4).to_physical())'
    ),
    "codes in order of appearance": Refused(
        1,
        "pl.Enum(levels)",
        'df = df.with_columns(extra=pl.col("city").cast(pl.Categorical).to_physical())',
    ),
    "several columns summed up at once": Refused(
        2,
        "in a loop over names",
        """
        num = ["age", "income"]
        df = df.with_columns(pl.col(num).fill_null(pl.col(num).median()))
        df = df.with_columns(extra=0)
        """,
    ),
    "a comprehension of statistics": Refused(
        2,
        "when other rows come with it",
        """
        num = ["age", "income"]
        df = df.with_columns([pl.col(c).fill_null(pl.col(c).median()) for c in num])
        df = df.with_columns(extra=0)
        """,
    ),
    "file while scoring": Refused(
        1,
        "reads while scoring",
        'df = df.with_columns(extra=pl.col("age") * pl.read_csv(b"a\\n3")["a"][0])',
    ),
    "target as a feature": Refused(
        1,
        "without the target bought",
        'df = df.with_columns(extra=(pl.col("bought") == "yes").cast(pl.Int8) * pl.col("age"))',
    ),
}


@pytest.mark.filterwarnings("ignore:`qcut` is deprecated")
@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_is_refused_by_cell_and_line(case: Refused, extract: Extract, people: pl.DataFrame) -> None:
    with pytest.raises(Refusal) as refusal:
        proven(extract(cells(case.source), read=people.clone), SINGLE_ROWS)
    assert (refusal.value.cell, refusal.value.line) == (3, case.line)
    assert case.reason in str(refusal.value)
    assert refusal.value.fix


EXTRA = 'df = df.with_columns(extra=pl.col("income").clip(2000))'
ENDS = {
    "numpy": END.replace("fill_null(0)", "fill_null(0).to_numpy()").replace(
        "cast(pl.Int8)", "cast(pl.Int8).to_numpy()"
    ),
    "pandas": "df = df.to_pandas()"
    + END.replace("fill_null(0)", "fillna(0)")
    .replace(
        '.select("age", "income", "visits", "extra")', '[["age", "income", "visits", "extra"]]'
    )
    .replace("cast(pl.Int8)", "astype(int)"),
    "all but the target": END.replace(
        'df.select("age", "income", "visits", "extra")',
        'df.drop("bought", "city", "job", "joined")',
    ),
    "the target made with the features": """
df = df.with_columns(
    bought=(pl.col("bought") == "yes").cast(pl.Int8),  # the target
    extra=pl.col("extra") * 2,
)
"""
    + END.replace('(df["bought"] == "yes").cast(pl.Int8)', 'df["bought"]'),
    "the target renamed": 'df = df.with_columns([(pl.col("bought") == "yes").alias("t")])'
    + END.replace('(df["bought"] == "yes").cast(pl.Int8)', 'df["t"]'),
    "the target selected": 'df = df.select(["age", "income", "visits", "extra", "bought"])' + END,
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_the_model_takes_what_the_notebook_gave_it(
    end: str, extract: Extract, people: pl.DataFrame
) -> None:
    derived = extract(cells(EXTRA, end), read=people.clone)
    assert "bought" not in {field.name for field in derived.signature.inputs}
    assert proven(derived, SINGLE_ROWS).max_abs_difference == 0.0


def test_a_pandas_frame_made_polars(extract: Extract, people: pl.DataFrame) -> None:
    source = "df = pl.from_pandas(df)\n" + EXTRA
    derived = extract(cells(source), read=people.to_pandas().copy)
    assert derived.signature.frame == "pandas"
    assert proven(derived, SINGLE_ROWS).max_abs_difference == 0.0


def test_a_lazy_frame_is_no_table(extract: Extract, people: pl.DataFrame) -> None:
    end = END.replace("df.", "df.collect().").replace('df["bought"]', 'df.collect()["bought"]')
    with pytest.raises(Refusal, match=r"is a LazyFrame.*collect"):
        extract(cells(EXTRA, end), read=people.lazy)


WRITTEN = {
    "a statistic inside": (
        'df = df.with_columns(extra=pl.col("age").fill_null(pl.col("age").mean()))',
        'df = df.with_columns(extra=pl.col("age").fill_null(pl.lit(frozen.age_mean)))',
    ),
    "by the loop's variable": (
        'for c in ["age", "income"]:\n    df = df.with_columns(extra=pl.col(c) - pl.col(c).mean())',
        'for c in ["age", "income"]:\n    df = df.with_columns(extra=pl.col(c) - '
        "pl.lit(frozen.mean_by_c[c]))",
    ),
    "a group's statistic": (
        'm = df.group_by("city").agg(extra=pl.len())\ndf = df.join(m, on="city", how="left")',
        'df = df.join(frozen.m, on="city", how="left")',
    ),
    "a group's statistic inside": (
        'df = df.with_columns(extra=pl.col("age") - pl.col("age").mean().over("city"))',
        'df = df.with_columns(extra=pl.col("age") - over_groups(frozen.age_mean_by_city, "city"))',
    ),
    "dummies": (
        'df = df.to_dummies("city").with_columns(extra=1)',
        "df = with_dummies(df, frozen.df_dummies).with_columns(extra=1)",
    ),
    "dummies of a chain": (
        'df = df.fill_nan(None).to_dummies("city").with_columns(extra=1)',
        "df = with_dummies(df.fill_nan(None), frozen.df_dummies).with_columns(extra=1)",
    ),
    "the target's part left out": (
        'df = df.with_columns(b=pl.col("bought"), extra=pl.col("age"))',
        'df = df.with_columns(extra=pl.col("age"))',
    ),
}


@pytest.mark.parametrize(("source", "written"), WRITTEN.values(), ids=WRITTEN.keys())
def test_reads_as_the_author_wrote_it(
    source: str, written: str, extract: Extract, people: pl.DataFrame
) -> None:
    derived = extract(cells(source), read=people.clone)
    assert textwrap.indent(written, "    ") + "\n" in derived.steps
    assert "def features(df: pl.DataFrame, frozen: Frozen)" in derived.steps


# -- types


def test_fields_have_polars_types(extract: Extract, people: pl.DataFrame) -> None:
    source = """
        df = df.with_columns(
            extra=pl.col("joined").dt.year() + pl.col("since").dt.year()
            + pl.col("size").to_physical() + pl.col("member").cast(pl.Int8)
        )
        """
    raw = people.with_columns(
        since=pl.col("joined").cast(pl.Date),
        size=pl.Series(["s", "m"] * 40, dtype=pl.Enum(["s", "m", "l"])),
        member=pl.Series([True, False] * 40),
        visits=pl.Series([None, *people["visits"].to_list()[1:]], dtype=pl.Int32),
        joined=pl.col("joined").dt.replace_time_zone("Europe/Oslo"),
    )
    derived = extract(cells(source), read=raw.clone)
    fields = {field.name: field for field in derived.signature.inputs}
    assert {name: field.dtype for name, field in fields.items()} == {
        "age": "Float64",
        "income": "Float64",
        "visits": "Int32",
        "joined": "Datetime[us, Europe/Oslo]",
        "since": "Date",
        "size": "Enum",
        "member": "Boolean",
    }
    assert fields["size"].categories == ("s", "m", "l")
    assert [name for name, field in fields.items() if field.nullable] == ["age", "visits"]
    assert proven(derived, SINGLE_ROWS).max_abs_difference == 0.0


@pytest.mark.parametrize(
    ("column", "said"),
    [
        (pl.Series(["a", "b"] * 40, dtype=pl.Categorical), "of type Categorical"),
        (pl.Series([1.5, float("nan")] * 40), "it holds NaN"),
        (pl.Series([[1], [2]] * 40), "of type List"),
    ],
)
def test_a_column_that_json_can_not_carry(
    column: pl.Series, said: str, extract: Extract, people: pl.DataFrame
) -> None:
    raw = people.with_columns(odd=column)
    source = 'df = df.with_columns(extra=pl.col("odd").is_not_null())'
    with pytest.raises(CellmarkError, match=said):
        extract(cells(source), read=raw.clone)
