"""Surroundings: the packages and the commit that a Run happens with, found off the cell's path."""

from __future__ import annotations

import functools
import importlib.metadata
import platform
import subprocess
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

__all__ = ["Surroundings"]

_GIT_SECONDS = 3


class Surroundings:
    """Looked up in a thread once a tagged cell has run; waited for when a Run begins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._distributions: dict[str, list[str]] = {}
        self._git: dict[str, Any] | None = None
        self._thread: threading.Thread | None = None

    def look(self) -> None:
        """Begin to look, unless that is done."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, daemon=True)
            self._thread.start()

    def environment(self, imported: Iterable[str]) -> dict[str, Any]:
        """The Python and the distributions that hold these top-level packages, with versions."""
        self._wait()
        names = {name for package in imported for name in self._distributions.get(package, ())}
        packages = {_canonical(name): importlib.metadata.version(name) for name in names}
        return {
            "python": platform.python_version(),
            "packages": dict(sorted(packages.items())),
        }

    def git(self) -> dict[str, Any] | None:
        """The commit that is checked out and whether files differ from it; None without git."""
        self._wait()
        return self._git

    def _wait(self) -> None:
        self.look()
        assert self._thread is not None
        self._thread.join()

    def _work(self) -> None:
        self._git = _git(self._folder)
        self._distributions = _distributions()


@functools.cache
def _distributions() -> dict[str, list[str]]:
    """Top-level package -> distributions: a quarter of a second, and fixed while kernels live."""
    return dict(importlib.metadata.packages_distributions())


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")


def _git(folder: Path) -> dict[str, Any] | None:
    commit = _output(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _output(folder, "status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "changed": None if changes is None else bool(changes)}


def _output(folder: Path, *arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
