"""The log that a service writes: one thread makes groups of records durable.

A group is what came while the one before it was being written (at most 1000 records), so a caller
who waits for durability waits for two syncs and no timer. Where replies don't wait, a group is
1000 records or 50 ms.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Protocol

from ..errors import CellmarkError
from .care import AuditStatus, Care
from .disk import AppendFile
from .keys import AuditKey, read_key
from .layout import taken_stream
from .record import Draft, Line, now
from .recovery import recovered
from .segment import OpenSegment
from .settings import AuditSettings

__all__ = ["AuditLog", "AuditStatus", "Unwritable", "Waiter", "key_of"]

_log = logging.getLogger("cellmark_runtime.audit")
_GROUP, _GROUP_SECONDS = 1000, 0.05
# Replies that do not wait may run ahead of the disk by so many records; then they are refused or
# go without, as the deployment says.
_MOST_PENDING = 20_000
_RETRY_SECONDS = 1.0
_ANSWERS = ("prediction", "refusal")
# A seal that can't be read again holds up the log as a full disk does, and may be mended.
_UNWRITABLE = (OSError, CellmarkError)


class Waiter(Protocol):
    """Who wants to know what became of records; never cancelled, a record stands with its group."""

    def set_result(self, result: bool, /) -> None: ...
    def set_exception(self, exception: BaseException, /) -> None: ...


class _Nobody:
    """For records whose caller had the answer at once."""

    def set_result(self, result: bool, /) -> None: ...
    def set_exception(self, exception: BaseException, /) -> None: ...


_NOBODY = _Nobody()
_Handed = tuple[Sequence[Draft], Waiter]


class Unwritable(Exception):
    """The log can't be written, and the deployment wants no answer without a record."""


def key_of(settings: AuditSettings) -> AuditKey:
    """The key that signs this log, made in its folder where none is named.

    Raises: CellmarkError where the folder can't be written, or for what is no key.
    """
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
        own = settings.folder / "own.key"
        return read_key(settings.key or own, make=settings.key is None)
    except OSError as problem:
        raise _unwritable(settings.folder, problem) from problem


class AuditLog:
    """Appends records to a stream of its own until `close`, which seals it."""

    def __init__(
        self,
        settings: AuditSettings,
        about: dict[str, Any] | None = None,
        open_file: Callable[[Path], AppendFile] = AppendFile,
    ) -> None:
        """Args: about: goes into the record that says that this writer started.

        Raises: CellmarkError where the folder can't be written or its log is damaged.
        """
        self.status = AuditStatus()
        self._settings = settings
        self._waits = settings.durability == "before-reply"
        self._pending: deque[_Handed] = deque()
        self._count = 0
        self._changed = threading.Condition()
        self._closing = False
        self._failing = False
        self._unsaid = 0
        self._process = os.getpid()
        self._key = key_of(settings)
        self._opened = time.monotonic()
        self._stream, self._lock = taken_stream(settings.folder)
        try:
            self._segment = OpenSegment(recovered(settings.folder, self._stream), open_file)
            self._segment.write([*self._recovery(), _event("start", self._beginning(about))])
        except BaseException as problem:
            os.close(self._lock)
            if isinstance(problem, OSError):
                raise _unwritable(settings.folder, problem) from problem
            raise
        self.status.unsealed = self._segment.size
        self._care = Care(settings, self._stream, self.status, self._retiring)
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)
        self._thread.start()

    def hand_over(self, drafts: Sequence[Draft], waiter: Waiter) -> None:
        """Append records; `waiter` gets True once they are durable, False if they got lost.

        With "group" durability it gets True at once. It gets Unwritable where the log can't be
        written and the deployment wants no answer then. It is told by the thread that writes.
        """
        self._take(drafts, waiter, waits=self._waits)

    def append(self, drafts: Sequence[Draft]) -> Future[bool]:
        """Hand records over, for one who waits in a thread."""
        future = _future()
        self.hand_over(drafts, future)
        return future

    def event(self, kind: str, about: dict[str, Any]) -> Future[bool]:
        """Append an override, an erasure or another event; done when it is durable."""
        return self.events(kind, [about])

    def events(self, kind: str, abouts: Sequence[dict[str, Any]]) -> Future[bool]:
        """Append several, such as labels: all of them or none."""
        future = _future()
        self._take([_event(kind, about) for about in abouts], future, waits=True)
        return future

    def close(self) -> None:
        """Write what is left, seal the segment, let another process have the stream."""
        with self._changed:
            if self._closing:
                return
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._care.close()
        os.close(self._lock)

    def _take(self, drafts: Sequence[Draft], waiter: Waiter, *, waits: bool) -> None:
        if os.getpid() != self._process:
            waiter.set_exception(Unwritable("the process forked after it opened the audit log"))
            return
        with self._changed:
            if self._closing or self._overrun(waits=waits):
                self._settle(waiter, drafts)
                return
            self._pending.append((drafts, waiter if waits else _NOBODY))
            self._count += len(drafts)
            self._changed.notify()
        if not waits:
            waiter.set_result(True)

    def _overrun(self, *, waits: bool) -> bool:
        if self._count >= _MOST_PENDING:
            return True
        return self._failing and not waits and self._settings.on_failure == "refuse"

    # -- the thread

    def _run(self) -> None:
        while True:
            group = self._next_group()
            if group:
                self._write(group)
            if self._closing and (self._failing or not self._pending):
                break
            if self._is_due():
                self._seal()
        self._end()

    def _next_group(self) -> list[_Handed]:
        with self._changed:
            if self._failing and not self._waits:
                self._changed.wait(_RETRY_SECONDS)
            if not self._pending and not self._closing:
                self._changed.wait(self._until_seal())
            if not self._waits and not self._closing:
                end = time.monotonic() + _GROUP_SECONDS
                while self._pending and self._count < _GROUP and time.monotonic() < end:
                    self._changed.wait(max(0.0, end - time.monotonic()))
            group: list[_Handed] = []
            count = 0
            while self._pending and (not group or count + len(self._pending[0][0]) <= _GROUP):
                group.append(self._pending.popleft())
                count += len(group[-1][0])
            self._count -= count
            return group

    def _write(self, group: list[_Handed]) -> None:
        drafts = [draft for each, _ in group for draft in each]
        unsaid = self._unsaid
        try:
            self._advance()
            self._segment.write([*_gap(unsaid), *drafts])
        except _UNWRITABLE as problem:
            self._failed(problem, group)
            return
        except Exception as problem:  # noqa: BLE001 - one thread serves all: no record may end it
            if len(group) > 1:
                # What can't be encoded is one request's; the others came with it by chance.
                for alone in group:
                    self._write([alone])
                return
            _log.exception("an audit record can't be encoded")
            self._settle(group[0][1], group[0][0], problem)
            return
        if self._failing:
            _log.info("the audit log can be written again")
        with self._changed:
            self._failing = False
            self._unsaid -= unsaid
        self.status.records += len(drafts)
        self.status.unsealed = self._segment.size
        for _, waiter in group:
            waiter.set_result(True)

    def _failed(self, problem: Exception, group: list[_Handed]) -> None:
        self.status.write_errors += 1
        if not self._failing:
            _log.error("the audit log can't be written: %s", problem)
        self._failing = True
        if not self._waits:
            # These answers are out: their records stay until the disk takes them.
            with self._changed:
                self._pending.extendleft(reversed(group))
                self._count += sum(len(drafts) for drafts, _ in group)
            return
        for drafts, waiter in group:
            self._settle(waiter, drafts, problem)

    def _settle(
        self, waiter: Waiter, drafts: Sequence[Draft], why: Exception | None = None
    ) -> None:
        """Say that records were not written, as the deployment wants it said.

        Only an answer may go without: an event is nothing but its record.
        """
        count = sum(draft.line.kind in _ANSWERS for draft in drafts)
        if count and self._settings.on_failure == "answer":
            with self._changed:
                self.status.lost += count
                self._unsaid += count
            waiter.set_result(False)
        else:
            waiter.set_exception(Unwritable(str(why or "the audit log can't keep up")))

    # -- sealing

    def _until_seal(self) -> float:
        return max(0.05, self._opened + self._settings.seal_seconds - time.monotonic())

    def _is_due(self) -> bool:
        aged = time.monotonic() - self._opened >= self._settings.seal_seconds
        if aged and not self._segment.size:
            self._opened = time.monotonic()
        return bool(self._segment.size) and (
            aged or self._segment.size >= self._settings.seal_records
        )

    def _seal(self) -> None:
        self._opened = time.monotonic()
        try:
            self._segment.seal(self._key)
            self.status.last_seal = time.time()
            self.status.unsealed = 0
            self._care.sealed(self._segment.tail.place)
            if not self._closing:
                self._advance()
        except _UNWRITABLE as problem:
            self.status.write_errors += 1
            _log.error("an audit segment can't be sealed: %s", problem)

    def _advance(self) -> None:
        if self._segment.sealed:
            self._segment = self._segment.following()

    def _retiring(self, about: dict[str, Any]) -> bool:
        try:
            return self.event("retired", about).result()
        except Unwritable:
            return False

    def _end(self) -> None:
        try:
            self._advance()
            self._segment.write([*_gap(self._unsaid), _event("stop", {"stream": self._stream})])
            self._seal()
        except _UNWRITABLE as problem:
            _log.error("the audit log ends unsealed: %s", problem)
        with self._changed:
            if self._count and not self._waits:
                _log.error("%s answers were given without a record", self._count)
            while self._pending:
                drafts, waiter = self._pending.popleft()
                self._settle(waiter, drafts)
        self._segment.close()

    # -- what is said

    def _recovery(self) -> list[Draft]:
        torn = self._segment.tail.torn
        return [_event("recovered", torn)] if torn else []

    def _beginning(self, about: dict[str, Any] | None) -> dict[str, Any]:
        settings = self._settings
        return {
            "durability": settings.durability,
            "fields": dict(sorted(settings.fields.items())),
            "key": self._key.id,
            "on_failure": settings.on_failure,
            "stream": self._stream,
            **(about or {}),
        }


def _future() -> Future[bool]:
    """One that a caller who goes away can't cancel."""
    future: Future[bool] = Future()
    future.set_running_or_notify_cancel()
    return future


def _gap(unsaid: int) -> list[Draft]:
    return [_event("gap", {"records": unsaid})] if unsaid else []


def _event(kind: str, about: dict[str, Any]) -> Draft:
    return Draft(Line(kind=kind, at=now(), about=dict(sorted(about.items()))))


def _unwritable(folder: Path, problem: OSError) -> CellmarkError:
    return CellmarkError(
        str(folder),
        f"the audit log can't be written there ({problem.strerror})",
        "a folder that this process may write, with room",
        "Mend it, name another folder (--audit DIR, or CELLMARK_AUDIT), or keep no log: "
        "--no-audit, or no CELLMARK_AUDIT.",
    )
