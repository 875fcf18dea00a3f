"""Which files are a bundle's own, and which a tool left behind while somebody used it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

__all__ = ["LEAVINGS", "paths_of"]

# What the model card's own commands (venv, pytest, mypy, ruff) leave in a bundle's folder.
LEAVINGS = frozenset({".venv", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache"})


def paths_of(folder: Path) -> Iterator[str]:
    """The POSIX path of every file and link under `folder`, what tools leave behind excepted."""
    for entry in sorted(folder.iterdir()):
        if entry.name in LEAVINGS:
            continue
        if entry.is_dir() and not entry.is_symlink():
            yield from (f"{entry.name}/{path}" for path in paths_of(entry))
        else:
            yield entry.name
