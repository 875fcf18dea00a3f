"""Envelopes: how rows come in and answers go out. What happens between is the same for all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from ...types.signature import Signature
from ..replies.identity import Identity
from ..requests.body import rows_of_body

__all__ = ["Entries", "Envelope", "Opened", "own_envelope"]

# One a row, as `scoring.answers.entry_of` makes them.
Entries = Sequence[Mapping[str, Any]]


class Opened(NamedTuple):
    """A request's rows, not yet checked, and what makes a reply of ids and answers."""

    rows: list[object]
    seal: Callable[[Sequence[str], Entries], Response]


# Raises: BadBody for what holds no rows; InvalidRows for rows of the wrong width.
Envelope = Callable[[Scope, bytes], Opened]


def own_envelope(accepts: Signature, identity: Identity) -> Envelope:
    """That of `/predict`."""

    def opened(scope: Scope, body: bytes) -> Opened:
        return Opened(rows_of_body(Headers(scope=scope), body, accepts), seal)

    def seal(ids: Sequence[str], entries: Entries) -> Response:
        predictions = [{"id": each, **entry} for each, entry in zip(ids, entries, strict=True)]
        reply = {**identity.as_json(), "predictions": predictions}
        encoded = msgspec.json.encode(reply, enc_hook=str)
        return Response(encoded, media_type="application/json")

    return opened
