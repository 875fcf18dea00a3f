"""What follows a seal, beside the thread that writes: look back, leave copies, retire."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

import msgspec

from ..errors import CellmarkError
from .checking import sealed_holds
from .disk import put
from .layout import Place, places
from .retention import retire
from .settings import AuditSettings

__all__ = ["AuditStatus", "Care"]

_log = logging.getLogger("cellmark_runtime.audit")


class AuditStatus(msgspec.Struct):
    """What the metrics say: `last_seal` in seconds since 1970, or when the log was opened."""

    records: int = 0
    write_errors: int = 0
    lost: int = 0
    unsealed: int = 0
    last_seal: float = msgspec.field(default_factory=time.time)
    verify_ok: bool = True


class Care:
    """Takes care of sealed segments of one stream until `close`; records wait for none of it."""

    def __init__(
        self,
        settings: AuditSettings,
        stream: str,
        status: AuditStatus,
        tell: Callable[[dict[str, Any]], bool],
    ) -> None:
        """Args: tell: puts on record that a segment is retired; True once that is durable."""
        self._settings = settings
        self._stream = stream
        self._status = status
        self._tell = tell
        self._turn = 0
        self._sealed: SimpleQueue[Place | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="audit-care", daemon=True)
        self._thread.start()

    def sealed(self, place: Place) -> None:
        """Hand over a segment that was just sealed."""
        self._sealed.put(place)

    def close(self) -> None:
        """Return when all that was handed over is taken care of."""
        self._sealed.put(None)
        self._thread.join()

    def _run(self) -> None:
        for place in iter(self._sealed.get, None):
            for step in (self._say, self._leave_copies, self._look_back, self._retire):
                try:
                    step(place)
                except (OSError, CellmarkError) as problem:
                    self._status.write_errors += 1
                    _log.error("%s is sealed, but: %s", place.name, problem)

    def _say(self, place: Place) -> None:
        """The seal goes into the service's own log, which somebody else may keep."""
        sealed = place.checkpoint.read_text(encoding="utf-8").strip()
        _log.info("audit segment sealed", extra={"parts": {"checkpoint": sealed}})

    def _leave_copies(self, _: Place) -> None:
        """Seals also go where somebody who can write this folder can't."""
        copies = self._settings.checkpoints
        if copies is None:
            return
        copies.mkdir(parents=True, exist_ok=True)
        for each in self._every():
            seal, copy = each.checkpoint.read_bytes(), copies / each.checkpoint.name
            if not put(copy, seal, mode=0o440) and copy.read_bytes() != seal:
                raise CellmarkError(
                    str(copy),
                    "the seal of another log",
                    f"that of {each.checkpoint}",
                    "Give each log a folder of its own for its seals, and see whether this "
                    "log was exchanged.",
                )

    def _look_back(self, place: Place) -> None:
        """Hold this segment against its seal, and one older one in turn."""
        kept = [each for each in self._every() if each.lines.exists()]
        self._turn += 1
        for each in {place, kept[self._turn % len(kept)]} if kept else {place}:
            if not sealed_holds(each):
                self._status.verify_ok = False
                _log.error("%s does not hold what was sealed", each.lines)

    def _retire(self, _: Place) -> None:
        days = self._settings.retention_days
        if days is not None:
            retire(self._settings.folder, self._stream, days, self._tell)

    def _every(self) -> list[Place]:
        every = places(self._settings.folder, self._stream)
        return [each for each in every if each.checkpoint.exists()]
