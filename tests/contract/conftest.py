"""The main job through the command line, once for all tests that look at what it gave."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
import pytest

from cellmark.cli import main

EXAMPLES = Path(__file__).resolve().parents[2] / "example_notebooks"

# Ends each notebook with its own answers on file, in a cell without a role.
ANSWERS = """
import json
with open("answers.json", "w") as file:
    json.dump({{"index": X_test.index.tolist(), "probabilities": {proba}.tolist()}}, file)
"""
PROBABILITIES = {
    "churn": "model.predict_proba(X_test)",
    "credit": "clf.predict_proba(scaler.transform(X_test))",
}


class Done(NamedTuple):
    """A command's exit code, its JSON or None, and what it wrote to stderr."""

    code: int
    said: Any
    stderr: str


def cellmark(*arguments: str | Path, cwd: Path) -> Done:
    """Run a command as a user would, with --json."""
    command = [sys.executable, "-m", "cellmark", *map(str, arguments), "--json"]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    return Done(done.returncode, json.loads(done.stdout) if done.stdout else None, done.stderr)


def called(*arguments: str | Path, cwd: Path) -> Done:
    """The same in this process, which saves a start: for commands that soon end."""
    out, err = io.StringIO(), io.StringIO()
    command = ["cellmark", *map(str, arguments), "--json"]
    with (
        contextlib.chdir(cwd),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
    return Done(int(ended.value.code or 0), json.loads(out.getvalue() or "null"), err.getvalue())


class Job(NamedTuple):
    """An example notebook, packaged: its folder, the bundle, and the notebook's own answers."""

    name: str
    folder: Path
    packaged: Any
    bundle: Path
    answers: dict[str, Any]


@pytest.fixture(scope="session", params=["churn", "credit"])
def job(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Job:
    folder = tmp_path_factory.mktemp(request.param)
    lay_out(request.param, folder)
    done = cellmark("package", f"{request.param}.ipynb", "-o", "bundle", cwd=folder)
    assert done.code == 0, done.stderr
    answers = json.loads((folder / "answers.json").read_text())
    return Job(request.param, folder, done.said, folder / "bundle", answers)


def lay_out(name: str, folder: Path) -> None:
    """Copy an example and its data, with a last cell that keeps the notebook's answers."""
    shutil.copytree(EXAMPLES / "data", folder / "data", dirs_exist_ok=True)
    notebook = nbformat.read(EXAMPLES / f"{name}.ipynb", as_version=4)
    source = ANSWERS.format(proba=PROBABILITIES[name])
    notebook.cells.append(nbformat.v4.new_code_cell(source, id="answers"))
    nbformat.write(notebook, folder / f"{name}.ipynb")


@pytest.fixture(scope="session")
def served(job: Job) -> Iterator[str]:
    """The address of `cellmark serve` with the job's bundle."""
    command = [sys.executable, "-m", "cellmark", "serve", str(job.bundle), "--port", "0", "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()
        assert process.wait(timeout=60) == 0
