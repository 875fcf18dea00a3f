"""Checkout: the commit that a cell runs on, asked of git while the cell runs."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from pathlib import Path
from typing import Any

__all__ = ["THREAD", "Checkout"]

# What is done in it is no deed of the cell that runs meanwhile.
THREAD = "cellmark-surroundings"

_GIT_SECONDS = 3
# An edited file leaves no sign in git's own files: git is asked again once this many times as long
# has passed as its last answer took. In a large checkout it takes longest.
_PATIENCE = 10
# Without its lock: a commit of the user's must not meet it.
_ASK = ("git", "--no-optional-locks", "status", "--porcelain=v2", "--branch")


class Checkout:
    """Looked up in a thread as a tagged cell begins; waited for when a Run begins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, Any] | None = None
        self._thread: threading.Thread | None = None
        self._stamp: tuple[Any, ...] = ()
        self._again = 0.0

    def look(self) -> None:
        """Ask git, unless nothing was committed since and its answer is new."""
        stamp = _stamp(self._folder)
        if not stamp:
            self._stamp, self._thread = (), None
            return
        is_new = stamp == self._stamp and time.monotonic() < self._again
        if self._thread is not None and (is_new or self._thread.is_alive()):
            return
        self._stamp = stamp
        self._thread = threading.Thread(target=self._work, daemon=True, name=THREAD)
        self._thread.start()

    def found(self) -> dict[str, Any] | None:
        """The commit that is checked out and whether files differ from it; None without git."""
        if self._thread is None:
            self.look()
        if self._thread is None:
            return None
        self._thread.join()
        return self._found

    def _work(self) -> None:
        begin = time.monotonic()
        self._found = _asked(self._folder)
        now = time.monotonic()
        self._again = now + _PATIENCE * (now - begin)


def _asked(folder: Path) -> dict[str, Any] | None:
    try:
        done = subprocess.run(
            (*_ASK, "--untracked-files=no"),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid ")), "")
    if not commit or commit == "(initial)":
        return None
    return {"commit": commit, "changed": any(not line.startswith("#") for line in lines)}


def _stamp(folder: Path) -> tuple[Any, ...]:
    """Another after each commit, checkout or `git add`; () where git has nothing to do with it."""
    try:
        git = _git_folder(folder)
        head = (git / "HEAD").read_text() if git else ""
    except (OSError, ValueError):
        return ()
    if git is None or not head:
        return ()
    common = _common_folder(git)
    branch = common / head.removeprefix("ref: ").strip()
    kept = (git / "index", branch, common / "packed-refs", common / "reftable" / "tables.list")
    return (str(git), head, *map(_state, kept))


def _git_folder(folder: Path) -> Path | None:
    """Where git keeps what it knows of a folder: of a worktree its file `.git` names the place."""
    for above in (folder, *folder.parents):
        git = above / ".git"
        if git.is_dir():
            return git
        if git.is_file():
            named = git.read_text().removeprefix("gitdir:").strip()
            return Path(os.path.normpath(above / named))
    return None


def _common_folder(git: Path) -> Path:
    """Branches are the same for all worktrees of a repository."""
    try:
        return git / (git / "commondir").read_text().strip()
    except OSError:
        return git


def _state(path: Path) -> tuple[int, int] | None:
    # Git puts a new file in the old one's place.
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_ino, about.st_mtime_ns
