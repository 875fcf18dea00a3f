"""What stands in the log: one canonical JSON line for each answer and each event.

A line ends with `this`, the SHA-256 of the line without it, and holds `prev`, the one of the line
before: a change shows in its own line, a rewritten line in the next.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from typing import Any

import msgspec

__all__ = ["GENESIS", "Draft", "Line", "canonical", "commit", "commitment_of", "plain", "split"]

GENESIS = "0" * 64
_TAIL = len(b',"this":"') + 64 + len(b'"}')


class Line(msgspec.Struct, omit_defaults=True, kw_only=True):
    """A record. Fields are in alphabetical order, which makes the encoding canonical."""

    about: dict[str, Any] | None = None
    at: str
    batch: dict[str, Any] | None = None
    by: msgspec.Raw | dict[str, Any] | None = None
    challenge: dict[str, Any] | None = None
    commitment: str | None = None
    flags: dict[str, Any] | None = None
    id: str | None = None
    kind: str
    output: msgspec.Raw | dict[str, Any] | None = None
    prev: str = ""
    request: dict[str, Any] | None = None
    seq: int = -1
    this: str | None = None


class Draft(msgspec.Struct, frozen=True):
    """A record before it has its place, and the input that it commits to (canonical, salt)."""

    line: Line
    payload: bytes | None = None
    salt: str = ""

    def sidecar(self) -> bytes:
        """The line of the payload file, or nothing. Its place is the record's own."""
        if self.payload is None:
            return b""
        head = f'{{"id":"{self.line.id}","input":'.encode()
        return head + self.payload + f',"salt":"{self.salt}","seq":{self.line.seq}}}\n'.encode()


def now() -> str:
    """This moment in UTC, to the microsecond."""
    return dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


def commit(line: Line, seq: int, prev: str) -> tuple[bytes, str]:
    """A record's line (no newline) at its place in the chain, and its hash."""
    line.seq, line.prev = seq, prev
    body = msgspec.json.encode(line)
    this = hashlib.sha256(body).hexdigest()
    return body[:-1] + b',"this":"' + this.encode() + b'"}', this


def split(line: bytes) -> tuple[str, str]:
    """The hash that a line states and the one that it has."""
    framed = line[-_TAIL:].startswith(b',"this":"') and line.endswith(b'"}')
    stated = line[-66:-2].decode("latin-1") if framed else ""
    return stated, hashlib.sha256(line[:-_TAIL] + b"}").hexdigest()


def canonical(value: object) -> bytes:
    """JSON with sorted keys, no spaces, and what JSON can't say made explicit."""
    text = msgspec.json.encode(value, order="sorted", enc_hook=str)
    # NaN and infinity come out as null: only where one stands has each value to be looked at.
    if b"null" in text:
        text = msgspec.json.encode(explicit(value), order="sorted", enc_hook=str)
    return text


def commitment_of(payload: bytes, salt: str) -> str:
    """Binds to the input and, by the salt, gives nothing of it away once the salt is erased."""
    return hashlib.sha256(bytes.fromhex(salt) + payload).hexdigest()


def explicit(value: Any) -> Any:
    """NaN and infinity as {"$float": "nan"}."""
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$float": str(float(value))}
    if isinstance(value, dict):
        return {str(key): explicit(part) for key, part in value.items()}
    return [explicit(part) for part in value] if isinstance(value, (list, tuple)) else value


def plain(value: Any) -> Any:
    """The other way round."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    if not isinstance(value, dict):
        return value
    if value.keys() == {"$float"}:
        return float(value["$float"])
    return {key: plain(part) for key, part in value.items()}
