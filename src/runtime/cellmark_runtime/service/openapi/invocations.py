"""What the document says of MLflow's routes."""

from __future__ import annotations

from ...scoring.model import Model
from ..envelopes.mlflow import FORMS
from .operations import EXPECT, UNIT, get, problems, reply, text_reply
from .schemas import Schema, entry_schema, list_of, object_of

__all__ = ["mlflow_paths", "mlflow_schemas"]

_ROW: Schema = {"$ref": "#/components/schemas/Row"}


def mlflow_paths(*, with_token: bool) -> Schema:
    """By path."""
    replies = {
        "200": reply("One prediction a row, in order.", "Predictions"),
        "422": reply("Rows that can't be scored: every fault of every row.", "MlflowError"),
    }
    csv = {"schema": {"type": "string", "description": "A header row, then one line a row."}}
    forms = {"$ref": "#/components/schemas/Invocation"}
    score = {
        "summary": "Score rows, as MLflow's server does.",
        "operationId": "invocations",
        "parameters": [EXPECT, UNIT],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": forms}, "text/csv": csv},
        },
        "responses": replies | problems("MlflowError", with_token=with_token),
    }
    health = text_reply("application/json") | {"503": {"description": "Not yet, or never."}}
    asked = "Whether it may predict, by MLflow's name."
    return {
        "/invocations": {"post": score},
        "/ping": {"get": get(asked, health, is_open=True)},
        "/health": {"get": get(asked, health, is_open=True)},
        "/version": {"get": get("Which software answers.", text_reply("text/plain"))},
    }


def mlflow_schemas(model: Model) -> Schema:
    """By name."""
    forms = {form: _form(form, model) for form in FORMS}
    predictions = {"type": "array", "items": entry_schema(model.signature.output)["prediction"]}
    error = {name: {"type": "string"} for name in ("error_code", "message")}
    errors = {"errors": list_of("Fault")}
    return {
        "Invocation": {"oneOf": [object_of({form: schema}) for form, schema in forms.items()]},
        "Predictions": object_of({"predictions": predictions}),
        "MlflowError": {**object_of(error), "properties": error | errors},
    }


def _form(form: str, model: Model) -> Schema:
    rows: Schema = {"type": "array", "items": _ROW, "minItems": 1}
    if form == "dataframe_records":
        return rows
    if form != "dataframe_split":
        columns = {field.name: {"type": "array"} for field in model.accepts.inputs}
        return {"anyOf": [rows, object_of(dict(columns))]}
    names = {"type": "array", "items": {"type": "string"}}
    data = {"type": "array", "items": {"type": "array"}, "minItems": 1}
    return {
        **object_of({"columns": names, "data": data}),
        "properties": {"columns": names, "data": data, "index": {"type": "array"}},
        "additionalProperties": False,
    }
