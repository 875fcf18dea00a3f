"""Outside: what a cell did beyond its variables, and what it read, heard while it runs."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ..checkout import THREAD
from ..files import content_of
from ..opened import opened
from ..readers import hear_readers

__all__ = ["Outside", "state_of"]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_CHANGES = (
    *("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.truncate", "os.link", "os.symlink"),
    *("os.chmod", "os.utime", "shutil."),
)
_ASKS = {
    "socket.connect": "asks another machine",
    "socket.getaddrinfo": "asks another machine",
    "subprocess.Popen": "starts another program",
    "os.system": "starts another program",
    "os.posix_spawn": "starts another program",
    "os.fork": "starts another process",
    "os.exec": "starts another program",
    "sqlite3.connect": "asks a database",
}
# Libraries ask these of the machine, which is a part of every key.
_HARMLESS = frozenset({"lscpu", "sysctl", "uname", "file", "ldconfig", "gcc", "cc"})
_LISTS = ("os.listdir", "os.scandir")
_MOST = 20_000


class Outside:
    """`reads` are files and folders that all cells so far have read. Of the cell that runs,
    `writes` is a path that it wrote, `asks` what it asked that may answer otherwise next time.
    """

    def __init__(self, copy: str) -> None:
        self.reads: set[str] = set()
        self.writes = ""
        self.asks = ""
        self._made: set[str] = set()
        self._copy = copy
        self._listens = False
        hear_readers(opened.given)
        opened.others.append(self._read)
        sys.addaudithook(self._hook)

    def begin(self) -> None:
        """A cell is about to run."""
        self.writes = self.asks = ""
        self._listens = True

    def end(self) -> None:
        """It has run."""
        self._listens = False

    def name(self, text: str) -> None:
        """A notebook names this file or folder: it may read it in a way that nobody hears."""
        if text and len(text) < 1000 and "\0" not in text and os.path.exists(text):  # noqa: PTH110
            self._read(text)

    def _read(self, path: str) -> None:
        full = os.path.abspath(path)  # noqa: PTH100
        if full not in self._made and not full.startswith(("/proc/", "/sys/", "/dev/")):
            self.reads.add(full)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._listens or threading.current_thread().name == THREAD:
            return
        if event == "open":
            path = arguments[0]
            if isinstance(path, str | bytes | os.PathLike):
                self._opens(os.fsdecode(path), arguments[2])
        elif event in _LISTS and not _imports():
            self._read(arguments[0] if isinstance(arguments[0], str) else os.curdir)
        elif event in _ASKS:
            if not _is_harmless(event, arguments):
                self.asks = self.asks or _ASKS[event]
        elif event.startswith(_CHANGES):
            self.writes = self.writes or str(arguments[0])

    def _opens(self, path: str, flags: int) -> None:
        full = os.path.abspath(path)  # noqa: PTH100
        if not flags & _WRITING:
            self._read(full)
        elif full != os.devnull and not full.endswith((".pyc", "/fontlist.json")):
            self._made.add(full)
            self.writes = self.writes or full.removeprefix(self._copy)


def _imports() -> bool:
    """Whether it is Python that looks for a module: it lists every folder of its path."""
    file = sys._getframe(2).f_code.co_filename  # noqa: SLF001
    return any(name in file for name in ("importlib", "pkgutil", "pkg_resources"))


def _is_harmless(event: str, arguments: tuple[Any, ...]) -> bool:
    if event == "sqlite3.connect":
        return bool(arguments[0] == ":memory:")
    return event == "subprocess.Popen" and Path(str(arguments[0])).name in _HARMLESS


def state_of(path: str) -> str:
    """What a file holds, or what a folder lists, as a digest; "" where there is neither."""
    try:
        if os.path.isdir(path):  # noqa: PTH112
            return f"folder {_digest(_listed(path))}"
        size = os.stat(path).st_size  # noqa: PTH116
        return f"file {content_of(path, size, size)[0]}"
    except OSError:
        return ""


def _listed(folder: str) -> Iterator[str]:
    """What is below a folder; of the files the size and the time, which copies keep."""
    count = 0
    for here, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name != "__pycache__")
        # The notebook itself is written anew for each rerun.
        for name in sorted(name for name in names if not name.endswith(".ipynb")):
            about = (Path(here) / name).stat()
            yield f"{os.path.relpath(here, folder)}/{name} {about.st_size} {about.st_mtime_ns}"
            count += 1
            if count > _MOST:
                raise OSError(f"more than {_MOST} files")


def _digest(lines: Iterator[str]) -> str:
    import xxhash

    return xxhash.xxh3_128_hexdigest("\n".join(lines).encode())
