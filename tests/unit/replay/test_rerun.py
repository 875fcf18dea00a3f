"""A rerun is held: its chance, its network, its writes, its environment."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import nbformat
import pytest

from cellmark.core.step import first_departure
from cellmark.replay.project import copy_project, mirror_project
from cellmark.replay.rerun import Setting, rerun
from cellmark_runtime.errors import CellmarkError

OUTSIDE = str(Path("~/cellmark-outside").expanduser())
DRAWN = """import random, numpy as np
drawn = [random.random(), random.Random().random(), np.random.rand(),
         np.random.default_rng().random(), np.random.RandomState().rand(),
         np.random.Generator(np.random.PCG64()).random()]"""
TRIED = """import socket, time, os
def tried(act):
    try:
        act()
    except PermissionError as fault:
        return str(fault)
    except OSError as fault:
        return 'let through'
told = [
    tried(lambda: open(outside, 'w')),
    tried(lambda: os.mkdir(outside)),
    tried(lambda: open('inside.txt', 'w').write('x')),
    tried(lambda: socket.getaddrinfo('cellmark.invalid', 80)),
    tried(lambda: socket.create_connection(('127.0.0.1', 9), 0.1)),
]
place = os.getcwd()
above = [name for name in os.listdir('..') if name == os.path.basename(place)]
zone, seed, unset = time.tzname[0], os.environ['PYTHONHASHSEED'], 'LC_ALL' in os.environ
workers = __import__('joblib').effective_n_jobs(4)
print(*told, sep='\\n')"""


@pytest.fixture(scope="module")
def pair(tmp_path_factory):
    """Two reruns of one notebook in the same setting, and the project's folder."""
    project = tmp_path_factory.mktemp("project")
    (project / ".cellmark").mkdir()
    cells = [
        nbformat.v4.new_code_cell(source, metadata={"tags": tags})
        for source, tags in [
            (DRAWN, ["data"]),
            # The folder of temporary files is free, and pytest's folders are in it.
            (f"import tempfile\noutside = {OUTSIDE!r}", []),
            (TRIED, ["train"]),
            ("asked = tried(lambda: socket.getaddrinfo('cellmark.invalid', 80))", ["evaluate"]),
        ]
    ]
    conditions = {"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": ""}
    setting = Setting(nbformat.v4.new_notebook(cells=cells), conditions=conditions)
    made = [rerun(setting, project / "a.ipynb", project / ".cellmark") for _ in range(2)]
    return made, project


def step_of(made, name):
    return next(step for step in made.trail if name in step.values)


def test_what_nobody_seeded_is_drawn_again(pair):
    made, _ = pair
    assert [each.execution.status for each in made] == ["ok", "ok"]
    assert first_departure(made[0].trail, made[1].trail) is None
    step = step_of(made[0], "drawn")
    assert {"random", "numpy.random", "random.Random()", "numpy.random.default_rng()"} <= {
        *step.drew
    }


def test_writes_and_network_are_fenced(pair):
    made, project = pair
    [shown] = made[0].execution.notebook.cells[2].outputs
    lines = shown.text.splitlines()
    assert [OUTSIDE in line and "outside the project" in line for line in lines[:2]] == [True] * 2
    assert lines[2] == "None"
    assert lines[3].startswith("cellmark.invalid: a rerun uses no network")
    assert lines[4] == "let through"
    assert not (project / "inside.txt").exists()
    assert not Path(OUTSIDE).exists()


def test_the_environment_is_the_settings(pair):
    made, _ = pair
    values = {name: value.text for step in made[0].trail for name, value in step.values.items()}
    assert (values["zone"], values["seed"], values["unset"]) == ('"JST"', '"7"', "false")
    assert values["workers"] == "1"
    # A cell that only evaluates may ask whom it likes.
    assert values["asked"] == '"let through"'


def test_the_copy_goes_by_the_projects_own_path(pair):
    made, project = pair
    values = {name: value.text for step in made[0].trail for name, value in step.values.items()}
    assert json.loads(values["place"]) == str(project)
    assert json.loads(values["above"]) == [project.name]


def test_steps_name_cell_line_and_source(pair):
    made, _ = pair
    step = step_of(made[0], "outside")
    assert (step.cell, step.line, step.source.partition(" ")[0]) == (2, 2, "outside")


def test_a_copy_leaves_out_what_is_made_anew(tmp_path):
    project = tmp_path / "project"
    for name in ("data", ".git", "own-env", "__pycache__"):
        (project / name).mkdir(parents=True)
        (project / name / "file").write_text("x")
    (project / "own-env" / "pyvenv.cfg").write_text("")
    large = project / "large.bin"
    with large.open("wb") as file:
        file.truncate(50_000_001)
    copy_project(project, tmp_path / "copy")
    assert sorted(path.name for path in (tmp_path / "copy").iterdir()) == ["data", "large.bin"]
    assert (tmp_path / "copy" / "large.bin").readlink() == large


def test_pipes_and_sockets_are_left_where_they_are(tmp_path):
    project = tmp_path / "project"
    project.mkdir()
    (project / "rows.csv").write_text("a\n1\n")
    os.mkfifo(project / "pipe")
    with socket.socket(socket.AF_UNIX) as served:
        served.bind(str(project / "socket"))
        copy_project(project, tmp_path / "copy")
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["rows.csv"]


def test_a_folder_above_that_can_not_be_listed_ends_the_links(tmp_path, monkeypatch):
    project = tmp_path / "own" / "project"
    project.mkdir(parents=True)
    (tmp_path / "own" / "beside.csv").write_text("beside")
    listed = Path.iterdir

    def iterdir(path):
        if path == tmp_path:
            raise PermissionError(13, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "iterdir", iterdir)
    copy = mirror_project(project, tmp_path / "scratch")
    assert (copy / "../beside.csv").read_text() == "beside"


def test_paths_and_links_out_of_the_project_lead_where_they_led(tmp_path):
    project = tmp_path / "own" / "project"
    project.mkdir(parents=True)
    (tmp_path / "own" / "beside.csv").write_text("beside")
    (tmp_path / "above.csv").write_text("above")
    (project / "link.csv").symlink_to("../beside.csv")
    (project / "inner.csv").write_text("inner")
    (project / "to-inner.csv").symlink_to("inner.csv")
    scratch = tmp_path / "scratch"
    copy = mirror_project(project, scratch)
    assert copy == scratch / project.relative_to("/")
    assert (copy / "../beside.csv").read_text() == "beside"
    assert (copy / "../../above.csv").read_text() == "above"
    assert (copy / "link.csv").read_text() == "beside"
    assert (copy / "to-inner.csv").resolve().parent == copy.resolve()


def test_a_folder_that_is_no_project_is_not_copied(tmp_path, monkeypatch):
    monkeypatch.setattr("cellmark.replay.project._MOST_FILES", 2)
    (tmp_path / "home").mkdir()
    for name in "abc":
        (tmp_path / "home" / name).write_text("")
    with pytest.raises(CellmarkError, match=r"more than 2 files.*\.cellmark"):
        copy_project(tmp_path / "home", tmp_path / "copy")
