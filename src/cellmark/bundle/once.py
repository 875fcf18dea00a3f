"""Once: make a folder that is dear to make, in one process at a time, whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

__all__ = ["make_once"]

_READY = ".cellmark-ready"


def make_once(folder: Path, make: Callable[[Path], None], *, movable: bool = True) -> bool:
    """Let `make` fill `folder`, unless that was done before; whether it was done now.

    A second process waits for the first. One that is `movable` is made beside its place and put
    there when it is whole; else (a virtual environment knows its own path) it is made where it
    stands, and what was cut off half-way is made again.
    """
    if (folder / _READY).is_file():
        return False
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        # Freed by the system when the process ends, however it does.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / _READY).is_file():
            return False
        shutil.rmtree(folder, ignore_errors=True)
        if movable:
            _beside(folder, make)
        else:
            _in_place(folder, make)
    return True


def _beside(folder: Path, make: Callable[[Path], None]) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name[:16]}-") as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        make(made)
        (made / _READY).touch()
        made.rename(folder)


def _in_place(folder: Path, make: Callable[[Path], None]) -> None:
    try:
        make(folder)
        (folder / _READY).touch()
    except BaseException:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
        raise
