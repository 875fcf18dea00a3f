"""The protocol's health and metadata."""

from __future__ import annotations

from collections.abc import Callable
from importlib import metadata
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from ....types.signature import Output, Signature
from ...generations.readiness import Readiness
from ...replies.identity import Identity
from ...replies.problems import problem
from ...requests.body import BadBody
from .datatypes import OF_KIND
from .given import columns_of
from .infer import check_address

__all__ = ["inference_routes", "tensors_in", "tensors_out"]

_SERVER = {
    "name": "cellmark-runtime",
    "version": metadata.version("cellmark-runtime"),
    "extensions": ["binary_tensor_data"],
}
_Told = Callable[[], tuple[dict[str, Any], int]]


def tensors_in(accepts: Signature) -> list[dict[str, Any]]:
    """One a column, as metadata has it."""
    return [
        {"name": field.name, "datatype": OF_KIND[field.kind], "shape": [-1]}
        for field in accepts.inputs
    ]


def tensors_out(output: Output) -> list[dict[str, Any]]:
    """One an output; `parameters` has the classes, in the order of the probabilities."""
    return [
        {
            "name": column.name,
            "datatype": column.datatype,
            "shape": column.shape,
            **({"parameters": {"classes": column.classes}} if column.classes else {}),
        }
        for column in columns_of(output)
    ]


def inference_routes(
    accepts: Signature, output: Output, identity: Identity, readiness: Readiness, infer: ASGIApp
) -> list[Route]:
    """All of `/v2`. Args: infer: what answers tensors."""
    about = {
        "name": identity.model,
        "versions": [str(identity.version)],
        "platform": "cellmark",
        "inputs": tensors_in(accepts),
        "outputs": tensors_out(output),
    }

    def ready(name: dict[str, Any]) -> _Told:
        def told() -> tuple[dict[str, Any], int]:
            is_ready = readiness.reason is None
            return {**name, "ready": is_ready}, 200 if is_ready else 503

        return told

    routes = [
        _get("/v2", lambda: (_SERVER, 200)),
        _get("/v2/health/live", lambda: ({"live": True}, 200)),
        _get("/v2/health/ready", ready({}), readiness),
    ]
    for model in ("/v2/models/{name}", "/v2/models/{name}/versions/{version}"):
        named = {"name": identity.model}
        routes += [
            _get(model, lambda: (about, 200), of=identity),
            _get(f"{model}/ready", ready(named), readiness, of=identity),
            Route(f"{model}/infer", infer, methods=["POST"]),
        ]
    return routes


def _get(
    path: str, told: _Told, readiness: Readiness | None = None, of: Identity | None = None
) -> Route:
    async def answer(request: Request) -> Response:
        if of is not None:
            try:
                check_address(request.scope, of)
            except BadBody as bad:
                return problem(bad.status, bad.detail, of, bad.fix)
        if readiness is not None:
            await readiness.prove()
        body, status = told()
        return Response(msgspec.json.encode(body), status, media_type="application/json")

    return Route(path, answer)
