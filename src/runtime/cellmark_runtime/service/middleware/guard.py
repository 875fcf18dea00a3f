"""Tokens: without the right one only the health routes answer."""

from __future__ import annotations

import base64
import binascii
import secrets
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ..replies.identity import Identity
from ..replies.paths import HEALTH, route_of
from ..replies.problems import problem

__all__ = ["TokenGuard"]


class TokenGuard:
    """ASGI middleware: `Authorization: Bearer TOKEN` on everything but the health routes.

    A browser asks its user for the token, as a password, and sends it as `Basic`. It would do so
    on behalf of any page, so that is taken from the service's own pages only.
    """

    def __init__(self, app: ASGIApp, token: str | None, identity: Identity) -> None:
        self._app = app
        self._token = token.encode() if token else None
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        guarded = scope["type"] == "http" and route_of(scope) not in HEALTH
        headers = Headers(scope=scope)
        if self._token is None or not guarded or self._admits(headers):
            await self._app(scope, receive, send)
            return
        browses = "text/html" in headers.get("accept", "")
        reply = problem(
            401,
            "no valid token",
            self._identity,
            "Send the header Authorization: Bearer TOKEN; in a browser, the token as the password.",
            {"www-authenticate": 'Basic realm="token as the password"' if browses else "Bearer"},
        )
        await reply(scope, receive, send)

    def _admits(self, headers: Headers) -> bool:
        scheme, _, sent = headers.get("authorization", "").partition(" ")
        token = sent.strip().encode()
        if scheme.lower() == "basic" and _is_own(headers):
            token = _password(token)
        elif scheme.lower() != "bearer":
            return False
        # Compared in constant time, or its run time would spell the token out.
        return secrets.compare_digest(token, self._token or b"")


def _is_own(headers: Headers) -> bool:
    """Whether no page from elsewhere sends this: browsers say where a request comes from."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != headers.get("host"):
        return False
    return headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _password(sent: bytes) -> bytes:
    try:
        return base64.b64decode(sent, validate=True).partition(b":")[2]
    except binascii.Error:
        return b""
