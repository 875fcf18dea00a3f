"""How much a process takes on at a time: a short line before the model, and room for bodies.

Who comes when it is full is told so at once (503, to come again), so those who are in it wait no
longer than a line takes, however many ask.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from ..settings import Settings

__all__ = ["Busy", "Intake", "Line", "Room", "Share"]

# So many of the largest bodies have room at the same time.
_BODIES = 8


class Busy(Exception):
    """There is more to do than can be done; what was asked for was not begun."""


class Line:
    """Lets one request after another score, in the order in which they came."""

    def __init__(self, most: int) -> None:
        """Args: most: how many may wait while one is scored."""
        self._most = most
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._taken = False
        self.refused = 0

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for one's turn. Raises: Busy at once where the line is full.

        The next turn begins once the loop has looked at what else arrived: who is refused hears
        it before the others are scored, not after.
        """
        await self._come()
        try:
            yield
        finally:
            asyncio.get_running_loop().call_soon(self._next)

    async def _come(self) -> None:
        if not self._taken:
            self._taken = True
            return
        if len(self._waiting) >= self._most:
            self.refused += 1
            raise Busy
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            await future
        except asyncio.CancelledError:
            # Who is gone passes on the turn that it may have got in the same moment.
            if future.done() and not future.cancelled():
                self._next()
            raise

    def _next(self) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return
        self._taken = False


class Room:
    """Bytes of callers' bodies that are held at the same time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.held = 0

    @contextmanager
    def share(self) -> Iterator[Share]:
        """A part that grows as it is asked for, and is given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.held -= share.held

    def take(self, size: int) -> None:
        """Raises: Busy where there is no more room."""
        if self.held + size > self._most:
            raise Busy
        self.held += size


class Share:
    """What one request has of a Room."""

    def __init__(self, room: Room) -> None:
        self._room = room
        self.held = 0

    def take(self, size: int) -> None:
        """Raises: Busy where there is no more room."""
        self._room.take(size)
        self.held += size


class Intake:
    """What the routes that take bodies share in one process."""

    def __init__(self, settings: Settings) -> None:
        self.max_body = settings.max_body
        self.seconds = settings.timeout
        self.room = Room(_BODIES * settings.max_body)
        # Few rows are scored in the event loop, one request after the other.
        self.line = Line(settings.most_waiting)
        self._most_waiting = settings.most_waiting

    def line_beside(self) -> Line:
        """One of its own for what is scored beside the loop."""
        return Line(self._most_waiting)

    def figures(self) -> dict[str, float]:
        """For `/metrics`."""
        return {"model_requests_waiting": self.line.waiting}
