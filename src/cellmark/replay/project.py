"""A temporary copy of a project, for a notebook that must change nothing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

__all__ = ["copy_project"]

_LEFT_OUT = frozenset(
    {".cellmark", ".git", ".hg", ".venv", "venv", "node_modules", "__pycache__", ".tox"}
    | {".ipynb_checkpoints", ".mypy_cache", ".pytest_cache", ".ruff_cache"}
)
# Larger files are linked: a rerun reads them where they are, and may not write to them.
_LARGE = 50_000_000


def copy_project(project: Path, copy: Path) -> None:
    """Copy the folder `project` to `copy`, without environments, caches and version control.

    Files over 50 MB become links to the originals. Links within the project stay links.
    """

    def ignored(folder: str, names: list[str]) -> Iterable[str]:
        here = Path(folder)
        return {name for name in names if name in _LEFT_OUT or _is_environment(here / name)}

    shutil.copytree(
        project, copy, ignore=ignored, copy_function=_copied, symlinks=True, dirs_exist_ok=True
    )


def _is_environment(path: Path) -> bool:
    return (path / "pyvenv.cfg").is_file()


def _copied(source: str, target: str) -> str:
    if Path(source).stat().st_size > _LARGE:
        os.symlink(Path(source).absolute(), target)  # noqa: PTH211
        return target
    return str(shutil.copy2(source, target))
