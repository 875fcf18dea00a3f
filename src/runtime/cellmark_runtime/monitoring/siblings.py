"""Counts of several processes behind one address: whichever is scraped answers for all.

Each writes what it counted to a file of its own, once a second. The counts of one that died stay;
what it said of its state does not.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec
from prometheus_client import Metric as Family

__all__ = ["Siblings"]

_SECONDS = 1.0
_FRESH_SECONDS = 5.0
_Families = Callable[[], Iterable[Family]]


class _Sample(msgspec.Struct, array_like=True):
    name: str
    labels: dict[str, str]
    value: float


class _Kept(msgspec.Struct, array_like=True):
    name: str
    about: str
    kind: str
    samples: list[_Sample]


class Siblings:
    """The files of one deployment's processes, in a folder of their own."""

    def __init__(self, folder: Path, families: _Families) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}-{time.time_ns()}.counts"
        self._families = families
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._writing = threading.Lock()

    def start(self) -> None:
        """Begin to write, once; in a thread that never keeps the process alive."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="counts", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Write once more, and no more."""
        self._stopping.set()
        self.write()

    def write(self) -> None:
        """Write what stands now."""
        kept = [
            _Kept(
                family.name,
                family.documentation,
                family.type,
                [
                    _Sample(each.name, dict(each.labels), float(each.value))
                    for each in family.samples
                ],
            )
            for family in self._families()
        ]
        partial = self._own.with_suffix(".part")
        with self._writing:  # who stops may write while the thread does
            partial.write_bytes(msgspec.msgpack.encode(kept))
            partial.replace(self._own)

    def others(self) -> Iterator[Family]:
        """What the other processes counted, and those that are gone."""
        for file in sorted(self._folder.glob("*.counts")):
            if file != self._own:
                yield from _families_in(file)

    def _run(self) -> None:
        while True:
            try:
                self.write()
            except OSError:  # a full disk passes; without its folder the supervisor is gone
                if not self._folder.is_dir():
                    return
            if self._stopping.wait(_SECONDS):
                return


def _families_in(file: Path) -> Iterator[Family]:
    is_fresh = time.time() - file.stat().st_mtime < _FRESH_SECONDS
    for kept in msgspec.msgpack.decode(file.read_bytes(), type=list[_Kept]):
        if kept.kind == "gauge" and not is_fresh:
            continue
        family = Family(kept.name, kept.about, kept.kind)
        for each in kept.samples:
            family.add_sample(each.name, each.labels, each.value)
        yield family
