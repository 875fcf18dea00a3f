"""A temporary copy of a project, for a notebook that must change nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from cellmark_runtime.errors import CellmarkError

__all__ = ["ProjectTooLarge", "copy_project", "mirror_project"]

_LEFT_OUT = frozenset(
    {".cellmark", ".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox"}
    | {".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
# Larger files are linked: a rerun reads them where they are, and may not write to them.
_LARGE = 50_000_000
_MOST_BYTES = 4_000_000_000
_MOST_FILES = 100_000
# `../data` and `../../data` lead where they led; folders with more beside them are no project's.
_LEVELS = 2
_MOST_BESIDE = 300


class ProjectTooLarge(CellmarkError):
    """A folder that is no project, such as a home folder, or one that is too large to copy."""


def mirror_project(project: Path, scratch: Path) -> Path:
    """Copy `project` to `scratch` + its own path, links to what stands beside and above it.

    So relative paths that lead out of the project find what they found, and the copy's path
    differs from the project's by `scratch` alone.
    """
    copy = scratch / project.relative_to(project.anchor)
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy_project(project, copy)
    here, there = project, copy
    for _ in range(_LEVELS):
        try:
            beside = [path for path in here.parent.iterdir() if path != here]
        except PermissionError:  # a folder of many users that may be passed, not listed
            break
        if here.parent == here or len(beside) > _MOST_BESIDE:
            break
        for path in beside:
            (there.parent / path.name).symlink_to(path)
        here, there = here.parent, there.parent
    return copy


def copy_project(project: Path, copy: Path) -> None:
    """Copy the folder `project` to `copy`, without environments, caches and version control.

    Pipes, sockets and devices are left out too. Files over 50 MB become links to the originals;
    links that lead out of the project go on leading there. Raises: ProjectTooLarge.
    """
    count, size = 0, 0

    def ignored(folder: str, names: list[str]) -> Iterable[str]:
        nonlocal count
        here = Path(folder)
        left_out = {name for name in names if _is_left_out(here / name)}
        count += len(names) - len(left_out)
        _check(project, count > _MOST_FILES, f"more than {_MOST_FILES} files")
        return left_out

    def copied(source: str, target: str) -> str:
        nonlocal size
        length = Path(source).stat().st_size
        if length > _LARGE:
            Path(target).symlink_to(Path(source).absolute())
            return target
        size += length
        _check(project, size > _MOST_BYTES, f"more than {_MOST_BYTES // 10**9} GB in small files")
        return str(shutil.copy2(source, target))

    shutil.copytree(
        project, copy, ignore=ignored, copy_function=copied, symlinks=True, dirs_exist_ok=True
    )
    for folder, folders, files in os.walk(copy):
        for name in (*folders, *files):
            _mend(Path(folder) / name, project, copy)


def _is_left_out(path: Path) -> bool:
    if path.name in _LEFT_OUT or (path / "pyvenv.cfg").is_file():
        return True
    # A pipe or a socket can't be copied; what is gone again, a server's lock file, neither.
    return not (path.is_symlink() or path.is_file() or path.is_dir())


def _mend(link: Path, project: Path, copy: Path) -> None:
    """Let a relative link that leads out of the project lead there from the copy as well."""
    if not link.is_symlink() or link.readlink().is_absolute():
        return
    target = Path(os.path.abspath((project / link.relative_to(copy)).parent / link.readlink()))  # noqa: PTH100
    if not target.is_relative_to(project):
        link.unlink()
        link.symlink_to(target)


def _check(project: Path, failed: bool, received: str) -> None:
    if failed:
        raise ProjectTooLarge(
            str(project),
            received,
            "a project that a rerun can copy",
            "Give the notebook a folder of its own, and make a folder .cellmark in it.",
        )
