"""Redaction: keep secrets out of what is written. Standard library only."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from cellmark.core.secret import SHAPES, is_secret_name

__all__ = ["REDACTED", "is_secret_name", "redact", "redact_text", "secret_values"]

REDACTED = "[redacted]"

_SHAPES = re.compile("|".join(SHAPES.values()), re.DOTALL)
# scheme://user:password@host
_IN_ADDRESS = re.compile(r"(?<=://)([^\s:/@'\"]+):[^\s/@'\"]+@")
# What stands before a literal that a name is given: name = ", "name": ', name=r""" ... A name is
# looked for at its beginning only, and of bounded length: outputs hold megabytes of base64.
_HEAD = re.compile(
    r"""(?<!\w)(?P<name>\w{1,64})\\?["']?\]?\s*(?::\s*\w{1,64}\s*)?[=:]\s*[rbfuRBFU]{0,2}"""
    r"""(?P<quote>\\?(?:\"{3}|'{3}|["']))"""
)
_SHORTEST = 8


def secret_values(environment: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The values of secret-looking environment variables, the longest first."""
    found = {
        value
        for name, value in environment.items()
        # Short values and paths (a file that holds the key) would hide innocent text.
        if is_secret_name(name) and len(value) >= _SHORTEST and not value.startswith(("/", "~"))
    }
    return tuple(sorted(found, key=len, reverse=True))


def redact_text(text: str, secrets: tuple[str, ...] = ()) -> str:
    """`text` without secrets, known by shape, by the name they are given, or by `secrets`."""
    for secret in secrets:
        text = text.replace(secret, REDACTED)
    text = _SHAPES.sub(REDACTED, text)
    text = _IN_ADDRESS.sub(rf"\1:{REDACTED}@", text)
    return _without_literals(text)


def redact(value: Any, secrets: tuple[str, ...] = (), name: str = "") -> Any:
    """A JSON value with the secrets in it redacted; under a secret `name` all of it."""
    if name and is_secret_name(name) and value is not None:
        return REDACTED
    if isinstance(value, str):
        return redact_text(value, secrets)
    if isinstance(value, dict):
        return {key: redact(item, secrets, str(key)) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [redact(item, secrets) for item in value]
    return value


def _without_literals(text: str) -> str:
    """`text` without the literals that secret names are given."""
    parts, at = [], 0
    for head in _HEAD.finditer(text):
        end = text.find(head["quote"], head.end())
        if head.start() >= at and end > head.end() and is_secret_name(head["name"]):
            parts += [text[at : head.end()], REDACTED]
            at = end
    return "".join([*parts, text[at:]])
