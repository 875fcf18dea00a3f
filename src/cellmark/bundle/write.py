"""Write a bundle's folder whole or not at all."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.contents import paths_of

__all__ = ["PARTIAL", "check_destination", "check_place", "write"]

# Leftovers of a killed build carry this in their name, beside the bundle that was being written.
PARTIAL = ".cellmark-partial-"
# Seconds that another build has between making its folder and holding it.
_GRACE = 10.0


def write(files: Mapping[str, bytes], folder: Path) -> None:
    """Put `files` (POSIX path -> bytes) into the new folder `folder`, in one step.

    The folder is written under another name beside its place, flushed to the disk and renamed.
    Where the identical bundle stands already nothing happens.
    Raises: CellmarkError where anything else stands there; OSError when the disk refuses.
    """
    if check_destination(files, folder):
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    with _partial(folder) as partial:
        _fill(partial, files)
        try:
            partial.rename(folder)
        except OSError:
            # Another build may have put the same bundle there meanwhile.
            if not check_destination(files, folder):
                raise
    _flush(folder.parent)


def check_destination(files: Mapping[str, bytes], folder: Path) -> bool:
    """True where `folder` holds exactly `files`, False where there is nothing yet.

    Raises: CellmarkError where something else is in the way.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return False
    if folder.is_dir() and _holds(folder, files):
        return True
    raise CellmarkError(
        str(folder),
        _what_stands(folder),
        "a folder that does not exist yet",
        "Choose another one with -o, or move this one away.",
    )


def check_place(folder: Path) -> None:
    """Refuse, before any work is done, a place where no bundle can be written.

    Raises: CellmarkError where something stands that is no bundle; a bundle may turn out the same.
    """
    if not (folder / "MANIFEST.json").is_file():
        check_destination({}, folder)


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    return set(paths_of(folder)) == set(files) and all(
        (folder / path).read_bytes() == content for path, content in files.items()
    )


def _what_stands(folder: Path) -> str:
    if not folder.is_dir():
        return "a file of that name"
    if (folder / "MANIFEST.json").exists():
        return "another bundle, or this one with its files changed"
    return "a folder that holds something else"


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    partial = folder.parent / f".{folder.name}{PARTIAL}{secrets.token_hex(4)}"
    partial.mkdir()
    # Held while this process lives: how a later build tells a leftover from work in progress.
    lock = os.open(partial, os.O_RDONLY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield partial
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        os.close(lock)


def _sweep(folder: Path) -> None:
    for leftover in folder.parent.glob(f".*{PARTIAL}*"):
        if not _in_use(leftover):
            shutil.rmtree(leftover, ignore_errors=True)


def _in_use(leftover: Path) -> bool:
    try:
        if time.time() - leftover.stat().st_mtime < _GRACE:
            return True
        lock = os.open(leftover, os.O_RDONLY)
    except OSError:
        return True
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _fill(partial: Path, files: Mapping[str, bytes]) -> None:
    for path in sorted(files):
        target = partial / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            file.write(files[path])
            file.flush()
            os.fsync(file.fileno())
    for place in {target.parent for target in partial.rglob("*")}:
        _flush(place)


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
