"""Notebooks that can't be executed are refused before a kernel starts."""

from __future__ import annotations

import json

import pytest

from cellmark.replay import execute
from cellmark.replay.kernels import OwnKernelSpecs
from cellmark_runtime.errors import CellmarkError

MINIMAL = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}
TAGGED = {
    "cell_type": "code",
    "metadata": {"tags": ["train"]},
    "source": ["x = 1"],
    "outputs": [],
    "execution_count": None,
}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{not json", r"line 1: not a notebook"),
        ("[1, 2]", "without 'nbformat'"),
        ('{"a": 1}', "without 'nbformat'"),
        (b"\xff\xfe\x00", "not a text file"),
        (json.dumps({**MINIMAL, "cells": [{"cell_type": "code"}]}), "not a valid notebook"),
        (json.dumps({**MINIMAL, "cells": 3}), "not a valid notebook"),
        (json.dumps(MINIMAL), "no cell is tagged"),
    ],
)
def test_no_notebook(tmp_path, content, said):
    path = tmp_path / "model.ipynb"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CellmarkError, match=said):
        execute(path, parameters={})


def test_a_missing_notebook_names_its_neighbours(notebook, tmp_path):
    notebook(("x", "train"))
    with pytest.raises(CellmarkError, match=r"no such notebook.*Did you mean 'model\.ipynb'"):
        execute(tmp_path / "modle.ipynb", parameters={})
    with pytest.raises(CellmarkError, match="does not exist either"):
        execute(tmp_path / "no" / "model.ipynb", parameters={})
    with pytest.raises(CellmarkError, match="this is a folder"):
        execute(tmp_path, parameters={})


@pytest.mark.parametrize(
    ("cells", "parameters", "said"),
    [
        ([("x", "trian")], {}, r"cell 1: unknown tag 'trian'.*Did you mean 'train'"),
        ([("x", "other"), ("y", "skip")], {}, "no cell is tagged"),
        ([("C = 1", "parameters")], {"c": 1}, r"unknown parameter 'c'; expected one of C"),
        ([("depth = 1", "parameters")], {"dept": 1}, "Did you mean 'depth'"),
        ([("x", "train")], {"not a name": 1}, "no variable name"),
    ],
)
def test_tags_and_parameters(notebook, cells, parameters, said):
    with pytest.raises(CellmarkError, match=said):
        execute(notebook(*cells), parameters=parameters)


def test_a_missing_kernel_is_named_with_those_there_are(notebook):
    with pytest.raises(CellmarkError, match=r"'conda-old' is not installed.*python3.*ipykernel"):
        execute(notebook(("x", "train"), kernel="conda-old"), parameters={})


def test_python3_is_the_interpreter_that_runs_cellmark(tmp_path, monkeypatch):
    import sys

    other = tmp_path / "kernels" / "python3"
    other.mkdir(parents=True)
    spec = {"argv": ["/other/python"], "display_name": "x", "language": "python"}
    (other / "kernel.json").write_text(json.dumps(spec))
    specs = OwnKernelSpecs(kernel_dirs=[str(tmp_path / "kernels")])
    assert specs.get_kernel_spec("python3").argv[0] == sys.executable


def test_a_kernel_of_another_language_is_refused(notebook, tmp_path, monkeypatch):
    folder = tmp_path / "jupyter" / "kernels" / "ir"
    folder.mkdir(parents=True)
    spec = {"argv": ["R"], "display_name": "R", "language": "R"}
    (folder / "kernel.json").write_text(json.dumps(spec))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    with pytest.raises(CellmarkError, match="speaks R; expected a Python kernel"):
        execute(notebook(("x", "train"), kernel="ir", language="R"), parameters={})


@pytest.mark.parametrize("older", [3, 4])
def test_older_formats_are_read(tmp_path, older):
    from cellmark.notebook.files import load

    new = {**MINIMAL, "nbformat_minor": 2, "cells": [TAGGED]}
    cell = {**TAGGED, "input": "x = 1", "language": "python", "prompt_number": None}
    cell = {key: cell[key] for key in ("cell_type", "metadata", "input", "language", "outputs")}
    old = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}}
    old["worksheets"] = [{"cells": [{**cell, "collapsed": False}], "metadata": {}}]
    path = tmp_path / "model.ipynb"
    path.write_text(json.dumps(old if older == 3 else new))
    [read] = load(path).cells
    assert (read.source, read.metadata.tags) == ("x = 1", ["train"])
    assert read.id
