"""What a form offers for a field: the same on the service's page and in a notebook."""

from __future__ import annotations

import msgspec

from ..types.policies import Policies
from ..types.signature import Field, Scalar
from .judging import describe

__all__ = ["hint", "is_choice", "json_of", "known_of", "text_of"]


def known_of(field: Field) -> tuple[Scalar, ...]:
    """The values to choose among, without the missing one; none where any may be written."""
    known = (True, False) if field.kind == "boolean" else field.categories or ()
    return tuple(each for each in known if each is not None)


def is_choice(field: Field, policies: Policies) -> bool:
    """Whether nothing but a known value is taken."""
    closed = policies.unseen_category == "reject"
    return field.kind == "boolean" or (closed and bool(field.categories))


def hint(field: Field, absent: str) -> str:
    """What the field takes, in a sentence without its full stop; `absent` says how to leave it."""
    said = describe(field) if not field.categories else "a known category"
    if field.categories and field.nullable:
        said += ", or missing"
    elif field.nullable and field.kind != "boolean":
        said = said.replace(" or null", "") + f"; {absent}"
    if field.minimum is not None and field.maximum is not None:
        said += f"; in training from {field.minimum:g} to {field.maximum:g}"
    return said[:1].upper() + said[1:]


def text_of(value: object) -> str:
    """A value as a form shows it: text as it is, anything else as JSON writes it."""
    return value if isinstance(value, str) else json_of(value)


def json_of(value: object) -> str:
    """A value as a request carries it."""
    return msgspec.json.encode(value, enc_hook=str).decode()
