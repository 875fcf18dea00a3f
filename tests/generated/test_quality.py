"""Generated Python meets the bundle's own configuration of ruff and mypy."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-cache", "."],
        ["ruff", "format", "--no-cache", "--check", "."],
        ["mypy", "--strict"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
@pytest.mark.parametrize("which", ["bundle", "regression"])
def test_generated_python_is_clean(
    request: pytest.FixtureRequest, tmp_path: Path, which: str, command: list[str]
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(request.getfixturevalue(which), copy)
    # Types come from what is installed, as where the bundle's lock is.
    variables = {**os.environ, "MYPYPATH": ""}
    answer = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=copy,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
