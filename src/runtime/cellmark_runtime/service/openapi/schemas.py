"""What bodies and replies hold, as JSON Schema, made from the Signature."""

from __future__ import annotations

from typing import Any, get_args

from ...audit.labels import Status
from ...scoring.answers import class_text
from ...scoring.model import Model
from ...types.policies import Policies
from ...types.signature import Field, Output, Part
from ..requests.labels import ID, label_signature

__all__ = [
    "WORDS",
    "Schema",
    "entry_schema",
    "label_schemas",
    "list_of",
    "object_of",
    "row_schema",
    "schemas_of",
]

Schema = dict[str, Any]
# The schemas of replies that hold no answer, and their content types.
WORDS = {
    "Problem": "application/problem+json",
    "MlflowError": "application/json",
    "InferError": "application/json",
}
_STRICT = Policies()
_TYPES = {
    "number": {"type": "number"},
    "integer": {"type": "integer"},
    "boolean": {"type": "boolean"},
    "string": {"type": "string"},
    "datetime": {"type": "string"},
}


def row_schema(fields: tuple[Field, ...], policies: Policies = _STRICT) -> Schema:
    """The JSON Schema of one raw row. Further columns are passed over, unless refused by policy."""
    schema: Schema = {
        "type": "object",
        "properties": {field.name: _field_schema(field, policies) for field in fields},
        "required": [field.name for field in fields],
    }
    if policies.extra_column == "reject":
        schema["additionalProperties"] = False
    return schema


def _field_schema(field: Field, policies: Policies) -> Schema:
    schema: Schema = dict(_TYPES[field.kind])
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


def schemas_of(model: Model) -> Schema:
    """Those that all documents have, by name."""
    fault = {name: {"type": "string"} for name in ("field", "received", "expected", "fix")}
    return {
        "Row": row_schema(model.accepts.inputs, model.policies),
        "Prediction": object_of(
            {
                "id": {"type": "string", "description": "A ULID, to join a label by later."},
                **entry_schema(model.signature.output),
            }
        ),
        "Answer": object_of(
            {
                **_IDENTITY,
                "digest": {"type": "string"},
                "arm": {"type": "string"},
                "predictions": list_of("Prediction"),
            }
        ),
        "Fault": object_of({"row": {"type": "integer", "minimum": 0}, **fault}),
        "Faults": object_of({**_IDENTITY, "errors": list_of("Fault")}),
        "Problem": object_of(
            {
                **_IDENTITY,
                "status": {"type": "integer"},
                **{name: {"type": "string"} for name in ("type", "title", "detail", "fix")},
            }
        ),
    }


def label_schemas(output: Output) -> Schema:
    """Those of labels, by name."""
    label = _label(output)
    status = {"enum": list(get_args(Status))}
    entry = {"id": {"type": "string"}, "status": status}
    replaces = {"anyOf": [label, {"type": "null"}], "description": "The label that stood before."}
    identity = {**_IDENTITY, "digest": {"type": "string"}, "arm": {"type": "string"}}
    counts = {name: {"type": "integer"} for name in get_args(Status)}
    return {
        "Label": {
            **object_of({"id": {"type": "string", "pattern": f"^{ID.pattern}$"}, "label": label}),
            "additionalProperties": False,
        },
        "Taken": object_of({**entry, "replaces": replaces}),
        "Labelled": object_of(
            {**identity, "counts": object_of(counts), "labels": list_of("Taken")},
        ),
    }


def _label(output: Output) -> Schema:
    kinds = [_field_schema(field, _STRICT) for field in label_signature(output).inputs[1:]]
    return _several(kinds) if output.parts else kinds[0]


_IDENTITY: Schema = {"model": {"type": "string"}, "version": {"type": "integer"}}


def object_of(properties: Schema) -> Schema:
    """An object that has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def list_of(schema: str) -> Schema:
    """A list of what has this name."""
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}


def entry_schema(output: Output) -> Schema:
    """The parts of one row's answer, by name."""
    several = [_prediction(part) for part in output.parts]
    entry = {
        "prediction": _several(several) if several else _prediction(output),
        "probabilities": _probabilities(output),
    }
    return {**entry, "score": _score()} if output.scores else entry


def _prediction(output: Output | Part) -> Schema:
    if output.classes is not None:
        return {"enum": list(output.classes)}
    return dict(_TYPES[output.kind])


def _several(schemas: list[Schema]) -> Schema:
    return {
        "type": "array",
        "prefixItems": schemas,
        "minItems": len(schemas),
        "maxItems": len(schemas),
    }


def _probabilities(output: Output) -> Schema:
    if not output.probabilities:
        return {"type": "null"}
    if output.parts:
        number = {"type": "object", "additionalProperties": {"type": "number"}}
        return _several([number] * len(output.parts))
    schema = object_of({class_text(label): {"type": "number"} for label in output.columns or ()})
    return {**schema, "description": "Each class's probability, in the order of the classes."}


def _score() -> Schema:
    number = {"type": "number"}
    about = "The model's decision function: a number, or one for each class."
    return {"anyOf": [number, {"type": "array", "items": number}], "description": about}
