"""Bad input at the command line: one message that says where and what to do; no traceback."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest

from .conftest import called as cellmark


def notebook(folder: Path, *cells: tuple[str, str], kernel: str = "python3") -> Path:
    content = nbformat.v4.new_notebook(
        cells=[
            nbformat.v4.new_code_cell(source, metadata={"tags": tags.split()})
            for tags, source in cells
        ],
        metadata={"kernelspec": {"name": kernel, "display_name": kernel, "language": "python"}},
    )
    path = folder / "given.ipynb"
    nbformat.write(content, path)
    return path


TRAINS = ("train", "model = 1")


@pytest.mark.parametrize("verb", ["run", "package"])
@pytest.mark.parametrize(
    ("cells", "kernel", "phrases"),
    [
        ([("", "x = 1")], "python3", ["given.ipynb", "no cell is tagged", "parameters, data"]),
        (
            [("trian", "x = 1")],
            "python3",
            ["cell 1", "unknown tag 'trian'", "Did you mean 'train'?"],
        ),
        ([TRAINS], "julia-1.11", ["julia-1.11", "python3"]),
    ],
    ids=["no tagged cells", "misspelt tag", "kernel missing"],
)
def test_a_notebook_that_cannot_be_run(
    tmp_path: Path, verb: str, cells: list[tuple[str, str]], kernel: str, phrases: list[str]
) -> None:
    done = cellmark(verb, notebook(tmp_path, *cells, kernel=kernel), cwd=tmp_path)
    assert done.code == 2
    for phrase in phrases:
        assert phrase in done.stderr
        assert phrase in done.said["error"]["message"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("verb", ["run", "package"])
@pytest.mark.parametrize(
    ("name", "content", "phrase"),
    [
        ("absent.ipynb", None, "no such notebook"),
        ("text.ipynb", "not json", "not a notebook"),
        ("other.ipynb", json.dumps({"a": 1}), "not a"),
    ],
)
def test_a_file_that_is_no_notebook(
    tmp_path: Path, verb: str, name: str, content: str | None, phrase: str
) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    done = cellmark(verb, name, cwd=tmp_path)
    assert (done.code, "Traceback" in done.stderr) == (2, False)
    assert phrase in done.stderr
    assert name in done.stderr


@pytest.mark.parametrize("verb", ["run", "package"])
def test_a_cell_that_raises_keeps_its_run_as_failed(tmp_path: Path, verb: str) -> None:
    path = notebook(tmp_path, ("train", "a = 1\nb = a / 0"))
    done = cellmark(verb, path, cwd=tmp_path)
    assert done.code == 1
    assert "cell 1" in done.stderr
    assert "line 2" in done.stderr
    assert "ZeroDivisionError" in done.stderr
    (run,) = cellmark("runs", cwd=tmp_path).said["runs"]
    assert run["status"] == "failed"


def test_a_refused_statement_leaves_nothing_behind(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        ("data", "import pandas as pd\ndf = pd.DataFrame({'a': range(40), 'b': [0, 1] * 20})"),
        ("preprocess", "X = df[['a']].rank()\ny = df['b']"),
        ("train", "from sklearn.tree import DecisionTreeClassifier as Tree\n"
                  "model = Tree(max_depth=2).fit(X, y)"),
    )  # fmt: skip
    before = set(tmp_path.iterdir())
    done = cellmark("package", path, "--name", "ranked", cwd=tmp_path)
    assert done.code == 1
    assert "cell 2, line 1" in done.stderr
    assert "rank" in done.stderr
    assert {one.name for one in set(tmp_path.iterdir()) - before} <= {".cellmark"}


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        (["package", "x.ipynb", "--name", "Bad Name"], "x.ipynb"),
        (["package", "01NOSUCHRUN"], "no such run"),
        (["show", "nosuch"], "no such run"),
        (["verify", "."], "MANIFEST.json"),
        (["serve", "churn@champion"], "bundle"),
        (["runs", "--where", "metric.auc >"], "metric.auc >"),
    ],
)
def test_bad_usage_is_one_message(tmp_path: Path, arguments: list[str], phrase: str) -> None:
    done = cellmark(*arguments, cwd=tmp_path)
    assert done.code == 2
    assert phrase in done.stderr
    assert "Traceback" not in done.stderr
