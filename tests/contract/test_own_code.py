"""The author's own code and a second table, from the notebook to the bundle's own answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest

from .conftest import cellmark

FILES = {
    "settings.py": "FILL = 3000.0\n",
    "cleaning.py": """
import numpy as np
import settings

def clean(df):
    return df.assign(income=df["income"].fillna(settings.FILL))

def logged(X):
    return np.log1p(np.abs(X))
""",
    "rates.csv": "city,rate\nBern,0.1\nOslo,0.2\nRome,0.3\n",
}
CELLS = [
    (
        "",
        """
import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import RandomForestRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from cleaning import clean, logged

OFFSET = 1

def shifted(X):
    return X + OFFSET

class Clipper(BaseEstimator, TransformerMixin):
    def __init__(self, q=0.05):
        self.q = q

    def fit(self, X, y=None):
        self.low_ = np.quantile(np.asarray(X), self.q, axis=0)
        return self

    def transform(self, X):
        return np.maximum(np.asarray(X), self.low_)
""",
    ),
    ("data", "people = pd.read_csv('people.csv')\nrates = pd.read_csv('rates.csv')"),
    (
        "preprocess",
        "df = clean(people).merge(rates, on='city', how='left')\n"
        "X = df[['income', 'rate']]\ny = df['spent']",
    ),
    (
        "train",
        """
model = make_pipeline(
    FunctionTransformer(shifted), Clipper(), FunctionTransformer(logged),
    RandomForestRegressor(5, random_state=0),
)
model.fit(X, y)
""",
    ),
    ("evaluate", "pd.Series(model.predict(X)).to_json('answers.json', orient='values')"),
]
SCORE = """
import json, sys
from cellmark_runtime import load
model = load(sys.argv[1])
print(json.dumps([float(model.predict([row])[0]) for row in json.load(sys.stdin)]))
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the notebook, its modules and its data."""
    folder = tmp_path_factory.mktemp("project")
    random = np.random.default_rng(0)
    people = pd.DataFrame(
        {
            "city": random.choice(["Bern", "Oslo", "Rome"], 60),
            "income": random.normal(3000, 500, 60).round(),
            "spent": random.normal(100, 10, 60).round(2),
        }
    )
    people.loc[[3, 30], "income"] = np.nan
    people.to_csv(folder / "people.csv", index=False)
    for name, text in FILES.items():
        (folder / name).write_text(text)
    notebook = nbformat.v4.new_notebook()
    for roles, source in CELLS:
        cell = nbformat.v4.new_code_cell(source.strip(), metadata={"tags": roles.split()})
        notebook.cells.append(cell)
    nbformat.write(notebook, folder / "spending.ipynb")
    return folder


@pytest.fixture(scope="module")
def bundle(project: Path) -> Path:
    done = cellmark("package", "spending.ipynb", "--name", "spending", "-o", "made", cwd=project)
    assert done.code == 0, done.stderr
    # From here on the bundle is on its own: nothing of the project is beside it.
    return (project / "made").rename(project.parent / f"{project.name}-bundle")


def test_the_bundle_verifies(bundle: Path) -> None:
    done = cellmark("verify", bundle, cwd=bundle.parent)
    assert done.code == 0, done.stderr


def test_each_row_gets_the_notebooks_own_number(project: Path, bundle: Path) -> None:
    rows = pd.read_csv(project / "people.csv")[["city", "income"]]
    sent = json.dumps(json.loads(rows.to_json(orient="records")))
    command = [sys.executable, "-c", SCORE, str(bundle)]
    answer = subprocess.run(
        command, cwd=bundle.parent, input=sent, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    expected = json.loads((project / "answers.json").read_text())
    assert json.loads(answer.stdout) == pytest.approx(expected, rel=1e-9)


def test_the_code_is_typed(bundle: Path) -> None:
    variables = {"MYPYPATH": "", "MYPY_CACHE_DIR": "/dev/null", "PATH": ""}
    command = [sys.executable, "-m", "mypy", "--strict"]
    answer = subprocess.run(
        command, cwd=bundle, env=variables, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
