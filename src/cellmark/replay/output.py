"""The executed notebook as a file, whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import nbformat

__all__ = ["write_notebook"]


def write_notebook(notebook: Any, path: Path) -> None:
    """Write `notebook` to `path` by way of a temporary file beside it.

    Raises: OSError; what stood at `path` is then untouched.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            nbformat.write(notebook, file)
        # mkstemp makes private files; a notebook gets what a plain write would have given it.
        umask = os.umask(0)
        os.umask(umask)
        Path(temporary).chmod(0o666 & ~umask)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
