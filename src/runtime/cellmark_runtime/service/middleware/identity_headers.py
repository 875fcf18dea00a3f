"""The model's names on every reply; 409 where the caller expects another."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ..replies.identity import CHALLENGE, EXPECT_HEADER, REQUEST, Identity, mismatch
from ..replies.paths import HEALTH, route_of
from ..replies.problems import problem

__all__ = ["IdentityHeaders"]


def _of_challenge(note: dict[str, Any]) -> dict[str, str]:
    bucket = {"x-cellmark-bucket": str(note["bucket"])} if "bucket" in note else {}
    return {"x-cellmark-experiment": note["experiment"], **bucket}


class IdentityHeaders:
    """ASGI middleware: names the model on every reply, and answers 409 to the wrong address."""

    def __init__(self, app: ASGIApp, identity: Identity) -> None:
        self._app = app
        self._identity = identity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = self._identity.as_headers()
                if REQUEST in scope:
                    named["x-cellmark-request"] = scope[REQUEST]
                if CHALLENGE in scope:
                    named |= _of_challenge(scope[CHALLENGE])
                MutableHeaders(scope=message).update(named)
            await send(message)

        expected = Headers(scope=scope).get(EXPECT_HEADER)
        detail = mismatch(expected, self._identity) if expected is not None else None
        if detail and route_of(scope) not in HEALTH:
            fix = "Address the version that you mean, or update what you expect."
            await problem(409, detail, self._identity, fix)(scope, receive, send_named)
        else:
            await self._app(scope, receive, send_named)
