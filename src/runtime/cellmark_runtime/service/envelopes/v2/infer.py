"""POST /v2/models/{name}/infer: the envelope of tensors."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Scope

from ....scoring.model import Model
from ...replies.identity import Identity, mismatch
from ...requests.body import BadBody, few_enough
from ..envelope import Entries, Envelope, Opened
from .asked import HEADER_LENGTH, Asked, asked_of, rows_of
from .given import Column, as_json, columns_of, wanted_of

__all__ = ["check_address", "infer_envelope"]


def infer_envelope(model: Model, identity: Identity) -> Envelope:
    """One tensor a column in, one an output out."""
    columns = columns_of(model.signature.output)

    def opened(scope: Scope, body: bytes) -> Opened:
        check_address(scope, identity)
        asked = asked_of(Headers(scope=scope), body)
        wanted = wanted_of(asked, columns)
        rows = few_enough(rows_of(asked.inputs, model.accepts))
        return Opened(rows, lambda ids, entries: _sealed(identity, asked, wanted, ids, entries))

    return opened


def check_address(scope: Scope, identity: Identity) -> None:
    """Raises: BadBody (404) for another model's name, (409) for another version of this one."""
    named = scope.get("path_params", {})
    if named.get("name") != identity.model:
        said = f"model {named.get('name', '')[:80]!r} does not answer here"
        raise BadBody(404, said, f"Ask for {identity.model}.")
    version = named.get("version")
    detail = mismatch(f"{identity.model}@{version}", identity) if version is not None else None
    if detail:
        raise BadBody(409, detail, "Address the version that you mean, or leave it out.")


def _sealed(
    identity: Identity,
    asked: Asked,
    wanted: Sequence[tuple[Column, bool]],
    ids: Sequence[str],
    entries: Entries,
) -> Response:
    told = [as_json(column, ids, entries, as_bytes=as_bytes) for column, as_bytes in wanted]
    reply = {
        "model_name": identity.model,
        "model_version": str(identity.version),
        **({"id": asked.id} if asked.id else {}),
        "outputs": [tensor for tensor, _ in told],
        "parameters": {"arm": identity.arm, "digest": identity.digest},
    }
    text = msgspec.json.encode(reply, enc_hook=str)
    raw = b"".join(part for _, part in told)
    if not raw:
        return Response(text, media_type="application/json")
    length = {HEADER_LENGTH: str(len(text))}
    return Response(text + raw, headers=length, media_type="application/octet-stream")
