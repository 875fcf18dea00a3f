"""`cellmark run`: what it prints, and its exit codes."""

from __future__ import annotations

import json

import nbformat
import pytest
from typer.testing import CliRunner

from cellmark.cli import app
from cellmark.cli.parameters import BadParameter, joined, parse_parameters
from cellmark_runtime.errors import CellmarkError

CELLS = (
    ("C = 1\nname = 'x'", "parameters"),
    ("def check(c):\n    return 6 / (c - 5)\n\ntotal = check(C)", "train"),
    ("loss = total / 4", "evaluate"),
)


@pytest.fixture
def cellmark(tmp_path, monkeypatch):
    """Run the command line in a project with a notebook `a.ipynb` that fails for C = 5."""
    monkeypatch.delenv("CELLMARK_STORE", raising=False)
    monkeypatch.chdir(tmp_path)
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    for source, tag in CELLS:
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": [tag]}))
    nbformat.write(notebook, tmp_path / "a.ipynb")
    return lambda *words: CliRunner().invoke(app, words)


def test_json_is_one_object_and_nothing_else(cellmark, tmp_path):
    done = cellmark("run", "-p", "C", "3", "a.ipynb", "-p", "name", "y", "-o", "o.ipynb", "--json")
    result = json.loads(done.stdout)
    [run] = result["runs"]
    assert (done.exit_code, done.stderr) == (0, "running a.ipynb\n")
    assert run["parameters"] == {"C": 3, "name": "y"}
    assert run["metrics"] == {"loss": -0.75}
    assert (run["status"], result["output"], result["failure"]) == ("ok", "o.ipynb", None)
    assert (tmp_path / "o.ipynb").exists()


def test_a_failing_cell_ends_with_1_says_where_and_how_to_see_more(cellmark):
    done = cellmark("run", "a.ipynb", "-p", "C", "5")
    assert done.exit_code == 1
    assert "failed" in done.stdout
    assert "cell 2, line 2: ZeroDivisionError: division by zero" in done.stderr
    assert "----> 2     return 6 / (c - 5)" in done.stderr
    reference = done.stderr.rsplit("cellmark show ", 1)[1].strip()
    shown = cellmark("show", reference)
    assert "ZeroDivisionError" in shown.stdout
    listed = cellmark("runs", "--where", "status = 'failed'")
    assert reference in listed.stdout


def test_bad_input_is_an_error_of_ours(cellmark):
    done = cellmark("run", "b.ipynb")
    assert isinstance(done.exception, CellmarkError)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-p", "C", "1"], {"C": 1}),
        (["-p", "C=1"], {"C": 1}),
        (["-p", "C", "-1.5e-3"], {"C": -0.0015}),
        (
            ["-p", "a", "true", "-p", "b", "False", "-p", "c", "null"],
            {"a": True, "b": False, "c": None},
        ),
        (
            ["-p", "a", "[1, 2]", "-p", "b", '{"x": 1}', "-p", "c", "'1'"],
            {"a": [1, 2], "b": {"x": 1}, "c": "1"},
        ),
        (["-p", "a", "x=y", "-p", "b", "[half"], {"a": "x=y", "b": "[half"}),
        (["-p", "a", "two words"], {"a": "two words"}),
    ],
)
def test_parameters(words, expected):
    pairs = [word for word in joined(words) if word != "-p"]
    assert parse_parameters(pairs) == expected


def test_a_parameter_without_a_value():
    with pytest.raises(BadParameter, match="expected -p NAME VALUE"):
        parse_parameters(joined(["-p", "C"])[1:])


def test_what_follows_two_dashes_stays():
    assert joined(["--", "-p", "a", "b"]) == ["--", "-p", "a", "b"]
