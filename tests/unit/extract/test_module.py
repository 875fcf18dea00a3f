"""The module's functions: their names, what goes in and out, and how they are called in turn."""

from __future__ import annotations

import ast

import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.derive import Derived
from cellmark.extract.refusal import Refusal
from cellmark.extract.written import verdicts

from .conftest import Extract, proven

SETUP = """
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
df = read()
"""
FEATURES = 'X = df[["income", "visits"]]'
FIT = 'm = RandomForestClassifier(2, random_state=0).fit(X, df["bought"])\nm.predict(X)'


def functions(derived: Derived) -> list[str]:
    tree = ast.parse(derived.steps)
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]


ANSWERS = ["features", "predict", "predict_proba"]
HEADINGS = {
    "words": ("Make the features", FEATURES, "make_the_features"),
    "many words": ("Make all of the features, in one go", FEATURES, "make_all_of_the"),
    "numbered": ("2. Features", FEATURES, "preprocess_2"),
    "none of our letters": ("特徴量", FEATURES, "preprocess_2"),
    "a word of Python": ("Import", FEATURES, "preprocess_2"),
    "a builtin": ("Filter", FEATURES, "preprocess_2"),
    "a name of the module's": ("Features", FEATURES, "preprocess_2"),
    "a variable": ("DF", FEATURES, "preprocess_2"),
    "a function of the notebook": (
        "Scale",
        'def scale(d):\n    return d * 2\nX = scale(df[["income", "visits"]])',
        "preprocess_2",
    ),
}


@pytest.mark.parametrize(("heading", "source", "name"), HEADINGS.values(), ids=HEADINGS.keys())
def test_a_step_is_named_after_the_heading(
    heading: str, source: str, name: str, extract: Extract, people: pd.DataFrame
) -> None:
    derived = extract(
        [("data", SETUP), ("preprocess", source), ("train", FIT)],
        headings={2: heading},
        read=people.copy,
    )
    assert functions(derived)[-4:] == [name, *ANSWERS]
    assert proven(derived, 3)


def test_two_cells_of_one_heading(extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(
        [("data", SETUP), ("preprocess", 'df["k"] = 1'), ("", FEATURES), ("train", FIT)],
        headings={2: "Prepare", 3: "Prepare"},
        read=people.copy,
    )
    assert functions(derived) == ["prepare", "cell_3", *ANSWERS]


def test_a_cell_that_splits_the_rows_makes_two_steps(
    extract: Extract, people: pd.DataFrame
) -> None:
    source = f"""
    {FEATURES}
    y = df["bought"]
    a, b, c, d = train_test_split(X, y, random_state=0)
    s = StandardScaler()
    a = s.fit_transform(a)
    b = s.transform(b)
    """
    fit = "m = RandomForestClassifier(2, random_state=0).fit(a, c)\nm.predict(b)"
    derived = extract([("data", SETUP), ("preprocess", source), ("train", fit)], read=people.copy)
    assert functions(derived) == ["preprocess_2", "preprocess_2_2", *ANSWERS]
    assert proven(derived, 3)


def test_steps_hand_on_what_later_ones_read(extract: Extract, people: pd.DataFrame) -> None:
    cells = [
        ("data", SETUP),
        ("preprocess", 'part = df[["income"]]\nspare = df["visits"]\nother = df["age"]'),
        ("preprocess", "X = part.assign(v=spare)"),
        ("train", FIT),
    ]
    derived = extract(cells, read=people.copy)
    assert "part, spare = preprocess_2(df)\n    X = preprocess_3(part, spare)\n" in derived.steps
    assert "other" not in derived.steps


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
def test_rows_to_look_at_do_not_decide(extract: Extract, people: pd.DataFrame) -> None:
    looks = f"{FIT}\nm.predict([[3000, 4]])\nm.predict(X.head())\nm.predict(X.iloc[[0]])"
    for source in (looks, looks.replace("m.predict(X)\n", "")):
        derived = extract([("data", SETUP), ("", FEATURES), ("train", source)], read=people.copy)
        assert proven(derived, 3)


NAMES = 'features = ["income", "visits"]\n'
OWN_NAMES = {
    "columns": NAMES + "X = df[features]",
    "in a function": NAMES + "def pick(d):\n    return d[features]\nX = pick(df)",
    "handed to a parameter of that name": NAMES
    + "def pick(d, features):\n    return d[features]\nX = pick(df, features)",
    "in a loop": NAMES + "for c in features:\n    df[c] = df[c].fillna(0)\nX = df[features]",
    "in a comprehension": NAMES + "X = df[[c for c in features if c != 'é']]",
    "of the answers' name": 'predict = 2\nX = df[["income", "visits"]] * predict',
}


@pytest.mark.parametrize("source", OWN_NAMES.values(), ids=OWN_NAMES)
def test_a_constant_gets_another_name_where_the_module_needs_its_own(
    source: str, extract: Extract, people: pd.DataFrame
) -> None:
    cells = [("data", SETUP), ("preprocess", source), ("train", FIT)]
    derived = extract(cells, read=people.copy)
    name = source.partition(" ")[0]
    assert f"\n{name}_ = " in derived.steps
    assert f"`{name}` is called `{name}_`" in str(verdicts(derived))
    assert proven(derived, 5).max_abs_difference < 1e-12


@pytest.mark.parametrize("after", ["", "\nlate = (m.predict_proba(X[features])[:, 1] > 0.4) * 1"])
def test_a_constant_is_renamed_where_the_model_is_asked(
    after: str, extract: Extract, people: pd.DataFrame
) -> None:
    fit = (
        "m = RandomForestClassifier(2, random_state=0).fit(X[features], y)\n"
        f"p = m.predict(X[features]){after}"
    )
    choices = Choices(answer="late" if after else None)
    cells = [("data", SETUP), ("preprocess", NAMES + "X, y = df.copy(), df.bought"), ("train", fit)]
    derived = extract(cells, choices=choices, read=people.copy)
    assert "return X[features_]" in derived.steps
    assert proven(derived, 5).max_abs_difference < 1e-12


RESERVED = {
    "a function": 'def features(d):\n    return d[["income", "visits"]]\nX = features(df)',
    "a keyword": NAMES + "def pick(d, **o):\n    return d[o['features']]\n"
    "X = pick(df, features=features)",
    "in a text": NAMES + "X = df[[c for c in features if f'{features}']]",
}


@pytest.mark.parametrize("source", RESERVED.values(), ids=RESERVED)
def test_a_reserved_name_is_refused(source: str, extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(Refusal, match="'features' stands for something else") as refusal:
        extract([("data", SETUP), ("preprocess", source), ("train", FIT)], read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == (2, 1)


def test_the_same_notebook_gives_the_same_text(extract: Extract, people: pd.DataFrame) -> None:
    cells = [("data", SETUP), ("preprocess", FEATURES), ("train", FIT)]
    assert extract(cells, read=people.copy).steps == extract(cells, read=people.copy).steps


def test_no_frame_leads_to_the_model(extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(Refusal, match="no frame from a data cell leads to it") as refusal:
        extract([("", SETUP), ("preprocess", FEATURES), ("train", FIT)], read=people.copy)
    assert (refusal.value.cell, refusal.value.line) == (3, 2)
