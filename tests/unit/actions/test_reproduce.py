"""Runs reproduced, in kernels: as few as will do, and none of them imports pandas."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from typer.testing import CliRunner

from cellmark.actions.asked import asked
from cellmark.actions.reproduce import reproduce
from cellmark.actions.run import run
from cellmark.actions.runs import runs
from cellmark.cli import app
from cellmark.store import open_store
from cellmark_runtime.errors import CellmarkError, CheckFailed

HELD = (
    ("import os, random\nimport numpy as np", ""),
    ("C = 1.0", "parameters"),
    ("table = np.loadtxt('table.csv', delimiter=',')", "data"),
    ("scaled = table / table.max()\nopen('cache.txt', 'w').write('mine')", "preprocess"),
    ("rng = np.random.default_rng(1)\nweights = rng.normal(size=2) * C", "train"),
    ("score = float((scaled @ weights).sum())\nprint('score', score, object())", "evaluate"),
)


def write(path: Path, cells) -> Path:
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    for number, (source, tags) in enumerate(cells, start=1):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": tags.split()})
        cell.id = f"cell-{number}"
        notebook.cells.append(cell)
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("CELLMARK_STORE", "CELLMARK_FOLDER", "PYTHONHASHSEED", "TZ"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "table.csv").write_text("1,2\n3,4\n5,6\n", encoding="utf-8")
    return tmp_path


def test_a_run_is_had_again_to_the_last_bit_and_the_project_left_alone(project):
    made = run(write(project / "a.ipynb", HELD), {"C": 2.0}).runs[-1]
    (project / "cache.txt").unlink()
    write(project / "a.ipynb", [*HELD[:4], ("1 / 0", "train")])

    page = project / "why" / "report.html"
    result = reproduce(made.run, report=page)
    assert (result.reproduced, result.exact, result.causes) == (True, True, ())
    assert [each.severity for each in result.differences] == ["cosmetic"]
    [metric] = result.metrics
    assert metric.before == metric.after == made.metrics["score"]
    assert not (project / "cache.txt").exists()
    text = page.read_text("utf-8")
    assert "<h1>Reproduced</h1>" in text
    assert "http" not in text

    # and the notebook as it is now is not what it was
    answer = CliRunner().invoke(app, ["reproduce", "a.ipynb", "--json"])
    assert answer.exit_code == 1
    assert '"kind":"failure"' in answer.stdout
    assert "ZeroDivisionError" in answer.stdout


def test_chance_is_named_by_cell_line_and_call(project):
    loose = [*HELD[:4], ("rng = np.random.default_rng()\nweights = rng.normal(size=2)", "train")]
    made = run(write(project / "a.ipynb", [*loose, HELD[5]])).runs[-1]
    result = reproduce(made.run)
    assert not result.reproduced
    [cause] = result.causes
    assert (cause.kind, cause.cell, cause.line, cause.name) == ("chance", 5, 2, "weights")
    assert "default_rng()" in cause.details[0]
    real = [each for each in result.differences if each.severity == "real"]
    assert {each.cause for each in real} == {"chance"}
    assert {each.cell for each in real} == {5, 6}
    # Of all reruns one is kept, marked, and not the one that `latest` means here.
    assert [one.run for one in runs().runs] == [result.rerun, made.run]
    assert runs(where="tag = 'rerun'").runs[0].run == result.rerun
    assert asked("latest", {}, project).run.id == made.run
    assert asked(str(project / "a.ipynb"), {}, project).run.id == made.run


def test_a_row_that_changed_is_said_and_times_give_an_interval(project):
    cells = [
        ("import numpy as np\nimport pandas as pd", ""),
        ("df = pd.read_csv('table.csv', names=['a', 'b'])", "data"),
        ("mean = df['b'].mean()", "train"),
        ("print(mean)", "evaluate"),
    ]
    run(write(project / "a.ipynb", cells))
    (project / "table.csv").write_text("1,2\n3,5\n5,6\n", encoding="utf-8")
    result = reproduce(project / "a.ipynb", times=2)
    [cause] = result.causes
    assert (cause.kind, cause.cell, cause.line) == ("data", 2, 1)
    assert "changed in b; 1 of 3 rows (row 1, from 0)" in cause.summary
    assert "it is read from table.csv, which is another file now" in cause.summary
    [file] = [each for each in result.differences if each.kind == "file"]
    assert (file.name, file.cell, file.severity, file.cause) == ("table.csv", 2, "real", "data")
    assert cause.details == (f"table.csv: {file.before} -> {file.after}",)
    assert (result.times.held, result.times.trials) == (0, 2)


def test_cells_come_from_the_store_and_what_then_differs_is_run_in_full(project):
    steady = [*HELD[:3], ("scaled = table / table.max()", "preprocess"), *HELD[4:]]
    made = run(write(project / "a.ipynb", steady)).runs[-1]
    first = reproduce(made.run, cached=True)
    assert [(cell.cell, cell.reused) for cell in first.cells] == [(3, False), (4, False)]
    second = reproduce(made.run, cached=True, report=project / "why.html")
    assert "2 cells came from the store" in (project / "why.html").read_text("utf-8")
    assert [(cell.cell, cell.reused) for cell in second.cells] == [(3, True), (4, True)]
    assert (second.reproduced, second.exact) == (True, True)
    # The new Run has all that it would have if they had run.
    one, other = (open_store().run(each.rerun) for each in (first, second))
    assert one.identity == other.identity
    assert one.files == other.files
    assert "table.csv" in other.files

    changed = [*steady[:4], (steady[4][0] + "\nweights += 1", "train"), steady[5]]
    write(project / "a.ipynb", changed)
    answer = CliRunner().invoke(app, ["reproduce", "a.ipynb", "--cached", "--json"])
    told = json.loads(answer.stdout)
    assert [(cause["kind"], cause["cell"]) for cause in told["causes"]] == [("code", 5)]
    assert told["cells"] == []


def test_a_file_that_moved_is_found_and_other_bytes_alone_are_no_difference(project):
    made = run(write(project / "a.ipynb", HELD)).runs[-1]
    (project / "table.csv").write_text("1, 2\n3, 4\n5, 6\n", encoding="utf-8")
    result = reproduce(made.run)
    [file] = [each for each in result.differences if each.kind == "file"]
    assert (result.reproduced, file.name, file.severity) == (True, "table.csv", "cosmetic")

    (project / "table.csv").unlink()
    (project / "data").mkdir()
    (project / "data" / "rows.csv").write_text("1,2\n3,4\n5,6\n", encoding="utf-8")
    [cause] = reproduce(made.run).causes
    assert (cause.kind, cause.cell) == ("missing file", 3)
    assert cause.summary.endswith("which is data/rows.csv now")
    assert "data/rows.csv" in cause.fix


def test_what_can_not_be_done_is_refused(project):
    with pytest.raises(CellmarkError, match="no such run"):
        reproduce("nope1234")
    with pytest.raises(CellmarkError, match="no Run with its packages"):
        reproduce(write(project / "b.ipynb", [("x = 1", "train")]), env="locked")


def test_a_notebook_without_a_run_is_held_against_its_own_rerun(project):
    path = write(project / "a.ipynb", [("import random\nx = random.random()", "train"), HELD[1]])
    result = reproduce(path)
    assert (result.reproduced, result.exact, result.baseline) == (True, True, "rerun")
    assert result.run != result.rerun


def test_a_notebook_without_a_run_that_fails_is_diagnosed(project):
    write(project / "a.ipynb", [*HELD[:4], ("left = 1\nmodel = strength * 2", "train")])
    with pytest.raises(CheckFailed) as refused:
        reproduce("a.ipynb")
    assert str(refused.value).startswith("a.ipynb, cell 5, line 2: no cell above sets 'strength'; ")
    assert "Set it in a cell above" in refused.value.fix
    assert "when the Run was made" not in str(refused.value)


def test_what_came_of_it_is_told_though_the_history_can_not_be_written(project, monkeypatch):
    made = run(write(project / "a.ipynb", HELD)).runs[-1]

    def refuse(*_):
        raise CellmarkError("keys/own.key", "not readable")

    monkeypatch.setattr(import_module("cellmark.actions.reproduce"), "note_reproduction", refuse)
    said = []
    assert reproduce(made.run, note=said.append).reproduced
    assert said[-1].startswith("not put into the history") and "keys/own.key" in said[-1]


def test_a_reproduction_that_is_stopped_leaves_no_runs(project, monkeypatch):
    made = run(write(project / "a.ipynb", HELD)).runs[-1]

    def stop(*_, **__):
        raise KeyboardInterrupt

    # Between two reruns, with one done; then in the middle of one.
    places = {"cellmark.actions.reproduce": "_result", "cellmark.replay.execute": "close_record"}
    for module, name in places.items():
        with monkeypatch.context() as patched:
            patched.setattr(import_module(module), name, stop)
            with pytest.raises(KeyboardInterrupt):
                reproduce(made.run)
    assert [one.run for one in runs().runs] == [made.run]
    assert list((project / ".cellmark" / "spool").glob("*.jsonl")) == []
