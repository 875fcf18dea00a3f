"""Row filters: scoring refuses the rows that the notebook left out, or scores them, as stated."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.checking import InvalidRows
from cellmark_runtime.types.policies import Policies

from ..conftest import Extract, StepsModel, proven
from .conftest import IMPORTS, SINGLE_ROWS, Refused

END = """
X = df[[name for name in ("age", "income", "visits", "extra") if name in df.columns]].fillna(0)
y = (df["bought"] == "yes").astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""
LEFT_OUT = "rows that the notebook leaves out are refused"

Filter = Callable[..., Derived]


def left_by(source: str, people: pd.DataFrame) -> pd.DataFrame:
    """What the notebook goes on with: its cell, run as it stands."""
    names: dict[str, Any] = {"df": people.copy(), "np": np, "pd": pd}
    exec(textwrap.dedent(source), names)
    frame: pd.DataFrame = names["df"]
    return frame


@pytest.fixture
def filtered(extract: Extract, people: pd.DataFrame) -> Filter:
    """Derive a notebook whose third cell is a filter, under a policy for filtered rows."""

    def run(source: str, policy: str = "reject", end: str = END) -> Derived:
        cells = [
            ("", IMPORTS),
            ("data", "df = read()"),
            ("preprocess", source),
            ("train evaluate", end),
        ]
        policies = Policies(filtered_row=policy)  # type: ignore[arg-type]
        return extract(cells, choices=Choices(policies=policies), read=people.copy)

    return run


def rows_refused(derived: Derived) -> int:
    """How many rows the proof found refused; the others' numbers are the notebook's own."""
    proof = proven(derived, SINGLE_ROWS)
    assert proof.max_abs_difference < 1e-12
    return sum(check.rows for check in proof.checks if check.name == LEFT_OUT)


CONDITIONS = {
    "dropna of a column": ('df = df.dropna(subset=["age"])'),
    "dropna": ("df = df.dropna()"),
    "dropna in place": ("df.dropna(inplace=True)"),
    "dropna with a count": ("df = df.dropna(thresh=7)"),
    "dropna that counts anew": ("df = df.dropna(ignore_index=True)"),
    "dropna of two columns, one the target": ('df = df.dropna(subset=["bought", "age"])'),
    "mask": ('df = df[df["income"] < 4000]'),
    "mask with a name": ('few = df["income"] < 4000\ndf = df[few].copy()'),
    "mask by what is there": ('df = df[df["age"].notna()]\ndf = df[~df["job"].isnull()]'),
    "mask of two": ('df = df[(df["income"] < 4000) & (df.visits < df.visits.max())]'),
    "mask that a chain ends in": (
        'df = df[df["age"] > 25].reset_index(drop=True)\ndf = df[df["income"] < 4000]'
    ),
    "loc": ('df = df.loc[df["age"] > 25, ["age", "income", "bought", "visits"]]'),
    "loc with a lambda": ('df = df.loc[lambda d: d["age"] > 25]'),
    "query": ('df = df.query("income < 4000 and visits < 8")'),
    "query with a variable": (
        'cap = df["income"].quantile(0.9)\ndf = df.query("income < @cap and age > 25")'
    ),
    "z score": (
        'z = (df["income"] - df["income"].mean()) / df["income"].std()\ndf = df[z.abs() < 2]'
    ),
    "z scores": (
        """
        numbers = df[["income", "visits"]]
        z = ((numbers - numbers.mean()) / numbers.std()).abs()
        df = df[(z < 2).all(axis=1)]
        """
    ),
    "z scores of scipy": (
        """
        from scipy import stats
        num = ["income", "visits"]
        df = df[(np.abs(stats.zscore(df[num])) < 2).all(axis=1)]
        """
    ),
    "z scores of scipy, of a sample": (
        """
        from scipy.stats import zscore
        z = np.abs(zscore(df["income"], ddof=1))
        df = df[z < 2]
        """
    ),
    "z scores of scipy without what is missing": (
        """
        from scipy import stats
        z = stats.zscore(df[["age", "income"]], nan_policy="omit")
        df = df[(np.abs(z) < 1.9).all(axis=1)]
        """
    ),
    "z scores of scipy in a loop": (
        """
        from scipy import stats
        for name in ["income", "visits"]:
            df = df[np.abs(stats.zscore(df[name])) < 2]
        """
    ),
    "the fix for z scores by apply": (
        """
        num = ["income", "visits"]
        means, spreads = df[num].mean(), df[num].std(ddof=0)
        df = df[(((df[num] - means) / spreads).abs() < 2).all(axis=1)]
        """
    ),
    "pipe, twice": (
        """
        def adults(d, least=20):
            return d[d["age"] > least]
        df = df.pipe(adults).pipe(adults, least=25)
        """
    ),
    "pipe of a lambda": ('df = df.pipe(lambda d: d[d["income"] < d["income"].quantile(0.9)])'),
    "pipe in a chain": (
        """
        def clean(d):
            cap = d["income"].quantile(0.9)
            return d[d["income"] < cap].dropna(subset=["job"])
        df = df.assign(extra=1).pipe(clean).reset_index(drop=True)
        """
    ),
    "quantiles": (
        """
        q1, q3 = df["income"].quantile([0.25, 0.75])
        iqr = q3 - q1
        df = df[~((df["income"] < q1 - iqr) | (df["income"] > q3 + iqr))]
        """
    ),
    "between": (
        'df = df[df["income"].between(df["income"].quantile(.05), df["income"].quantile(.95))]'
    ),
    "loop": (
        """
        for name in ["income", "visits"]:
            df = df[df[name] < df[name].quantile(0.97)]
        """
    ),
    "the labels of rows": ('df = df.drop(df[df["income"] > 4000].index)'),
    "the labels of rows by name": (
        'rich = df[df["income"] > 4000].index\ndf.drop(index=rich, inplace=True)'
    ),
    "labels by a mask": ('df = df.loc[df.index[df["income"] < 4000]]'),
    "labels to keep": ('kept = df[df["income"] < 4000].index\ndf = df.loc[kept]'),
    "method chain": (
        """
        df = (
            df.assign(extra=df["income"] * 2)
            # adults
            .query("age > 25")
            .dropna(subset=["job"])
            .loc[lambda d: d["income"] > 1500]
            .reset_index(drop=True)
        )
        """
    ),
    "function": (
        """
        def clean(d):
            d = d[d["age"] > 25]
            cap = d["income"].quantile(0.95)
            d = d[d["income"] < cap]
            return d.dropna(subset=["job"])
        df = clean(df)
        """
    ),
    "function that works in place": (
        """
        def clean(d):
            d.dropna(subset=["age"], inplace=True)
            d["extra"] = d["age"] * 2
        clean(df)
        """
    ),
    "filter by a model": (
        """
        from sklearn.ensemble import IsolationForest
        usual = IsolationForest(random_state=0, n_estimators=5)
        df = df[usual.fit_predict(df[["income", "visits"]]) == 1]
        """
    ),
    "levels": ('top = df["job"].value_counts().head(3).index\ndf = df[df["job"].isin(top)]'),
    "merge after it": (
        """
        means = df.groupby("city", as_index=False)["income"].mean()
        df = df[df["age"] > 25].merge(means, on="city", suffixes=("", "_of_city"), how="left")
        df["extra"] = df["income"] - df["income_of_city"]
        """
    ),
    "statistics before and after": (
        'm = df["age"].mean()\ndf = df[df["income"] < 4000]\n'
        'df["extra"] = df["age"] - m + df["income"].mean()'
    ),
    "nothing left out": ('df = df[df["income"] > -1e9]'),
    "and by the target": ('df = df[df["bought"].notna() & (df["age"] > 25)]'),
    "labels that say something": (
        'df = df.set_index("city")\ndf = df[df["age"] > 25].dropna(subset=["job"])'
    ),
}


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("source", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_rows_that_a_condition_leaves_out_are_refused(
    source: str, filtered: Filter, people: pd.DataFrame
) -> None:
    derived = filtered(source)
    assert rows_refused(derived) == len(people) - len(left_by(source, people))


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("source", CONDITIONS.values(), ids=CONDITIONS.keys())
def test_they_are_scored_where_the_policy_says_so(source: str, filtered: Filter) -> None:
    derived = filtered(source, "score")
    assert rows_refused(derived) == 0
    assert len(derived.truth.accepted) == len(derived.truth.raw)
    assert "keep_" not in derived.steps


# What no row tells of itself.
TRAINING_ONLY = {
    "drop_duplicates": 'df = df.drop_duplicates(subset=["age", "city"])',
    "drop_duplicates in place": 'df.drop_duplicates(subset=["age"], inplace=True)',
    "duplicated": 'df = df[~df.duplicated(subset=["age", "city"])]',
    "duplicated by name": 'again = df.duplicated(subset=["age", "city"])\ndf = df[~again]',
    "head": "df = df.head(60)",
    "tail": "df = df.tail(60)",
    "slice": "df = df[:60]",
    "positions": "df = df.iloc[10:]",
    "drawn positions": (
        "drawn = np.random.RandomState(0).permutation(len(df))[:60]\ndf = df.iloc[drawn]"
    ),
    "sample": "df = df.sample(n=60, random_state=1)",
    "shuffle": "df = df.sample(frac=1, random_state=0).reset_index(drop=True)",
    "sort": 'df = df.sort_values("income")',
    "largest": 'df = df.nlargest(60, "income")',
    "labels by hand": "df = df.drop([3, 5, 7]).reset_index(drop=True)",
    "the target alone": 'df = df[df["bought"].notna()]',
    "dropna of the target": 'df = df.dropna(subset=["bought"])',
    "part under a new name": 'part = df.iloc[:70]\ndf = part.assign(extra=part["income"] * 2)',
}


@pytest.mark.filterwarnings("ignore:The inplace keyword")
@pytest.mark.parametrize("policy", ["reject", "score"])
@pytest.mark.parametrize("source", TRAINING_ONLY.values(), ids=TRAINING_ONLY.keys())
def test_what_only_chooses_training_rows_lets_every_row_pass(
    source: str, policy: str, filtered: Filter, people: pd.DataFrame
) -> None:
    derived = filtered(source, policy)
    assert rows_refused(derived) == 0
    complete = people.dropna()[[field.name for field in derived.signature.inputs]]
    assert len(StepsModel(derived).trace(complete)[1]) == len(complete)


ROWS_STAY = {
    "store by a mask": (
        'df["extra"] = 0.0\nrich = df["income"] > 3000\n'
        'df.loc[rich, "extra"] = df.loc[rich, "income"] / 10'
    ),
    "store where a value is missing": (
        'df = df.copy()\ndf.loc[df["age"].isna(), "age"] = df.loc[df["age"].isna(), "visits"] * 2'
    ),
    "statistic of some rows": (
        'df["extra"] = df["income"] - df[df["city"] == "Bern"]["income"].mean()'
    ),
    "lookup of some rows": (
        'means = df[df["city"] == "Bern"].groupby("job")["income"].mean()\n'
        'df["extra"] = df["job"].map(means).fillna(0)'
    ),
}


@pytest.mark.parametrize("source", ROWS_STAY.values(), ids=ROWS_STAY.keys())
def test_a_filter_that_the_rows_do_not_go_through_stays_as_it_is(
    source: str, filtered: Filter
) -> None:
    derived = filtered(source)
    assert rows_refused(derived) == 0
    assert "keep_" not in derived.steps


ARRAYS = """
X = df[["age", "income", "visits"]].fillna(0).values
y = (df["bought"] == "yes").astype(int).values
{}
model = RandomForestClassifier(3, random_state=0).fit(X, y)
answers = model.predict(X)
"""


@pytest.mark.parametrize(
    ("source", "count"),
    [
        ("usual = X[:, 1] < 4000\nX = X[usual]\ny = y[usual]", 8),
        ("usual = X[:, 1] < 4000\nX, y = X[usual, :2], y[usual]", 8),
        ("X, y = X[:60], y[:60]", 0),
        ("X, y = X[np.arange(5, 70)], y[np.arange(5, 70)]", 0),
    ],
)
def test_rows_of_an_array(source: str, count: int, filtered: Filter) -> None:
    assert rows_refused(filtered("", end=ARRAYS.format(source))) == count


def test_a_filter_in_the_argument_of_fit(filtered: Filter) -> None:
    end = """
    X = df[["age", "income"]].fillna(0)
    usual = X["income"] < 4000
    model = RandomForestClassifier(3, random_state=0).fit(X[usual], df["bought"][usual])
    """
    assert rows_refused(filtered("", end=end)) == 8


def test_the_target_filtered_by_a_feature_is_the_target_still(filtered: Filter) -> None:
    end = """
    usual = df["income"] < 4000
    y = df["bought"][usual]
    X = df.loc[usual, ["age", "income"]].fillna(0)
    model = RandomForestClassifier(3, random_state=0).fit(X, y)
    """
    derived = filtered("", end=end)
    assert [field.name for field in derived.signature.inputs] == ["age", "income"]
    assert rows_refused(derived) == 8


def test_training_rows_alone_are_filtered(filtered: Filter) -> None:
    end = """
    train, test = train_test_split(df.fillna({"age": 0}), random_state=0)
    train = train[train["income"] < 4000]
    model = RandomForestClassifier(3, random_state=0).fit(train[["age", "income"]], train["bought"])
    answers = model.predict(test[["age", "income"]])
    """
    assert rows_refused(filtered("", end=end)) == 0


REFUSED = {
    "target and feature": Refused(
        1,
        "by the target bought",
        'df = df[(df["bought"] == "no") | (df["age"] > 20)]',
    ),
    "labels by target and feature": Refused(
        1,
        "by the target bought",
        'df = df.drop(df[(df["income"] > 4000) & (df["bought"] == "no")].index)',
    ),
    "rows and columns": Refused(
        1,
        "rows and columns in one",
        'df = df.drop(index=df[df["age"] > 70].index, columns=["job"])',
    ),
    "z scores by apply": Refused(
        3,
        "`mean, spread = x.mean(), x.std()`",
        """
        from scipy import stats
        num = ["income", "visits"]
        df = df[(df[num].apply(stats.zscore).abs() < 2).all(axis=1)]
        """,
    ),
    "an unknown selection": Refused(
        1,
        "keeps 63 of 80 rows",
        'df = df.groupby("city").head(21)',
    ),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED.keys())
def test_a_filter_that_no_request_can_be_judged_by_is_refused(
    case: Refused, filtered: Filter
) -> None:
    with pytest.raises(Refusal) as refusal:
        filtered(case.source)
    assert (refusal.value.cell, refusal.value.line) == (3, case.line)
    assert case.reason in str(refusal.value)
    assert refusal.value.fix


def test_such_a_filter_may_be_left_out_of_scoring(filtered: Filter) -> None:
    assert rows_refused(filtered(REFUSED["target and feature"].source, "score")) == 0


def test_a_filter_is_written_as_one_call(filtered: Filter) -> None:
    source = 'df = df[df["age"] > 25]\ndf = df.dropna(subset=["job"])'
    steps = filtered(source).steps
    assert """df = keep_rows(df, df["age"] > 25, "df['age'] > 25")""" in steps
    assert 'df = keep_complete(df, subset=["job"])' in steps
    assert "keep_" not in filtered(source, "score").steps


def test_a_refused_row_is_told_in_the_author_s_words(
    filtered: Filter, people: pd.DataFrame
) -> None:
    derived = filtered('df = df[(df["income"] < 4000) & (df["visits"] > 0)]')
    rows = people[[field.name for field in derived.signature.inputs]].assign(visits=3)
    rows = rows[rows["age"].notna()].head(4).assign(income=[1.0, 5000.0, 2.0, 6000.5])
    with pytest.raises(InvalidRows) as refused:
        StepsModel(derived).trace(rows)
    assert [fault.row for fault in refused.value.faults] == [1, 3]
    assert refused.value.faults[1].received == "income 6000.5, visits 3"
    assert refused.value.faults[1].expected == (
        "a row for which (df['income'] < 4000) & (df['visits'] > 0)"
    )


def test_a_column_that_dropna_keeps_complete_may_not_be_null(filtered: Filter) -> None:
    fields = {field.name: field for field in filtered("df = df.dropna()").signature.inputs}
    assert not fields["age"].nullable
    assert not fields["job"].nullable


def test_a_policy_that_the_model_can_t_follow_is_no_bundle(filtered: Filter) -> None:
    end = """
    from sklearn.linear_model import LogisticRegression
    model = LogisticRegression().fit(df[["age", "income"]], df["bought"])
    """
    derived = filtered("df = df.dropna()", "score", end)
    with pytest.raises(CellmarkError, match=r"filtered_row=score.*can't be scored"):
        proven(derived, SINGLE_ROWS)


def test_rows_by_other_labels(extract: Extract, people: pd.DataFrame) -> None:
    frames = {
        "texts": people.set_axis([f"p{number}" for number in range(80)]),
        "again and again": people.set_axis(np.arange(80) % 7),
        "from the end": people.set_axis(np.arange(80)[::-1]),
    }
    source = 'df = df[df["age"] > 25]\ndf = df.dropna(subset=["job"]).drop_duplicates()'
    for frame in frames.values():
        cells = [
            ("", IMPORTS),
            ("data", "df = read()"),
            ("preprocess", source),
            ("train evaluate", END),
        ]
        assert rows_refused(extract(cells, read=frame.copy)) == 14


CREDIT = Path(__file__).parents[4] / "example_notebooks/data/credit.csv"
LENDING = """
df = df.drop_duplicates()
df = df[df["Status"].notna()]
df = df.dropna(subset=["Income", "Job"]).reset_index(drop=True)
low, high = df["Income"].quantile([0.01, 0.99])
df = df[df["Income"].between(low, high)]
for name in ["Expenses", "Amount"]:
    z = (df[name] - df[name].mean()) / df[name].std()
    df = df[z.abs() < 3]
df["Assets"] = df["Assets"].fillna(df["Assets"].median())
X = pd.get_dummies(df[["Age", "Income", "Expenses", "Assets", "Amount", "Job"]])
y = df["Status"]
"""
LEND = """
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(5, max_depth=6, random_state=0).fit(X_train, y_train)
answers = model.predict(X_test)
"""


@pytest.mark.parametrize("policy", ["reject", "score"])
def test_a_real_table(policy: str, extract: Extract) -> None:
    loans = pd.read_csv(CREDIT)
    cells = [
        ("", IMPORTS),
        ("data", "df = pd.read_csv(CREDIT)"),
        ("preprocess", LENDING),
        ("train evaluate", LEND),
    ]
    policies = Policies(filtered_row=policy)  # type: ignore[arg-type]
    derived = extract(cells, choices=Choices(policies=policies), CREDIT=CREDIT)
    kept = left_by(LENDING, loans)
    # Duplicates are neither kept nor refused: no request knows of the row before it.
    left_out = len(loans.drop_duplicates()) - len(kept) if policy == "reject" else 0
    assert rows_refused(derived) == left_out
    income = next(field for field in derived.signature.inputs if field.name == "Income")
    assert income.nullable == (policy == "score")
