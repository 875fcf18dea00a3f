"""Brings word from another thread to an event loop: once for all that comes at the same time."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import suppress

__all__ = ["Bell", "Waiter"]


class Bell:
    """Wakes one loop. Waking it for each of a group's records would cost more than the records."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._told: deque[tuple[asyncio.Future[bool], bool | BaseException]] = deque()
        self._rung = False

    def waiter(self) -> Waiter:
        """One to hand to the other thread, and to wait for here."""
        return Waiter(self)

    def tell(self, future: asyncio.Future[bool], outcome: bool | BaseException) -> None:
        """From any thread. A loop that has ended needs to hear nothing."""
        self._told.append((future, outcome))
        if not self._rung:
            self._rung = True
            with suppress(RuntimeError):
                self.loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        # Before the last look: what comes behind it rings again.
        self._rung = False
        while self._told:
            future, outcome = self._told.popleft()
            if future.done():
                continue  # its caller went away
            if isinstance(outcome, BaseException):
                future.set_exception(outcome)
            else:
                future.set_result(outcome)


class Waiter:
    """Told in another thread, waited for in the loop."""

    def __init__(self, bell: Bell) -> None:
        self.future = bell.loop.create_future()
        self._bell = bell

    def set_result(self, result: bool, /) -> None:
        self._bell.tell(self.future, result)

    def set_exception(self, exception: BaseException, /) -> None:
        self._bell.tell(self.future, exception)
