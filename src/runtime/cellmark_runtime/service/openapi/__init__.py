"""The service as an OpenAPI 3.1 document, made from the Signature."""

from __future__ import annotations

from ...scoring.model import Model
from .inference import inference_paths, inference_schemas
from .invocations import mlflow_paths, mlflow_schemas
from .operations import (
    EXPECT,
    UNIT,
    bodies_of,
    get,
    json_reply,
    problem,
    problems,
    reply,
    text_reply,
)
from .schemas import Schema, label_schemas, row_schema, schemas_of

__all__ = ["openapi_document", "row_schema"]

_NO_RECORD = {"503": problem("The labels can't be recorded now: send all of them again.")}


def openapi_document(model: Model, *, with_token: bool, with_feedback: bool = False) -> Schema:
    """The document for one model.

    Args: with_token: callers have to send one; with_feedback: labels are taken.
    """
    document: Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": f"{model.name}@{model.version}",
            "version": str(model.version),
            "description": f"Answers of the model {model.name}. Bundle digest: {model.digest}.",
        },
        "paths": _paths(model, with_token=with_token),
        "components": {
            "schemas": schemas_of(model) | mlflow_schemas(model) | inference_schemas(model)
        },
    }
    if with_feedback:
        document["paths"]["/feedback"] = {"post": _feedback(with_token=with_token)}
        document["components"]["schemas"] |= label_schemas(model.signature.output)
    if with_token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def _paths(model: Model, *, with_token: bool) -> Schema:
    health = {"200": {"description": "Yes."}}
    not_ready = {"503": {"description": "Not yet, or never: the body says why."}}
    return {
        "/predict": {"post": _predict(model, with_token=with_token)},
        "/live": {"get": get("Whether the process answers.", health, is_open=True)},
        "/ready": {"get": get("Whether it may predict.", health | not_ready, is_open=True)},
        "/metadata": {"get": get("What answers, and how it was proven.", json_reply())},
        "/metrics": {"get": get("Counts for Prometheus.", text_reply("text/plain"))},
        "/openapi.json": {"get": get("This document.", json_reply())},
        "/docs": {"get": get("This document as a page.", text_reply("text/html"))},
        "/": {"get": get("What serves here, for people.", text_reply("text/html"))},
        "/page.js": {"get": get("What that page runs.", text_reply("text/javascript"))},
        **mlflow_paths(with_token=with_token),
        **inference_paths(model, with_token=with_token),
    }


def _predict(model: Model, *, with_token: bool) -> Schema:
    content: Schema = bodies_of({"$ref": "#/components/schemas/Row"})
    if model.golden.rows:
        content["application/json"]["example"] = model.golden.rows[0]
    replies: Schema = {
        "200": reply("One prediction a row, in order.", "Answer"),
        "422": reply("Rows that can't be scored: every fault of every row.", "Faults"),
    }
    return {
        "summary": "Score rows.",
        "operationId": "predict",
        "parameters": [EXPECT, UNIT],
        "requestBody": {"required": True, "content": content},
        "responses": replies | problems(with_token=with_token),
    }


def _feedback(*, with_token: bool) -> Schema:
    replies: Schema = {
        "200": reply("What became of each label, in order.", "Labelled"),
        "422": reply("Labels of the wrong type: every fault of every one.", "Faults"),
    }
    content = bodies_of({"$ref": "#/components/schemas/Label"})
    return {
        "summary": "Say what answers turned out to be.",
        "operationId": "feedback",
        "parameters": [EXPECT],
        "requestBody": {"required": True, "content": content},
        "responses": replies | problems(with_token=with_token) | _NO_RECORD,
    }
