"""Callers who connect and send or take nothing: their connections end, others' need the room."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.auto import AutoHTTPProtocol

__all__ = ["patient_protocol"]


def patient_protocol(seconds: float) -> type[asyncio.Protocol]:
    """The HTTP protocol of uvicorn, that hangs up where no request is under way for so long.

    uvicorn limits how long a connection may be idle behind a reply, not how long a request's head,
    or the taking of a reply, may last. A request that is under way has its own limits.
    """
    base: Any = AutoHTTPProtocol

    class Patient(base):  # type: ignore[misc]
        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self._seen: object = None
            self._look = self.loop.call_later(seconds, self._looked)

        def connection_lost(self, exc: Exception | None) -> None:
            self._look.cancel()
            super().connection_lost(exc)

        def _looked(self) -> None:
            idle = self.cycle is None or self.cycle.response_complete
            if idle and self.cycle is self._seen:
                self.transport.abort()
                return
            self._seen = self.cycle
            self._look = self.loop.call_later(seconds, self._looked)

    return Patient
