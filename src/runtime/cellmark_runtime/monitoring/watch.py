"""Watch what a served model meets: count in the request, fold and judge beside it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence

import msgspec

from ..types.profile import CategoryProfile, ReferenceProfile
from ..types.signature import Signature
from .outcomes import add_outcomes
from .state import Change, Outcome, State, StateStore
from .tally import Counts, Tally
from .windows import fold

__all__ = ["Watch"]

_log = logging.getLogger("cellmark_runtime.monitoring")
_SECONDS = 2.0
# A window is filled in so many parts at least, so that it is not much larger than it should be.
_PARTS = 10


class Watch:
    """Counts the rows of one served version. It never fails, slows or alters an answer.

    Each two seconds, or tenth of a window, what was counted goes to the store, where it meets what
    other workers counted. A process that is killed loses what it counted since.
    """

    def __init__(
        self,
        profile: ReferenceProfile,
        signature: Signature,
        store: StateStore,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.profile = profile
        self._tally = Tally(profile, signature)
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._parts: list[tuple[int, Counts]] = []
        self._labels: list[Change] = []
        self._broken = False
        self._thread: threading.Thread | None = None
        self._ending = threading.Event()
        self._failing = False
        self.other: dict[str, int] = {
            each.name: 0 for each in profile.counted if isinstance(each, CategoryProfile)
        }
        self.state: State = self._seen()
        self._part = max(1, self.state.window // _PARTS)

    def answered(self, rows: Sequence[object], scores: Iterable[object]) -> None:
        """Count rows that were answered, and what they scored."""
        if self._broken:
            return
        try:
            with self._lock:
                for row, score in zip(rows, scores, strict=False):
                    if isinstance(row, Mapping):
                        self._tally.add(row, score)
                    if self._tally.rows >= self._part:
                        self._set_aside()
        except Exception:  # noqa: BLE001 - the answer is right whatever becomes of the counts
            self._broken = True
            _log.exception("rows can't be counted: drift is not watched from here on")
        self._start()

    def labelled(self, outcomes: Sequence[Outcome], statuses: Sequence[str]) -> None:
        """Take in what answers turned out to be."""

        def change(state: State) -> None:
            add_outcomes(state, outcomes, statuses)

        with self._lock:
            self._labels.append(change)
        self._start()

    def flush(self) -> None:
        """Hand over what was counted. What can't be written stays, for the next time."""
        with self._lock:
            if self._tally.rows and not self._broken:
                self._set_aside()
            parts, self._parts = self._parts, []
            labels, self._labels = self._labels, []
        changes = [*(self._folding(*part) for part in parts), *labels]
        if not changes and self._failing is False and self._thread is None:
            return
        try:
            self.state = msgspec.structs.replace(self._store.change(*changes))
        except OSError as problem:
            with self._lock:
                self._parts, self._labels = parts + self._parts, labels + self._labels
            if not self._failing:
                _log.error("what was counted can't be written: %s", problem)
            self._failing = True
            return
        self._failing = False

    def standing(self) -> State:
        """What stands now, with what others that share the store counted; or as last seen."""
        try:
            return self._seen()
        except OSError:
            return self.state

    def close(self) -> None:
        """Hand over the rest."""
        self._ending.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        self.flush()

    def _seen(self) -> State:
        return msgspec.structs.replace(self._store.change())

    def _set_aside(self) -> None:
        rows, counts = self._tally.take()
        self._parts.append((rows, counts))
        for feature, column in zip(self.profile.counted, counts, strict=True):
            if feature.name in self.other:
                self.other[feature.name] += column[-2]

    def _folding(self, rows: int, counts: Counts) -> Change:
        return lambda state: fold(self.profile, state, rows, counts, self._clock())

    def _start(self) -> None:
        if self._thread is None and not self._ending.is_set():
            self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while not self._ending.wait(_SECONDS):
            try:
                self.flush()
            except Exception:  # noqa: BLE001
                _log.exception("a window can't be judged")
