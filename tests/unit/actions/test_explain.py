"""A notebook is explained in its own kernel; `package` says the same of what is refused."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cellmark.actions.explain import explain
from cellmark.actions.package import package
from cellmark.core.explanation import StatementsRefused

CELLS = [
    (
        "data",
        "import pandas as pd\nfrom sklearn.linear_model import LinearRegression\n"
        'df = pd.DataFrame({"a": range(50), "b": range(50, 0, -1), "y": range(50)})',
    ),
    (
        "preprocess",
        'token = "sk-live-0123456789abcdef0123456789"\n'
        'df["lag"] = df["a"].shift().fillna(0)\ndf["place"] = df["b"].rank()',
    ),
    (
        "train",
        'X = df[["a", "lag", "place"]]\nmodel = LinearRegression().fit(X, df["y"])\n'
        "model.predict(X)",
    ),
]


@pytest.fixture
def notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    content = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    content.cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}) for tag, source in CELLS
    ]
    nbformat.write(content, "a.ipynb")
    return Path("a.ipynb")


def test_explains_and_packages_alike(notebook: Path) -> None:
    said = explain(notebook)
    assert not said.derivable
    assert [(each.cell, each.line) for each in said.refused] == [(2, 2), (2, 3)]
    assert [(cell.cell, cell.roles) for cell in said.cells] == [
        (1, ("data",)),
        (2, ("preprocess",)),
        (3, ("train",)),
    ]
    assert "0123456789abcdef" not in "".join(each.source for each in said.statements)
    with pytest.raises(StatementsRefused) as problem:
        package(notebook)
    assert problem.value.refused == said.refused
    assert (problem.value.where, len(str(problem.value).splitlines())) == ("cell 2, line 2", 2)


def test_only_the_run_is_kept(notebook: Path) -> None:
    said = explain(notebook)
    assert said.run is not None
    assert sorted(path.name for path in Path().iterdir()) == [".cellmark", "a.ipynb"]
