"""Several frames in a notebook: one whose rows requests bring, others that are looked up in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from cellmark.core.choices import Choices
from cellmark.extract.answer.frames import size_of
from cellmark.extract.written import verdicts
from cellmark_runtime.errors import CellmarkError

from ..conftest import Extract
from .conftest import Cells, Exact, Refused

IMPORTS = """
import json
from pathlib import Path
import numpy as np
import pandas as pd
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split
"""
RATES = """
names = ["Rome", "Bern", "Oslo"]
rates = pd.DataFrame({"city": names, "rate": [0.1, 0.2, 0.3], "note": list("abc")})
"""
JOBS = "jobs = pd.DataFrame({'job': ['baker', 'clerk', 'nurse', 'pilot'], 'pay': [1, 2, 3, 4]})"
LONG = "prices = pd.DataFrame({'visits': np.arange(300), 'rate': np.arange(300.0)})"
FEATURES = 'X = df[["age", "income", "visits", "rate"]].fillna(0)'
TRAIN = """
y = (df["bought"] == "yes").astype(int)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RandomForestClassifier(3, random_state=0).fit(X_train, y_train)
model.predict(X_test)
"""


def notebook(steps: str, data: str = f"df = read()\n{RATES}") -> Cells:
    preprocess = ("preprocess", f"{steps}\n{FEATURES}")
    return [("", IMPORTS), ("data", data), preprocess, ("train", TRAIN)]


MERGED = 'df = df.merge(rates, on="city", how="left")'
LOOKED_UP = {
    "merged": notebook(MERGED),
    "read before the raw frame": notebook(MERGED, f"{RATES}\ndf = read()"),
    "joined": notebook('df = df.join(rates.set_index("city"), on="city")'),
    "mapped": notebook('df["rate"] = df["city"].map(rates.set_index("city")["rate"])'),
    "prepared in a statement": notebook(
        'by_city = rates.set_index("city")["rate"]\ndf["rate"] = df["city"].map(by_city)'
    ),
    "prepared in place": notebook(
        MERGED,
        f"df = read()\n{RATES}\nrates = rates.sort_values('city')[1:]\nrates['rate'] *= 2",
    ),
    "made a dict": notebook(
        'm = dict(zip(rates["city"], rates["rate"]))\ndf["rate"] = df["city"].map(m)'
    ),
    "read by a function": notebook(
        'def add(d):\n    return d.merge(rates, on="city", how="left")\ndf = add(df)'
    ),
    "read by a lambda": notebook(
        'rates = rates.set_index("city")\n'
        'df["rate"] = df["city"].apply(lambda c: rates.loc[c, "rate"])'
    ),
    "two tables": notebook(
        f'{MERGED}\ndf = df.merge(jobs, on="job", how="left")', f"df = read()\n{RATES}\n{JOBS}"
    ),
    "longer than the raw frame": notebook(
        'df = df.merge(prices, on="visits", how="left")', f"df = read()\n{LONG}"
    ),
    "changed by a statistic of the rows": notebook(
        f'rates["rate"] = rates["rate"] * df["income"].mean()\n{MERGED}'
    ),
    "as long as a statistic of the rows": notebook(
        f"{MERGED}\n"
        'by = df.groupby("city")["income"].median()\n'
        'df["age"] = df["age"].fillna(df["city"].map(by))\n'
        'low, middle, high = df["income"].quantile([0.1, 0.5, 0.9])\n'
        'df["visits"] = np.where(df["income"] > middle, df["visits"], 0)'
    ),
}


@pytest.mark.parametrize("cells", LOOKED_UP.values(), ids=LOOKED_UP.keys())
def test_a_table_is_frozen(cells: Cells, exact: Exact) -> None:
    derived = exact(cells)
    assert derived.path.source.name == "df"
    assert "frozen." in derived.steps
    asked = {field.name for field in derived.signature.inputs}
    assert asked and not asked & {"rate", "note", "pay"}


def test_a_table_is_kept_under_its_own_name_and_its_size_said(exact: Exact) -> None:
    derived = exact(notebook(MERGED))
    assert derived.values["rates"]["rate"].tolist() == [0.1, 0.2, 0.3]
    assert 'df.merge(frozen.rates, on="city", how="left")' in derived.steps
    said = next(each for each in verdicts(derived) if each.source.startswith("rates ="))
    assert said.verdict == "frozen"
    assert "3 rows x 3 columns, 0." in said.reason
    assert "rates" in said.frozen


def test_a_large_table_is_called_large() -> None:
    assert size_of(pd.DataFrame({"a": range(1_500_000)})).endswith(
        "12.0 MB; large: each service holds it in memory"
    )


# -- which frame

OTHER = "df = read()\nother = read()[['age', 'joined']].rename(columns={'age': 'rate'})"
BOTH = notebook('df["rate"] = other["rate"] * 2', OTHER)


def test_two_frames_of_one_length_are_asked_about(refused: Callable[[Refused], None]) -> None:
    refused(Refused("the notebook", "several frames: df, other", "--frame df", BOTH))


def test_the_frame_that_is_chosen_is_taken(extract: Extract, people: pd.DataFrame) -> None:
    derived = extract(BOTH, choices=Choices(frame="df"), read=people.copy)
    assert (derived.path.source.name, [table.name for table in derived.tables]) == ("df", ["other"])


def test_a_chosen_frame_must_lead_to_the_model(extract: Extract, people: pd.DataFrame) -> None:
    with pytest.raises(CellmarkError, match=r"--frame: 'train'; expected .*: df, other"):
        extract(BOTH, choices=Choices(frame="train"), read=people.copy)


# -- one frame, built in other ways

RATIO = 'df["rate"] = df["income"] / (df["visits"] + 1)'
BUILT = {
    "copied": notebook(RATIO, "raw = read()\ndf = raw.copy()"),
    "columns dropped": notebook(RATIO, "raw = read()\ndf = raw.drop(columns='joined')"),
    "cleaned where it is read": notebook(
        RATIO,
        "df = read()\ndf.columns = [c.lower() for c in df.columns]\n"
        "df['age'] = df['age'].fillna(df['age'].median())",
    ),
    "read in a function": notebook(
        RATIO,
        "def load():\n    d = read()\n    d['age'] *= 1.0\n    return d\ndf = load()",
    ),
    "files concatenated": notebook(RATIO, "df = pd.concat([read(), read()], ignore_index=True)"),
    "out of a dict of frames": notebook(
        RATIO, "frames = {'a': read(), 'b': read()}\ndf = frames['a']"
    ),
    "numpy early": [
        ("", IMPORTS),
        ("data", "df = read()"),
        ("preprocess", f"{RATIO}\n{FEATURES}.to_numpy()"),
        ("train", TRAIN),
    ],
    "data cells after preprocess": [
        ("", IMPORTS),
        ("data", "df = read()"),
        ("preprocess", RATIO),
        ("", "df.describe()"),
        ("data", "columns = ['age', 'rate']\nX = df[columns].fillna(df[columns].mean())"),
        ("train evaluate", TRAIN),
    ],
    "built in one cell, fitted in another": [
        ("", IMPORTS),
        ("data", "df = read()"),
        ("preprocess", f"{RATIO}\n{FEATURES}"),
        ("train", "model = RandomForestClassifier(3, random_state=0)\ny = df['bought']"),
        ("train", "model.fit(X, y)"),
        ("evaluate", "model.predict(X)"),
    ],
    "train and test rows apart": [
        ("", IMPORTS),
        ("data", "train = read()\ntest = read().assign(age=40.0).drop(columns='bought')"),
        (
            "preprocess",
            "m = train['age'].mean()\ntrain['age'] = train['age'].fillna(m)\n"
            "test['age'] = test['age'].fillna(m)\nC = ['age', 'income']",
        ),
        (
            "train",
            "model = RandomForestClassifier(3, random_state=0).fit(train[C], train['bought'])\n"
            "model.predict(test[C])",
        ),
    ],
}


@pytest.mark.parametrize("cells", BUILT.values(), ids=BUILT.keys())
def test_a_frame_built_in_other_ways(cells: Cells, exact: Exact) -> None:
    exact(cells)


@pytest.mark.parametrize(
    "read",
    [
        "rates = json.loads(Path(FILE).read_text())",
        "with open(FILE) as f:\n    rates = json.load(f)",
    ],
)
def test_a_dict_from_a_file_is_frozen(read: str, exact: Exact, tmp_path: Path) -> None:
    (tmp_path / "rates.json").write_text('{"Rome": 1, "Bern": 2, "Oslo": 3}')
    data = f"FILE = {str(tmp_path / 'rates.json')!r}\ndf = read()\n{read}"
    derived = exact(notebook('df["rate"] = df["city"].map(rates)', data))
    assert derived.values["rates"] == {"Rome": 1, "Bern": 2, "Oslo": 3}
