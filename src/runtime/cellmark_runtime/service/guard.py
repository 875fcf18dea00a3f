"""Tokens: without the right one only the health routes answer."""

from __future__ import annotations

import secrets

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from .identity import Identity
from .paths import HEALTH, route_of
from .problems import problem

__all__ = ["TokenGuard"]


class TokenGuard:
    """ASGI middleware: `Authorization: Bearer TOKEN` on everything but the health routes."""

    def __init__(self, app: ASGIApp, token: str | None, identity: Identity) -> None:
        self._app = app
        self._token = token.encode() if token else None
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and route_of(scope) not in HEALTH
        if self._token is None or not guarded or self._admits(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        reply = problem(
            401,
            "no valid token",
            self._identity,
            "Send the header Authorization: Bearer TOKEN.",
            {"www-authenticate": "Bearer"},
        )
        await reply(scope, receive, send)

    def _admits(self, headers: Headers) -> bool:
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        # Compared in constant time, or its run time would spell the token out.
        matches = secrets.compare_digest(sent.strip().encode(), self._token or b"")
        return scheme.lower() == "bearer" and matches
