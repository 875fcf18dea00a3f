"""Spool: one JSON line per executed cell, appended by kernels, folded in by the store's writer.

Standard library only: kernels import this when they start. A line is one `write` to a file that
belongs to one kernel alone, so lines of different kernels never mix, on network drives neither.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from pathlib import Path
from typing import Any

from .location import make_folder
from .redaction import redact, secret_values

__all__ = ["Record", "Spool", "new_id", "spools"]

Record = dict[str, Any]
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_last = 0


def new_id() -> str:
    """A ULID: 26 characters that sort by time, strictly within one process."""
    global _last
    value = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    _last = max(value, _last + 1)
    return "".join(_ALPHABET[_last >> shift & 31] for shift in range(125, -5, -5))


class Spool:
    """The file of one session (one kernel's life) in a store's folder."""

    def __init__(self, folder: Path, session: str) -> None:
        self.folder = folder
        self.session = session
        self.path = folder / "spool" / f"{session}.jsonl"

    def append(self, record: Record) -> None:
        """Append one record, secrets redacted; once handed over it survives a killed kernel.

        Raises: OSError where the store cannot be written; a torn line is cut off again.
        """
        safe = redact(record, secret_values())
        line = json.dumps(safe, separators=(",", ":"), allow_nan=True).encode() + b"\n"
        if not self.path.parent.is_dir():
            make_folder(self.folder)
            self.path.parent.mkdir(exist_ok=True)
        with self.path.open("ab", buffering=0) as file:
            start = file.seek(0, os.SEEK_END)
            try:
                _write_whole(file.fileno(), line)
            except OSError:
                # Whether that works or not, the reason is what went wrong first.
                with contextlib.suppress(OSError):
                    file.truncate(start)
                raise

    def records(self) -> list[Record]:
        """Every record of the session so far, oldest first."""
        return [json.loads(line) for line in self.lines_after(0)]

    def lines_after(self, offset: int) -> list[bytes]:
        """The lines from byte `offset` on; one that is still being written is left out."""
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            file.seek(offset)
            return [line for line in file if line.endswith(b"\n")]

    @property
    def size(self) -> int:
        """Bytes written so far; 0 once another process has folded and removed the file."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


def spools(folder: Path) -> list[Spool]:
    """The sessions that have a spool in a store's folder, oldest first."""
    files = sorted((folder / "spool").glob("*.jsonl"))
    return [Spool(folder, file.stem) for file in files]


def _write_whole(descriptor: int, line: bytes) -> None:
    """A nearly full disk takes the front of a line without complaint; ask again for the rest."""
    rest = memoryview(line)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
