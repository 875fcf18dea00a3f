"""The service as an OpenAPI 3.1 document, made from the Signature."""

from __future__ import annotations

from typing import Any, get_args

from ..audit.labels import Status
from ..scoring.answers import class_text
from ..scoring.model import Model
from ..types.policies import Policies
from ..types.signature import Field, Output, Part
from .identity import EXPECT_HEADER, UNIT_HEADER
from .labels import ID, label_signature

__all__ = ["openapi_document", "row_schema"]

_Schema = dict[str, Any]
_STRICT = Policies()
_TYPES = {
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "datetime": {"type": "string"},
}
_PROBLEMS = {
    "400": "The body is no JSON or no CSV.",
    "409": "The caller expects another model or version.",
    "413": "The body is too large.",
    "415": "The content type is neither JSON nor CSV.",
    "503": "The golden rows were not scored yet, or did not match; or no record can be kept.",
}


def openapi_document(model: Model, *, with_token: bool, with_feedback: bool = False) -> _Schema:
    """The document for one model.

    Args: with_token: callers have to send one; with_feedback: labels are taken.
    """
    document: _Schema = {
        "openapi": "3.1.0",
        "info": {
            "title": f"{model.name}@{model.version}",
            "version": str(model.version),
            "description": f"Answers of the model {model.name}. Bundle digest: {model.digest}.",
        },
        "paths": _paths(model, with_token=with_token),
        "components": {"schemas": _schemas(model)},
    }
    if with_feedback:
        document["paths"]["/feedback"] = {"post": _feedback(with_token=with_token)}
        document["components"]["schemas"] |= _label_schemas(model.signature.output)
    if with_token:
        document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"token": []}]
    return document


def row_schema(fields: tuple[Field, ...], policies: Policies = _STRICT) -> _Schema:
    """The JSON Schema of one raw row. Further columns are passed over, unless refused by policy."""
    schema: _Schema = {
        "type": "object",
        "properties": {field.name: _field_schema(field, policies) for field in fields},
        "required": [field.name for field in fields],
    }
    if policies.extra_column == "reject":
        schema["additionalProperties"] = False
    return schema


def _field_schema(field: Field, policies: Policies) -> _Schema:
    schema: _Schema = dict(_TYPES[field.kind])
    if field.kind == "datetime":
        schema["description"] = "A date and time in ISO 8601."
    known = [category for category in field.categories or () if category is not None]
    if known and policies.unseen_category == "reject":
        schema["enum"] = known
    elif known:
        schema["examples"] = known
    if field.nullable:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"].append(None)
    if field.minimum is not None and field.maximum is not None:
        schema["description"] = f"In training from {field.minimum:g} to {field.maximum:g}."
    return schema


def _paths(model: Model, *, with_token: bool) -> _Schema:
    health = {"200": {"description": "Yes."}}
    not_ready = {"503": {"description": "Not yet, or never: the body says why."}}
    return {
        "/predict": {"post": _predict(model, with_token=with_token)},
        "/live": {"get": _get("Whether the process answers.", health, is_open=True)},
        "/ready": {"get": _get("Whether it may predict.", health | not_ready, is_open=True)},
        "/metadata": {"get": _get("What answers, and how it was proven.", _json_reply())},
        "/metrics": {"get": _get("Counts for Prometheus.", _text_reply("text/plain"))},
        "/openapi.json": {"get": _get("This document.", _json_reply())},
        "/docs": {"get": _get("This document as a page.", _text_reply("text/html"))},
        "/": {"get": _get("What serves here, for people.", _text_reply("text/html"))},
    }


def _get(summary: str, replies: _Schema, *, is_open: bool = False) -> _Schema:
    operation: _Schema = {"summary": summary, "responses": replies}
    if is_open:
        operation["security"] = []
    return operation


def _json_reply() -> _Schema:
    content = {"application/json": {"schema": {"type": "object"}}}
    return {"200": {"description": "A JSON object.", "content": content}}


def _text_reply(kind: str) -> _Schema:
    content = {kind: {"schema": {"type": "string"}}}
    return {"200": {"description": "Text.", "content": content}}


def _predict(model: Model, *, with_token: bool) -> _Schema:
    content: _Schema = _bodies({"$ref": "#/components/schemas/Row"})
    if model.golden.rows:
        content["application/json"]["example"] = model.golden.rows[0]
    replies: _Schema = {
        "200": _reply("One prediction a row, in order.", "Answer"),
        "422": _reply("Rows that can't be scored: every fault of every row.", "Faults"),
    }
    return {
        "summary": "Score rows.",
        "operationId": "predict",
        "parameters": [_EXPECT, _UNIT],
        "requestBody": {"required": True, "content": content},
        "responses": replies | _problems(with_token=with_token),
    }


def _feedback(*, with_token: bool) -> _Schema:
    replies: _Schema = {
        "200": _reply("What became of each label, in order.", "Labelled"),
        "422": _reply("Labels of the wrong type: every fault of every one.", "Faults"),
    }
    content = _bodies({"$ref": "#/components/schemas/Label"})
    return {
        "summary": "Say what answers turned out to be.",
        "operationId": "feedback",
        "parameters": [_EXPECT],
        "requestBody": {"required": True, "content": content},
        "responses": replies | _problems(with_token=with_token) | _NO_RECORD,
    }


_EXPECT: _Schema = {
    "name": EXPECT_HEADER,
    "in": "header",
    "required": False,
    "description": "What should answer: `name@version`, or a digest's first 8 digits.",
    "schema": {"type": "string"},
}


_UNIT: _Schema = {
    "name": UNIT_HEADER,
    "in": "header",
    "required": False,
    "description": "Whom it is for. While two versions answer, a unit keeps its own.",
    "schema": {"type": "string"},
}


def _problems(*, with_token: bool) -> _Schema:
    problems = {**_PROBLEMS, **({"401": "No valid token."} if with_token else {})}
    return {status: _problem(about) for status, about in sorted(problems.items())}


def _problem(about: str) -> _Schema:
    return _reply(about, "Problem", "application/problem+json")


def _reply(about: str, schema: str, kind: str = "application/json") -> _Schema:
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": about, "content": content}


_NO_RECORD = {"503": _problem("The labels can't be recorded now: send all of them again.")}


def _bodies(row: _Schema) -> _Schema:
    rows = {"type": "array", "items": row, "minItems": 1}
    wrapped = {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}
    body: _Schema = {"schema": {"anyOf": [row, rows, wrapped]}}
    csv = {"schema": {"type": "string", "description": "A header row, then one line a row."}}
    return {"application/json": body, "text/csv": csv}


def _schemas(model: Model) -> _Schema:
    fault = {name: {"type": "string"} for name in ("field", "received", "expected", "fix")}
    return {
        "Row": row_schema(model.accepts.inputs, model.policies),
        "Prediction": _object(
            {
                "id": {"type": "string", "description": "A ULID, to join a label by later."},
                **_entry(model.signature.output),
            }
        ),
        "Answer": _object(
            {
                **_IDENTITY,
                "digest": {"type": "string"},
                "arm": {"type": "string"},
                "predictions": _list_of("Prediction"),
            }
        ),
        "Fault": _object({"row": {"type": "integer", "minimum": 0}, **fault}),
        "Faults": _object({**_IDENTITY, "errors": _list_of("Fault")}),
        "Problem": _object(
            {
                **_IDENTITY,
                "status": {"type": "integer"},
                **{name: {"type": "string"} for name in ("type", "title", "detail", "fix")},
            }
        ),
    }


def _label_schemas(output: Output) -> _Schema:
    label = _label(output)
    status = {"enum": list(get_args(Status))}
    entry = {"id": {"type": "string"}, "status": status}
    replaces = {"anyOf": [label, {"type": "null"}], "description": "The label that stood before."}
    identity = {**_IDENTITY, "digest": {"type": "string"}, "arm": {"type": "string"}}
    counts = {name: {"type": "integer"} for name in get_args(Status)}
    return {
        "Label": {
            **_object({"id": {"type": "string", "pattern": f"^{ID.pattern}$"}, "label": label}),
            "additionalProperties": False,
        },
        "Taken": _object({**entry, "replaces": replaces}),
        "Labelled": _object(
            {**identity, "counts": _object(counts), "labels": _list_of("Taken")},
        ),
    }


def _label(output: Output) -> _Schema:
    kinds = [_field_schema(field, _STRICT) for field in label_signature(output).inputs[1:]]
    return _several(kinds) if output.parts else kinds[0]


_IDENTITY: _Schema = {"model": {"type": "string"}, "version": {"type": "integer"}}


def _object(properties: _Schema) -> _Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list_of(schema: str) -> _Schema:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}


def _entry(output: Output) -> _Schema:
    several = [_prediction(part) for part in output.parts]
    entry = {
        "prediction": _several(several) if several else _prediction(output),
        "probabilities": _probabilities(output),
    }
    return {**entry, "score": _score()} if output.scores else entry


def _prediction(output: Output | Part) -> _Schema:
    if output.classes is not None:
        return {"enum": list(output.classes)}
    return dict(_TYPES[output.kind])


def _several(schemas: list[_Schema]) -> _Schema:
    return {
        "type": "array",
        "prefixItems": schemas,
        "minItems": len(schemas),
        "maxItems": len(schemas),
    }


def _probabilities(output: Output) -> _Schema:
    if not output.probabilities:
        return {"type": "null"}
    if output.parts:
        number = {"type": "object", "additionalProperties": {"type": "number"}}
        return _several([number] * len(output.parts))
    schema = _object({class_text(label): {"type": "number"} for label in output.columns or ()})
    return {**schema, "description": "Each class's probability, in the order of the classes."}


def _score() -> _Schema:
    number = {"type": "number"}
    about = "The model's decision function: a number, or one for each class."
    return {"anyOf": [number, {"type": "array", "items": number}], "description": about}
