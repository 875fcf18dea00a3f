"""A polars notebook from its cells to the answers of its bundle."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cellmark_runtime import InvalidRows, load

from .conftest import cellmark

CELLS = [
    (
        "import polars as pl\n"
        "from sklearn.ensemble import RandomForestClassifier\n"
        "from sklearn.model_selection import train_test_split",
        [],
    ),
    ('df = pl.read_csv("telco.csv", null_values=[" "])', ["data"]),
    (
        'charges = df.group_by("Contract", maintain_order=True).agg(\n'
        '    typical=pl.col("MonthlyCharges").mean()\n'
        ")\n"
        "df = df.with_columns(\n"
        '    pl.col("TotalCharges").fill_null(pl.col("TotalCharges").median()),\n'
        '    (pl.col("Churn") == "Yes").cast(pl.Int8),\n'
        '    dear=(pl.col("MonthlyCharges") - pl.col("MonthlyCharges").mean())\n'
        '    / pl.col("MonthlyCharges").std(),\n'
        ")\n"
        'df = df.join(charges, on="Contract", how="left").to_dummies(["Contract", "gender"])',
        ["preprocess"],
    ),
    (
        'X, y = df.drop("Churn"), df["Churn"]\n'
        "X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)\n"
        "model = RandomForestClassifier(10, random_state=0).fit(X_train, y_train)",
        ["train"],
    ),
    (
        "import json\n"
        "answers = model.predict_proba(X_test)\n"
        'rows = train_test_split(pl.read_csv("telco.csv", null_values=[" "]), random_state=0)[1]\n'
        'with open("answers.json", "w") as file:\n'
        '    json.dump([rows.drop("Churn").to_dicts(), answers.tolist()], file)',
        ["evaluate"],
    ),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the notebook ran, with its own answers on file, and its `bundle`."""
    folder = tmp_path_factory.mktemp("polars")
    columns = "gender,tenure,Contract,MonthlyCharges,TotalCharges,Churn"
    kinds = ("Month-to-month", "One year", "Two year")
    rows = [
        f"{('Male', 'Female')[at % 2]},{at % 71},{kinds[at * 7 % 3]},{20 + at * 37 % 1000 / 10},"
        f"{' ' if at % 19 == 0 else 100 + at * 53 % 7000},{('No', 'Yes')[at * 11 % 5 == 0]}"
        for at in range(240)
    ]
    (folder / "telco.csv").write_text("\n".join([columns, *rows]))
    cells = [
        nbformat.v4.new_code_cell(source, id=f"c{at}", metadata={"tags": tags})
        for at, (source, tags) in enumerate(CELLS)
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    nbformat.write(notebook, folder / "telco.ipynb")
    done = cellmark("package", "telco.ipynb", "-o", "bundle", cwd=folder)
    assert done.code == 0, done.stderr
    assert done.said["proof"]["max_abs_difference"] == 0.0
    return folder


def test_the_bundle_answers_as_the_notebook_did(folder: Path) -> None:
    rows: list[dict[str, Any]]
    rows, expected = json.loads((folder / "answers.json").read_text())
    model = load(folder / "bundle")
    assert model.predict_proba(rows).tolist() == expected
    assert [model.predict_proba([row])[0].tolist() for row in rows[:20]] == expected[:20]
    with pytest.raises(InvalidRows, match="Did you mean"):
        model.predict([rows[0] | {"Contract": "One years"}])


def test_the_bundle_says_and_pins_that_it_takes_polars(folder: Path) -> None:
    manifest = json.loads((folder / "bundle" / "MANIFEST.json").read_text())
    assert manifest["signature"]["frame"] == "polars"
    needs = (folder / "bundle" / "requirements.in").read_text().splitlines()
    assert [line for line in needs if line.startswith("polars==")]
    assert not [line for line in needs if line.startswith("pandas")]
