"""Files that are appended to and made durable: the one place where the audit log meets a disk."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

__all__ = ["AppendFile", "put", "sync_folder"]


class AppendFile:
    """A file open for appending. `size` is what was written through it and what was there."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
        self.size = os.fstat(self._handle).st_size

    def append(self, content: bytes) -> None:
        """Write all of it, or raise OSError with part of it written."""
        rest = memoryview(content)
        while rest:
            written = os.write(self._handle, rest)
            self.size += written
            rest = rest[written:]

    def sync(self) -> None:
        """Return when the disk has what was appended."""
        os.fdatasync(self._handle) if hasattr(os, "fdatasync") else os.fsync(self._handle)

    def cut(self, size: int) -> None:
        """Take away what stands behind `size`."""
        os.ftruncate(self._handle, size)
        self.size = size

    def close(self) -> None:
        os.close(self._handle)


def put(file: Path, content: bytes, *, mode: int) -> bool:
    """Write a new file, whole or not at all. False if there already is one: then that stays."""
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as new:
            new.write(content)
            new.flush()
            os.fchmod(new.fileno(), mode)
            os.fsync(new.fileno())
        os.link(name, file)
    except FileExistsError:
        return False
    finally:
        Path(name).unlink()
    sync_folder(file.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a new file's content alone is not enough."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
