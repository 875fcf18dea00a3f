"""Erase inputs, or some columns of them, for good; the chain stays as it is and says so."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec

from ..errors import CellmarkError
from .layout import locked
from .log import AuditLog
from .reading import Found, Payload, find
from .record import canonical, commitment_of
from .settings import AuditSettings

__all__ = ["redact"]


def redact(
    settings: AuditSettings, identities: Sequence[str], reason: str, columns: Sequence[str] = ()
) -> list[dict[str, Any]]:
    """Erase the inputs of answers, or only `columns` of them; give what was recorded about each.

    An erasure is recorded first, with a commitment to what is left: where a crash comes between
    the two, `verify` says so and the same call ends it. A service may write the log meanwhile.
    Raises: CellmarkError where there is no such answer, input or column; nothing is erased then.
    """
    with _alone(settings):
        found = [find(settings.folder, identity) for identity in identities]
        left = [_without(each, columns) for each in found]
        log = AuditLog(settings, {"purpose": "redact"})
        try:
            return [
                _erase(each, rest, reason, columns, log.event)
                for each, rest in zip(found, left, strict=True)
            ]
        finally:
            log.close()


@contextmanager
def _alone(settings: AuditSettings) -> Iterator[None]:
    """Of two who erase from the same input, the second must see what the first left."""
    handle = locked(settings.folder, "redact", wait=True)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _without(found: Found, columns: Sequence[str]) -> bytes | None:
    identity = found.record["id"]
    if found.payload is None:
        raise CellmarkError(identity, "no input is kept of it (any more)", "an input to erase")
    kept = msgspec.json.decode(found.payload.input)
    unknown = [name for name in columns if name not in kept]
    if unknown:
        raise CellmarkError(
            identity, f"no column {unknown[0]!r}", f"one of {', '.join(sorted(kept))}"
        )
    left = {name: value for name, value in kept.items() if name not in columns}
    return canonical(left) if columns and left else None


def _erase(
    found: Found,
    left: bytes | None,
    reason: str,
    columns: Sequence[str],
    tell: Callable[[str, dict[str, Any]], Any],
) -> dict[str, Any]:
    assert found.payload is not None
    salt = secrets.token_hex(16) if left is not None else ""
    about = {
        "columns": sorted(columns),
        "commitment": None if left is None else commitment_of(left, salt),
        "of": found.record["id"],
        "reason": reason,
        "replaces": _standing(found, found.payload),
    }
    tell("erasure", about).result()
    _overwrite(found, left, salt)
    return about


def _standing(found: Found, payload: Payload) -> str:
    """The commitment that holds until now: the record's, or the one of the last erasure."""
    standing = commitment_of(bytes(payload.input), payload.salt)
    known = {event["about"].get("commitment") for event in found.events}
    return standing if standing in known else str(found.record["commitment"])


def _overwrite(found: Found, left: bytes | None, salt: str) -> None:
    """In place and at the same length, since the service may have the file open."""
    file, record = found.place.payloads, found.record
    head = f'{{"id":"{record["id"]}"'.encode()
    body = b"" if left is None else b',"input":' + left + f',"salt":"{salt}"'.encode()
    content = file.read_bytes()
    start = 0 if content.startswith(head) else content.index(b"\n" + head) + 1
    end = content.index(b"\n", start)
    line = head + body + f',"seq":{record["seq"]}}}'.encode()
    handle = os.open(file, os.O_WRONLY)
    try:
        os.pwrite(handle, line.ljust(end - start), start)
        os.fsync(handle)
    finally:
        os.close(handle)
