"""JSON bodies for requests that get no prediction, each as its route's callers know them.

The service's own are problems (RFC 9457, application/problem+json); MLflow's have `error_code` and
`message`, those of the Open Inference Protocol `error`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...types.fault import Fault
from .identity import Identity
from .paths import route_of

__all__ = ["busy", "invalid_rows", "problem"]

_About = dict[str, Any]
# MLflow's names for the statuses that it has, and the nearest for others.
_CODES = {
    401: "UNAUTHENTICATED",
    404: "ENDPOINT_NOT_FOUND",
    409: "RESOURCE_CONFLICT",
    422: "INVALID_PARAMETER_VALUE",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    503: "TEMPORARILY_UNAVAILABLE",
}


def problem(
    status: int,
    detail: str,
    identity: Identity,
    fix: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A reply that says what is wrong and what to do about it."""
    about = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "fix": fix,
        "model": identity.model,
        "version": identity.version,
    }
    return _Refusal(about, status, headers or {}, "application/problem+json")


def busy(identity: Identity) -> Response:
    """The 503 reply to a request that was not begun, since too many are."""
    fix = "Send the request again a little later; rows of several requests may go in one."
    again = {"retry-after": "1"}
    return problem(503, "more requests than can be answered", identity, fix, again)


def invalid_rows(faults: Iterable[Fault], identity: Identity) -> Response:
    """The 422 reply: one entry for each fault of each row."""
    errors = [fault.public() for fault in faults]
    about = {"model": identity.model, "version": identity.version, "errors": errors}
    return _Refusal(about, 422, {}, "application/json")


class _Refusal(Response):
    """Finds its words once it knows which route it is for."""

    def __init__(
        self, about: _About, status: int, headers: Mapping[str, str], media_type: str
    ) -> None:
        self._about = about
        self._given = dict(headers)
        super().__init__(msgspec.json.encode(about), status, self._given, media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = route_of(scope)
        spoken = next((say for under, say in _WORDS if (route + "/").startswith(under)), None)
        if spoken is None:
            await super().__call__(scope, receive, send)
            return
        said = {**spoken(self.status_code, _said(self._about)), **_errors(self._about)}
        reply = Response(
            msgspec.json.encode(said), self.status_code, self._given, "application/json"
        )
        await reply(scope, receive, send)


# By what a route begins with.
_WORDS: tuple[tuple[str, Callable[[int, str], _About]], ...] = (
    (
        "/invocations/",
        lambda status, said: {"error_code": _CODES.get(status, "BAD_REQUEST"), "message": said},
    ),
    ("/v2/", lambda _, said: {"error": said}),
)


def _errors(about: _About) -> _About:
    return {"errors": about["errors"]} if "errors" in about else {}


def _said(about: _About) -> str:
    """One sentence of what is wrong, one of what to do."""
    if "errors" not in about:
        return f"{about['detail']}. {about['fix']}".strip()
    first, *more = about["errors"]
    field = f", {first['field']}" if first["field"] else ""
    what = f"row {first['row']}{field}: received {first['received']}, expected {first['expected']}"
    return f"{what}. {first['fix']}" + (f" ({len(more)} more faults)" if more else "")
