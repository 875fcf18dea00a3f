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
def test_generated_python_is_clean(bundle: Path, tmp_path: Path, command: list[str]) -> None:
    copy = tmp_path / "loans-3"
    shutil.copytree(bundle, copy)
    # Where the lock is installed the runtime is an ordinary package; here it is a checkout.
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
