"""Which model answers: on every reply, and refused where the caller expects another."""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .paths import HEALTH, route_of
from .problems import problem

__all__ = [
    "CHALLENGE",
    "EXPECT_HEADER",
    "NONSENSE",
    "OWN",
    "REQUEST",
    "UNIT_HEADER",
    "Identity",
    "IdentityHeaders",
    "mismatch",
]

EXPECT_HEADER = "x-cellmark-expect"
# Where a scoring request's id stands in its scope.
REQUEST = "cellmark.request"
# Where it belongs while two versions are compared, and that its answer was nonsense.
CHALLENGE, NONSENSE = "cellmark.challenge", "cellmark.nonsense"
# That the reply is for the request itself, whichever version was to answer it.
OWN = "cellmark.own"
# Whom a request is for: the same unit gets the same version.
UNIT_HEADER = "x-cellmark-unit"
_DIGEST = re.compile(r"[0-9a-f]{8,64}")


class Identity:
    """The names under which a served model answers."""

    def __init__(self, model: str, version: int, digest: str, arm: str = "champion") -> None:
        self.model = model
        self.version = version
        self.digest = digest
        self.arm = arm

    def as_json(self) -> dict[str, str | int]:
        return {
            "model": self.model,
            "version": self.version,
            "digest": self.digest,
            "arm": self.arm,
        }

    def as_labels(self) -> dict[str, str]:
        """As metrics have it."""
        return {"model": self.model, "version": str(self.version), "arm": self.arm}

    def as_headers(self) -> dict[str, str]:
        return {
            "x-cellmark-model": self.model.encode("ascii", "backslashreplace").decode(),
            "x-cellmark-version": str(self.version),
            "x-cellmark-digest": self.digest,
            "x-cellmark-arm": self.arm,
        }


def mismatch(expected: str, identity: Identity) -> str | None:
    """Why a caller that expects `churn@3`, or a digest's first 8 or more digits, gets no answer."""
    wanted = expected.strip()
    served = f"{identity.model}@{identity.version}"
    fits_digest = _DIGEST.fullmatch(wanted.lower()) and identity.digest.startswith(wanted.lower())
    if wanted == served or fits_digest:
        return None
    return f"{served} (digest {identity.digest[:12]}) answers here, not {wanted[:80]!r}"


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
