"""JSON bodies for requests that get no prediction (RFC 9457, application/problem+json)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING

import msgspec
from starlette.responses import Response

from ..types.fault import Fault

if TYPE_CHECKING:
    from .identity import Identity

__all__ = ["invalid_rows", "problem"]


def problem(
    status: int,
    detail: str,
    identity: Identity,
    fix: str = "",
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A reply that says what is wrong and what to do about it."""
    body = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "fix": fix,
        "model": identity.model,
        "version": identity.version,
    }
    return Response(
        msgspec.json.encode(body), status, dict(headers or {}), "application/problem+json"
    )


def invalid_rows(faults: Iterable[Fault], identity: Identity) -> Response:
    """The 422 reply: one entry for each fault of each row."""
    body = {
        "model": identity.model,
        "version": identity.version,
        "errors": [fault.public() for fault in faults],
    }
    return Response(msgspec.json.encode(body), 422, media_type="application/json")
