"""The files of a log: for each writer a stream of segments, each in up to three files.

`w001-00000001.jsonl` are the records, `.payloads` the inputs (erasable), `.checkpoint` the seal.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..errors import CellmarkError

__all__ = ["Place", "locked", "places", "streams", "taken_stream"]

_NAME = re.compile(r"(w\d{3})-(\d{8})\.(?:jsonl|checkpoint)")
_MOST_WRITERS = 999


class Place(NamedTuple):
    """Where one segment lies."""

    folder: Path
    stream: str
    segment: int

    @property
    def name(self) -> str:
        return f"{self.stream}-{self.segment:08d}"

    @property
    def lines(self) -> Path:
        return self.folder / f"{self.name}.jsonl"

    @property
    def payloads(self) -> Path:
        return self.folder / f"{self.name}.payloads"

    @property
    def checkpoint(self) -> Path:
        return self.folder / f"{self.name}.checkpoint"


def places(folder: Path, stream: str | None = None) -> list[Place]:
    """The segments that there are traces of, in order. Raises: CellmarkError without a folder."""
    _require(folder)
    found = {
        Place(folder, match[1], int(match[2]))
        for file in folder.iterdir()
        if (match := _NAME.fullmatch(file.name))
    }
    return sorted(place for place in found if stream in (None, place.stream))


def _require(folder: Path) -> None:
    if not folder.is_dir():
        raise CellmarkError(
            str(folder), "no such folder", "an audit log's folder", "Is CELLMARK_AUDIT set so?"
        )


def streams(folder: Path) -> Iterator[tuple[str, list[Place]]]:
    """Each stream with its segments."""
    every = places(folder)
    for stream in sorted({place.stream for place in every}):
        yield stream, [place for place in every if place.stream == stream]


def taken_stream(folder: Path) -> tuple[str, int]:
    """The first stream that no other process writes, and the handle whose lock keeps it so."""
    for number in range(1, _MOST_WRITERS + 1):
        name = f"w{number:03d}"
        handle = locked(folder, name)
        if handle is not None:
            return name, handle
    raise CellmarkError(str(folder), f"{_MOST_WRITERS} writers", "fewer", "Use another folder.")


def locked(folder: Path, name: str, *, wait: bool = False) -> int | None:
    """A handle that keeps others from `name` until it is closed; None where another has it."""
    try:
        import fcntl
    except ImportError as problem:
        raise CellmarkError(
            str(folder), "a system without flock", "Linux or another Unix to keep an audit log on"
        ) from problem
    _require(folder)
    handle = os.open(folder / f"{name}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        os.close(handle)
        return None
    return handle
