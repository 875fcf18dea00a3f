"""What the document says of the Open Inference Protocol's routes."""

from __future__ import annotations

from ...scoring.model import Model
from ..envelopes.v2 import tensors_in, tensors_out
from ..envelopes.v2.datatypes import DATATYPES
from .operations import EXPECT, UNIT, get, json_reply, problem, problems, reply
from .schemas import Schema, list_of, object_of

__all__ = ["inference_paths", "inference_schemas"]

_MODEL = "/v2/models/{name}"
_TEXT: Schema = {"type": "string"}


def inference_paths(model: Model, *, with_token: bool) -> Schema:
    """By path. One model has two: with its version, and without."""
    ready = json_reply() | {"503": {"description": "Not yet, or never."}}
    paths: Schema = {
        "/v2": {"get": get("Which software answers.", json_reply())},
        "/v2/health/live": {"get": get("Whether it answers.", json_reply(), is_open=True)},
        "/v2/health/ready": {"get": get("Whether it may predict.", ready, is_open=True)},
    }
    for path, of in (
        (_MODEL, [_one_of("name", model.name)]),
        (
            f"{_MODEL}/versions/{{version}}",
            [_one_of("name", model.name), _one_of("version", str(model.version))],
        ),
    ):
        metadata = {"200": reply("Its tensors.", "ModelMetadata")} | _ELSEWHERE
        paths[path] = {"get": get("What the model takes and answers.", metadata), "parameters": of}
        is_ready = get("Whether the model may predict.", ready | _ELSEWHERE)
        paths[f"{path}/ready"] = {"get": is_ready, "parameters": of}
        infer = _infer(with_token=with_token)
        paths[f"{path}/infer"] = {"post": infer, "parameters": of}
    return paths


def inference_schemas(model: Model) -> Schema:
    """By name."""
    names = [tensor["name"] for tensor in tensors_out(model.signature.output)]
    wanted = {**object_of({"name": {"enum": names}}), "title": "An output that is wanted."}
    tensor: Schema = {
        "name": _TEXT,
        "shape": {"type": "array", "items": {"type": "integer"}, "minItems": 1},
        "datatype": {"enum": list(DATATYPES)},
        "data": {"type": "array"},
    }
    request: Schema = object_of({"inputs": {**list_of("Tensor"), "minItems": 1}})
    request["properties"] |= {
        "id": {"type": ["string", "null"]},
        "outputs": {"type": ["array", "null"], "items": wanted},
        "parameters": {"type": ["object", "null"]},
    }
    request["example"] = _example(model)
    outputs = {"model_name": _TEXT, "model_version": _TEXT, "outputs": list_of("Tensor")}
    about: Schema = {"name": _TEXT, "datatype": _TEXT, "shape": tensor["shape"]}
    listed = {"type": "array", "items": object_of(about)}
    versions = {"type": "array", "items": _TEXT}
    error = {**object_of({"error": _TEXT})}
    error["properties"] |= {"errors": list_of("Fault")}
    return {
        "Tensor": object_of(tensor),
        "InferRequest": request,
        "InferAnswer": object_of(outputs),
        "InferError": error,
        "ModelMetadata": object_of(
            {"name": _TEXT, "versions": versions, "platform": _TEXT}
            | {"inputs": listed, "outputs": listed}
        ),
    }


_ELSEWHERE = {
    "404": problem("Another model's name.", "InferError"),
    "409": problem("Another version.", "InferError"),
}


def _infer(*, with_token: bool) -> Schema:
    body = {"application/json": {"schema": {"$ref": "#/components/schemas/InferRequest"}}}
    replies = {
        "200": reply("The outputs, in the order of the rows.", "InferAnswer"),
        "422": reply("Rows that can't be scored: every fault of every row.", "InferError"),
    }
    return {
        "summary": "Score rows that come as tensors, one a column.",
        "parameters": [EXPECT, UNIT],
        "requestBody": {"required": True, "content": body},
        "responses": replies | problems("InferError", with_token=with_token) | _ELSEWHERE,
    }


def _one_of(name: str, value: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": {"enum": [value]}}


def _example(model: Model) -> Schema:
    rows = model.golden.rows[:2]
    return {
        "inputs": [
            {
                "name": tensor["name"],
                "shape": [len(rows)],
                "datatype": tensor["datatype"],
                "data": [row.get(tensor["name"]) for row in rows],
            }
            for tensor in tensors_in(model.accepts)
        ]
    }
