"""What scoring/schema.py is rendered from: the frozen values' fields and the raw row's."""

from __future__ import annotations

import keyword

import msgspec

from cellmark.core.plan import BundlePlan, FrozenValue
from cellmark_runtime.types.signature import Field

from .literals import docstring

__all__ = ["SchemaField", "frozen_fields", "imports_of", "row_fields", "row_type"]

# Above this many categories a Literal is no reading matter any more.
_FEW = 24
_TYPES = {
    "number": "float",
    "integer": "int",
    "boolean": "bool",
    "string": "str",
    "datetime": "str",
}


class SchemaField(msgspec.Struct, frozen=True):
    """A field of a generated class: its name, type and one line about it, as Python source.

    `key` is the name as a string literal, for names that are no Python identifiers.
    """

    name: str
    key: str
    annotation: str
    about: str


def frozen_fields(plan: BundlePlan) -> list[SchemaField]:
    """The fields of `Frozen`, in the plan's order."""
    return [
        SchemaField(value.name, repr(value.name), value.annotation, docstring(_origin(value)))
        for value in plan.frozen
    ]


def _origin(value: FrozenValue) -> str:
    return f"`{value.origin}`, cell {value.cell}, line {value.line}: {value.summary}"


def imports_of(plan: BundlePlan) -> list[str]:
    """The import statements that the annotations of `Frozen` need."""
    return sorted({line for value in plan.frozen for line in value.imports})


def row_fields(plan: BundlePlan) -> list[SchemaField]:
    """The fields of `Row`, in the Signature's order."""
    return [
        SchemaField(field.name, repr(field.name), _row_annotation(field), docstring(about(field)))
        for field in plan.signature.inputs
    ]


def row_type(plan: BundlePlan) -> str:
    """How `Row` is spelt: "class", or "call" where a column's name is no Python identifier."""
    names = (field.name for field in plan.signature.inputs)
    fits = all(name.isidentifier() and not keyword.iskeyword(name) for name in names)
    return "class" if fits else "call"


def _row_annotation(field: Field) -> str:
    missing = " | None" if field.nullable else ""
    return _value_type(field) + missing


def _value_type(field: Field) -> str:
    known = [value for value in field.categories or () if value is not None]
    # A Literal may hold text, whole numbers and booleans, but no floats.
    if known and len(known) <= _FEW and all(isinstance(value, str | int) for value in known):
        return f"Literal[{', '.join(repr(value) for value in known)}]"
    return _TYPES[field.kind]


def about(field: Field) -> str:
    """A raw column in words: its dtype in training, and the range or number of values there."""
    parts = [field.dtype]
    if field.minimum is not None and field.maximum is not None:
        parts.append(f"{field.minimum:g} to {field.maximum:g} in training")
    if field.categories is not None:
        parts.append(f"{len(field.categories)} known values, others are refused")
    parts.append("may be missing" if field.nullable else "never missing")
    return ", ".join(parts)
