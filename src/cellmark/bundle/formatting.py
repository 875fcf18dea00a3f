"""Generated Python in one fixed format, whatever the machine's own ruff configuration says."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from cellmark_runtime.errors import CellmarkError

__all__ = ["format_python"]

_FIXED = ("--isolated", "--no-cache", "--quiet", "--config", "line-length=100")
_AS_THEY_ARE = "scoring/local/"


def format_python(files: Mapping[str, str], python: str) -> dict[str, str]:
    """`files` with every `.py` among them formatted for Python `python` ("3.11").

    Imports are sorted and unused ones leave. Files of other kinds come back as they are, and so do
    the author's local modules.
    Raises: CellmarkError naming the file that is no valid Python.
    """
    sources = {path: text for path, text in files.items() if _is_generated(path)}
    target = (*_FIXED, "--target-version", f"py{python.replace('.', '')}")
    with tempfile.TemporaryDirectory(prefix="cellmark-format-") as folder:
        here = Path(folder)
        for path, text in sources.items():
            (here / path).parent.mkdir(parents=True, exist_ok=True)
            (here / path).write_text(text, encoding="utf-8")
        _ruff(here, "check", "--fix", "--select", "I,F401", *target)
        _ruff(here, "format", *target)
        done = {path: (here / path).read_text(encoding="utf-8") for path in sources}
    return {**files, **done}


def _is_generated(path: str) -> bool:
    return path.endswith(".py") and not path.startswith(_AS_THEY_ARE)


def _ruff(here: Path, *arguments: str) -> None:
    command = [sys.executable, "-m", "ruff", *arguments, "."]
    answer = subprocess.run(command, cwd=here, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        raise CellmarkError(
            "generated code",
            (answer.stdout + answer.stderr).strip(),
            "Python that ruff can format",
            "This is a fault of cellmark; please report it with the notebook's tagged cells.",
        )
