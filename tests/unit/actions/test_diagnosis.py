"""A rerun that stops is explained in words, with what to do."""

from __future__ import annotations

import nbformat
import pytest

from cellmark.actions.diagnosis import diagnose
from cellmark.replay import Failure

NOTEBOOK = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_code_cell("import pandas as pd\ndf = pd.read_csv('data.csv')"),
        nbformat.v4.new_code_cell("print(total)"),
    ]
)


@pytest.mark.parametrize(
    ("cell", "line", "error", "kind", "word"),
    [
        (
            1,
            2,
            "FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'",
            "missing file",
            "beside the notebook",
        ),
        (
            1,
            2,
            "FileNotFoundError: [Errno 2] No such file or directory: '/home/ann/data.csv'",
            "absolute path",
            "'data.csv'",
        ),
        (
            1,
            2,
            r"FileNotFoundError: [Errno 2] No such file or directory: 'C:\\Users\\ann\\data.csv'",
            "absolute path",
            "'data.csv'",
        ),
        (
            1,
            2,
            "FileNotFoundError: [Errno 2] No such file or directory: "
            "'/tmp/cellmark-rerun-a1/srv/churn/data.csv'",
            "missing file",
            "beside the notebook",
        ),
        (1, 2, "FileNotFoundError: data/x.npy not found.", "missing file", "beside the notebook"),
        (
            1,
            1,
            "ModuleNotFoundError: No module named 'pandas.x'",
            "missing package",
            "pip install",
        ),
        (
            1,
            1,
            "ModuleNotFoundError: No module named 'sklearn'",
            "missing package",
            "pip install scikit-learn",
        ),
        (
            1,
            2,
            "OSError: Cannot save file into a non-existent directory: 'out'",
            "missing file",
            "Path('out').mkdir(",
        ),
        (
            1,
            2,
            "OSError: [Errno 28] No space left on device: 'model.bin'",
            "unknown",
            "Mend the cell",
        ),
        (2, 1, "NameError: name 'total' is not defined", "deleted variable", "total"),
        (
            1,
            2,
            "PermissionError: example.org: a rerun uses no network in preprocess",
            "network",
            "--network",
        ),
        (
            1,
            2,
            "PermissionError: /srv/out.csv is outside the project: a rerun writes",
            "write",
            "relative path",
        ),
        (2, 1, "ZeroDivisionError: division by zero", "unknown", "Mend the cell"),
    ],
)
def test_each_failure_has_a_fix(cell, line, error, kind, word):
    cause = diagnose(Failure(cell, line, error, ""), None, NOTEBOOK)
    assert (cause.kind, cause.cell, cause.line) == (kind, cell, line)
    assert word in cause.fix
    assert cause.source == NOTEBOOK.cells[cell - 1].source.splitlines()[line - 1]
