"""What monitoring knows of one served version: the window that fills, those before, labels.

It is one JSON file that all workers add to, so their windows are one, and a restart goes on where
the last process was. It holds counts, and ids of labelled answers; no row.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, Protocol

import msgspec

from ..types.profile import Calibration, Threshold
from .tally import Counts

__all__ = ["FeatureDrift", "FileStore", "MemoryStore", "Outcome", "State", "StateStore", "Window"]

_log = logging.getLogger("cellmark_runtime.monitoring")


class Window(msgspec.Struct):
    """A full window: when it was (seconds since 1970), and its counts in the profile's order."""

    began: float
    ended: float
    rows: int
    counts: Counts
    alarms: list[str] = []


class FeatureDrift(msgspec.Struct, frozen=True):
    """How the last window differs in one feature; see `monitoring.comparison.Comparison`.

    `streak` counts windows in a row that differ by more than chance and by more than the floor;
    from two on it is an alarm. `missing` and `other` are shares of the window's rows; `other` are
    values that are none of the profile's levels, None for numbers.
    """

    feature: str
    chi: float
    ks: float
    psi: float
    ecdf: float
    significant: bool
    streak: int
    missing: float
    other: float | None = None

    @property
    def alarm(self) -> bool:
        return self.streak >= 2


class Outcome(msgspec.Struct, frozen=True):
    """A labelled answer: what each measure says of it, and how long the label took in seconds."""

    id: str
    measures: dict[str, float]
    lag: float


class State(msgspec.Struct):
    """`calibration` becomes `service` once thresholds were set on the service's own windows."""

    digest: str
    window: int
    calibration: Calibration | Literal["service"]
    threshold: Threshold
    counts: Counts
    format: int = 1
    began: float = 0.0
    rows: int = 0
    total_rows: int = 0
    windows_seen: int = 0
    evaluated: float = 0.0
    windows: list[Window] = []
    drift: list[FeatureDrift] = []
    unstable: list[str] = []
    outcomes: list[Outcome] = []
    labels: dict[str, int] = {}


Change = Callable[[State], None]


class StateStore(Protocol):
    """Where a state is kept."""

    def change(self, *changes: Change) -> State:
        """Apply changes to what stands, alone; give what stands then."""
        ...


class MemoryStore:
    """For one process; gone with it."""

    def __init__(self, state: State) -> None:
        self._state = state

    def change(self, *changes: Change) -> State:
        for each in changes:
            each(self._state)
        return self._state


class FileStore:
    """A file that several processes change, one after the other."""

    def __init__(self, file: Path, fresh: Callable[[], State]) -> None:
        """Args: fresh: makes the state of a service that starts."""
        self.file = file
        self._fresh = fresh

    def change(self, *changes: Change) -> State:
        """Raises: OSError where the file can't be written; nothing is changed then."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with _alone(self.file.with_suffix(".lock")):
            state = self._standing()
            for each in changes:
                each(state)
            if changes:
                self._put(state)
        return state

    def _standing(self) -> State:
        fresh = self._fresh()
        try:
            state = msgspec.json.decode(self.file.read_bytes(), type=State)
        except FileNotFoundError:
            return fresh
        except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
            aside = self.file.with_suffix(f".unreadable-{time.time():.0f}")
            self.file.replace(aside)
            _log.error("%s can't be read (%s): put aside, counting anew", self.file, problem)
            return fresh
        fits = state.digest == fresh.digest and state.window == fresh.window
        return state if fits and _shape(state.counts) == _shape(fresh.counts) else fresh

    def _put(self, state: State) -> None:
        scratch = self.file.with_suffix(".new")
        scratch.write_bytes(msgspec.json.encode(state))
        scratch.replace(self.file)


def _shape(counts: Counts) -> list[int]:
    return list(map(len, counts))


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:  # no flock, and so no workers that share an address either
        yield
        return
    handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o640)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
