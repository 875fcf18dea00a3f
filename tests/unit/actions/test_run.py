"""Executing a notebook logs its Runs in the project's store."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from cellmark.actions.run import run, store_for
from cellmark.actions.runs import runs
from cellmark.actions.show import show


def write(path: Path, *cells: tuple[str, str]) -> Path:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    for source, tag in cells:
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}))
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_can_be_listed_and_shown_afterwards(project):
    notebook = write(
        project / "models" / "a.ipynb",
        ("C = 1", "parameters"),
        ("total = C * 2", "train"),
        ("loss = total / 4\nprint('loss', loss)", "evaluate"),
    )
    result = run(Path("models/a.ipynb"), {"C": 3}, output=project / "out.ipynb")
    [summary] = result.runs
    assert (summary.parameters, summary.metrics) == ({"C": 3}, {"loss": 1.5})
    assert (summary.experiment, summary.status) == ("models/a.ipynb", "ok")
    assert result.output == str(project / "out.ipynb")
    assert result.failure is None

    assert runs("a").runs == runs("models/a.ipynb").runs == runs(str(notebook)).runs
    assert runs("a").runs == (summary,)
    assert runs("other").runs == ()

    shown = show(summary.run)
    assert shown.identity == shown.run.identity
    [outputs] = shown.outputs
    assert (outputs.cell, outputs.outputs[0]["text"]) == (3, "loss 1.5\n")


def test_a_failing_cell_is_told_and_its_run_kept(project):
    result = run(write(project / "a.ipynb", ("1 / 0", "train")), {})
    assert (result.failure.cell, result.failure.line) == (1, 1)
    assert [one.status for one in result.runs] == ["failed"]


def test_without_a_train_cell_there_is_no_run(project):
    result = run(write(project / "a.ipynb", ("x = 1", "data")), {})
    assert (result.runs, result.failure) == ((), None)


@pytest.mark.parametrize(
    ("there", "notebook", "expected"),
    [
        ("", "a/b.ipynb", ".cellmark"),
        ("a/.cellmark", "a/b.ipynb", "a/.cellmark"),
        (".cellmark", "a/b/c.ipynb", ".cellmark"),
        ("", "../elsewhere/b.ipynb", "../elsewhere/.cellmark"),
    ],
)
def test_where_the_store_is(project, monkeypatch, there, notebook, expected):
    here = project / "here"
    (here / there).mkdir(parents=True)
    monkeypatch.chdir(here)
    found = store_for(Path(notebook)).folder
    assert found.resolve() == (here / expected).resolve()
