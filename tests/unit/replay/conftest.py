"""Small notebooks, and executions of them that tests share: a kernel takes a second to start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

Cell = tuple[str, str]

WHOLE: tuple[Cell, ...] = (
    ("import os", ""),
    ("C = 1.0\nseed = 7", "parameters"),
    ("import numpy as np\nX = np.arange(8.0).reshape(4, 2)\ny = np.array([0, 0, 1, 1])", "data"),
    ("raise RuntimeError('skipped cells are not run')", "skip"),
    ("from sklearn.linear_model import LogisticRegression", ""),
    ("model = LogisticRegression(C=C).fit(X, y)", "train"),
    ("accuracy = (model.predict(X) == y).mean()\nprint(os.getcwd(), given)", "evaluate"),
)


def write_notebook(
    path: Path, *cells: Cell, kernel: str = "python3", language: str = "python"
) -> Path:
    """A notebook of code cells (source, tags apart by spaces) at `path`."""
    spec = {"name": kernel, "display_name": kernel, "language": language}
    notebook = nbformat.v4.new_notebook(metadata={"kernelspec": spec})
    for source, tags in cells:
        cell = nbformat.v4.new_code_cell(source)
        cell.metadata["tags"] = tags.split()
        notebook.cells.append(cell)
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


@pytest.fixture(autouse=True)
def _no_store_of_mine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CELLMARK_STORE", "CELLMARK_FOLDER"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def notebook(tmp_path: Path) -> Callable[..., Path]:
    """Write a notebook into the test's folder."""

    def write(*cells: Cell, **kernel: str) -> Path:
        return write_notebook(tmp_path / "model.ipynb", *cells, **kernel)

    return write


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory):
    """`WHOLE`, executed with C = 4: (execution, folder)."""
    from cellmark.replay import execute

    folder = tmp_path_factory.mktemp("whole")
    path = write_notebook(folder / "model.ipynb", *WHOLE)
    heard: list[tuple[int, int]] = []
    execution = execute(
        path,
        parameters={"C": 4.0},
        output=folder / "out" / "executed.ipynb",
        prelude="given = 'by the prelude'",
        epilogue="open('epilogue.txt', 'w').write(str(float(accuracy)))",
        progress=lambda cell, cells: heard.append((cell, cells)),
    )
    return execution, folder, heard
