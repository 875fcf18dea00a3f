"""What an operation of the document is made of: its parameters, bodies, replies, problems."""

from __future__ import annotations

from ..replies.identity import EXPECT_HEADER, UNIT_HEADER
from .schemas import WORDS, Schema

__all__ = [
    "EXPECT",
    "UNIT",
    "bodies_of",
    "get",
    "json_reply",
    "problem",
    "problems",
    "reply",
    "text_reply",
]

_PROBLEMS = {
    "400": "The body is no JSON or no CSV, or its rows are not where they should be.",
    "408": "The body was not complete in time.",
    "409": "The caller expects another model or version.",
    "413": "The body is too large.",
    "415": "The content type is neither JSON nor CSV.",
    "503": "Not proven yet, or never; too much to do; or no record can be kept.",
}


EXPECT: Schema = {
    "name": EXPECT_HEADER,
    "in": "header",
    "required": False,
    "description": "What should answer: `name@version`, or a digest's first 8 digits.",
    "schema": {"type": "string"},
}


UNIT: Schema = {
    "name": UNIT_HEADER,
    "in": "header",
    "required": False,
    "description": "Whom it is for. While two versions answer, a unit keeps its own.",
    "schema": {"type": "string"},
}


def get(summary: str, replies: Schema, *, is_open: bool = False) -> Schema:
    """An operation that only asks. `is_open` is one that needs no token."""
    operation: Schema = {"summary": summary, "responses": replies}
    if is_open:
        operation["security"] = []
    return operation


def json_reply() -> Schema:
    """Any object."""
    content = {"application/json": {"schema": {"type": "object"}}}
    return {"200": {"description": "A JSON object.", "content": content}}


def text_reply(kind: str) -> Schema:
    """Any text."""
    content = {kind: {"schema": {"type": "string"}}}
    return {"200": {"description": "Text.", "content": content}}


def problems(words: str = "Problem", *, with_token: bool) -> Schema:
    """The replies that hold no answer.

    Args: words: the schema that they have, of `schemas.WORDS`.
    """
    told = {**_PROBLEMS, **({"401": "No valid token."} if with_token else {})}
    return {status: problem(about, words) for status, about in sorted(told.items())}


def problem(about: str, words: str = "Problem") -> Schema:
    """One of them."""
    return reply(about, words, WORDS[words])


def reply(about: str, schema: str, kind: str = "application/json") -> Schema:
    """A reply whose body has a schema of the document's own."""
    content = {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    return {"description": about, "content": content}


def bodies_of(row: Schema) -> Schema:
    """The bodies that `/predict` takes, and `/feedback` for labels."""
    rows = {"type": "array", "items": row, "minItems": 1}
    wrapped = {"type": "object", "properties": {"rows": rows}, "required": ["rows"]}
    body: Schema = {"schema": {"anyOf": [row, rows, wrapped]}}
    csv = {"schema": {"type": "string", "description": "A header row, then one line a row."}}
    return {"application/json": body, "text/csv": csv}
