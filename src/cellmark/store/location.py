"""Where a project's records live. Standard library only: kernels import this when they start."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["FOLDER", "absolute", "database_url", "experiment_of", "find_folder", "make_folder"]

FOLDER = ".cellmark"
_STORE = "CELLMARK_STORE"
# Set by a replay for its kernel, which then need not search: a store that is a database still
# has a folder for its spool and objects.
_HANDED_DOWN = "CELLMARK_FOLDER"


def absolute(path: Path) -> Path:
    """`path` from the root, `..` taken out; links stay, as the front end names them."""
    return Path(os.path.abspath(path))  # noqa: PTH100


def database_url() -> str | None:
    """The database that CELLMARK_STORE names, if it names one and not a folder."""
    value = os.environ.get(_STORE, "")
    return value if "://" in value else None


def find_folder(start: Path) -> Path:
    """The store's folder for something at `start` (a folder): it need not exist yet.

    CELLMARK_STORE decides; else the nearest `.cellmark` at or above `start`, as with `.git`;
    else `.cellmark` in `start`.
    """
    named = os.environ.get(_HANDED_DOWN) or os.environ.get(_STORE, "")
    if named and "://" not in named:
        return absolute(Path(named).expanduser())
    start = absolute(start)
    for folder in (start, *start.parents):
        if (folder / FOLDER).is_dir():
            return folder / FOLDER
    return start / FOLDER


def make_folder(folder: Path) -> Path:
    """Create a store's folder if need be. Its content is no business of version control."""
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", "utf-8")
    return folder


def experiment_of(notebook: Path, folder: Path) -> str:
    """An experiment's name: the notebook's path from the project that the store's folder is in."""
    project = absolute(folder).parent
    notebook = absolute(notebook)
    if notebook.is_relative_to(project):
        return notebook.relative_to(project).as_posix()
    return notebook.as_posix()
