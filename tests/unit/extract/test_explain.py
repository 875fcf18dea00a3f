"""Each statement gets a verdict, and all that is refused is said at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd
import pytest

from cellmark.core.explanation import Explanation
from cellmark.core.statement import Statement
from cellmark.extract.explain import explain
from cellmark.extract.refusal import Refusal

from .conftest import Extract, trace

Explain = Callable[[Sequence[tuple[str, str]]], Explanation]

READ = (
    "data",
    """
    import numpy as np
    import pandas as pd
    from sklearn.linear_model import LinearRegression
    df = read()
    """,
)
FIT = (
    "train",
    """
    X = df[["visits", "extra"]]
    model = LinearRegression().fit(X, df["income"])
    answers = model.predict(X)
    """,
)


@pytest.fixture
def explained(people: pd.DataFrame, tmp_path: Path) -> Explain:
    def run(cells: Sequence[tuple[str, str]]) -> Explanation:
        tracer, texts = trace(cells, {"__name__": "__main__", "read": people.copy}, {})
        return explain(tracer, texts, "test.ipynb", tmp_path)

    return run


def verdicts(explanation: Explanation, cell: int) -> list[tuple[int, str]]:
    return [(each.line, each.verdict) for each in explanation.statements if each.cell == cell]


def the_only(explanation: Explanation, verdict: str) -> Statement:
    (found,) = (each for each in explanation.statements if each.verdict == verdict)
    return found


def test_what_can_be_packaged(explained: Explain) -> None:
    source = 'df["extra"] = df["age"].fillna(df["age"].mean())'
    said = explained([READ, ("preprocess", source), FIT])
    assert said.refused == ()
    assert said.model == "model"
    assert [each.verdict for each in said.statements] == [
        "dropped",
        "dropped",
        "dropped",
        "dropped",
        "frozen",
        "kept",
        "frozen",
        "dropped",
    ]
    statement = said.statements[4]
    assert statement.source == source
    assert [*statement.frozen] == ["age_mean"]


SEVERAL = """
# The author's own words.
df["lag"] = df["income"].shift()
df["ratio"] = df["income"] / (df["visits"] + 1)
df["extra"] = (
    df["age"].rank()
    + df["visits"].cumsum()
)
df = df.ffill()
df.head()
"""


def test_all_refusals_at_once_and_verdicts_for_the_rest(explained: Explain) -> None:
    said = explained([READ, ("preprocess", SEVERAL), FIT])
    assert [(each.cell, each.line, each.source) for each in said.refused] == [
        (2, 2, "df['income'].shift()"),
        (2, 5, "df['age'].rank()"),
        (2, 6, "df['visits'].cumsum()"),
        (2, 8, "df.ffill()"),
    ]
    assert verdicts(said, 2) == [
        (2, "refused"),
        (3, "kept"),
        (4, "refused"),
        (8, "refused"),
        (9, "dropped"),
    ]
    assert verdicts(said, 3) == [(1, "kept"), (2, "frozen"), (3, "dropped")]
    two = said.statements[6]
    assert two.source == 'df["extra"] = (\n    df["age"].rank()\n    + df["visits"].cumsum()\n)'
    assert "line 5, `df['age'].rank()`: depends on all rows" in two.reason
    assert "line 6, `df['visits'].cumsum()`: looks at neighbouring rows" in two.reason
    assert two.fix.count(".") >= 2


def test_packaging_says_all_of_them(extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(Refusal) as refusal:
        extract([READ, ("preprocess", SEVERAL), FIT], read=people.copy)
    first = refusal.value
    assert (first.cell, first.line) == (2, 2)
    assert [each.line for each in first.others] == [5, 6, 8]
    assert len(str(first).splitlines()) == 4


IN_FUNCTION = """
def prepare(frame):
    frame = frame.copy()
    frame["extra"] = frame["visits"].diff().fillna(0)
    unused = frame.dropna()
    print(frame["age"].rank())
    return frame
"""


def test_what_a_function_does_is_refused_where_it_is_written(explained: Explain) -> None:
    said = explained([READ, ("", IN_FUNCTION), ("preprocess", "df = prepare(df)"), FIT])
    assert [(each.cell, each.line) for each in said.refused] == [(2, 3)]
    assert verdicts(said, 2) == [(1, "refused")]
    assert verdicts(said, 3) == [(1, "kept")]


def test_two_statements_on_a_line(explained: Explain) -> None:
    source = 'a = 1; df["extra"] = df["visits"].cumsum(); b = 2'
    said = explained([READ, ("preprocess", source), FIT])
    assert verdicts(said, 2) == [(1, "dropped"), (1, "refused"), (1, "dropped")]
    assert the_only(said, "refused").source == 'df["extra"] = df["visits"].cumsum()'


def test_two_models_explained_for_the_likelier(explained: Explain) -> None:
    source = """
    first = LinearRegression().fit(df[["visits"]], df["income"])
    one = first.predict(df[["visits"]])
    second = LinearRegression().fit(df[["extra"]], df["income"])
    two = second.predict(df[["extra"]])
    """
    said = explained(
        [READ, ("preprocess", 'df["extra"] = df["visits"].cumsum()'), ("train", source)]
    )
    assert said.model == "second"
    assert [(each.cell, each.line) for each in said.refused] == [(None, None), (2, 1)]
    assert said.refused[0].reason == "2 models answer in it: first, second; expected one"
    assert "--model second" in said.refused[0].fix
    assert verdicts(said, 3) == [(1, "dropped"), (2, "dropped"), (3, "frozen"), (4, "dropped")]


def test_no_model(explained: Explain) -> None:
    said = explained([READ, ("preprocess", "df.head()")])
    assert said.model is None
    assert "no model was fitted in it" in said.refused[0].reason
    assert {each.verdict for each in said.statements} == {"dropped"}
    assert [each.judged for each in said.statements] == [*[False] * 4, True]


def test_a_model_in_a_cell_without_a_role(explained: Explain) -> None:
    fit = "model = LinearRegression().fit(df[['visits']], df['income'])"
    said = explained([READ, ("", fit)])
    assert verdicts(said, 2) == [(1, "refused")]
    assert said.refused[0].fix == "Tag the cell train."


def test_what_does_not_run_for_new_rows(explained: Explain) -> None:
    source = 'df["extra"] = df["income"] * 2'
    said = explained([READ, ("preprocess", source), FIT])
    assert [(each.cell, each.line) for each in said.refused] == [(2, 1)]
    assert the_only(said, "refused").fix
    assert verdicts(said, 3) == [(1, "kept"), (2, "frozen"), (3, "dropped")]


def test_a_value_that_cannot_be_kept(explained: Explain) -> None:
    source = """
    import weakref
    from sklearn.preprocessing import FunctionTransformer
    doubled = FunctionTransformer(np.square)
    doubled.itself = weakref.ref(doubled)
    df["extra"] = doubled.fit_transform(df[["visits"]])
    """
    said = explained([READ, ("preprocess", source), FIT])
    assert len(said.refused) == 1
    assert "can't be kept" in the_only(said, "refused").reason


def test_no_frame_from_a_data_cell(explained: Explain) -> None:
    said = explained([("", READ[1]), ("preprocess", 'df["extra"] = 1'), FIT])
    assert [each.cell for each in said.refused] == [3]
    assert "no frame from a data cell" in said.refused[0].reason


SEARCHED = """
other = LinearRegression().fit(df[["visits"]], df["income"])
train = df[df["income"] < 4000]
best, best_score = None, -1
for positive in (True, False):
    tried = LinearRegression(positive=positive)
    tried.fit(train[["visits"]], train["income"])
    score = tried.score(df[["visits"]], df["income"])
    if score > best_score:
        best, best_score = tried, score
answers = best.predict(df[["visits"]])
"""


def test_what_a_search_by_hand_leaves_behind(explained: Explain) -> None:
    said = explained([READ, ("train", SEARCHED)])
    assert said.refused == ()
    found = {each.line: (each.verdict, each.reason) for each in said.statements if each.cell == 2}
    assert found[1] == ("dropped", "fits on the training rows what scoring does not ask")
    assert found[2] == ("dropped", "chooses among rows that scoring is not asked about")
    assert found[3] == ("dropped", "scoring does not need it")
    assert found[4][0] == "frozen"


def test_a_fit_that_scoring_has(explained: Explain) -> None:
    source = "model = LinearRegression()\nmodel.fit(df[['visits']], df['income'])"
    said = explained([READ, ("train", source)])
    assert said.statements[-1].reason.endswith("scoring has the fitted estimator")


def test_the_variable_of_a_loop_is_no_frozen_value(explained: Explain) -> None:
    source = """
    for c in df[["age", "visits"]].columns:
        df[c] = df[c].fillna(df[c].median())
    df["extra"] = 0.0
    for c in ["age", "visits"]:
        df["extra"] += df[c].clip(upper=df[c].quantile(0.9))
    """
    said = explained([READ, ("preprocess", source), FIT])
    assert said.refused == ()
    statement = next(each for each in said.statements if "clip" in each.source)
    assert [*statement.frozen] == ["quantile_by_c"]
