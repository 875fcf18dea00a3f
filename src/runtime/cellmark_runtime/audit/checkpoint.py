"""Checkpoints: what a sealed segment holds, signed (an Ed25519 signature in a DSSE envelope)."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import msgspec

from ..errors import CheckFailed
from .keys import AuditKey
from .verifier import PAYLOAD_TYPE, opened

__all__ = ["Checkpoint", "Sealed", "read_checkpoint", "sealed_bytes"]


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """`size` lines from `first` (a seq) on; `head` is the last line's hash, `root` of the tree.

    `previous` is the SHA-256 of the checkpoint before it in the stream, or zeros.
    """

    first: int
    format: int = 1
    head: str
    previous: str
    root: str
    sealed: str
    segment: int
    size: int
    stream: str


class Sealed(msgspec.Struct, frozen=True):
    """A checkpoint whose signature fits, the key that made it, and its own digest."""

    content: Checkpoint
    key: str
    digest: str


def sealed_bytes(content: Checkpoint, key: AuditKey) -> bytes:
    """The envelope's bytes."""
    payload = msgspec.json.encode(content, order="sorted")
    message = b"DSSEv1 %d %s %d %s" % (
        len(PAYLOAD_TYPE),
        PAYLOAD_TYPE.encode(),
        len(payload),
        payload,
    )
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [
            {"keyid": key.id, "sig": base64.b64encode(key.sign(message)).decode()},
        ],
    }
    return msgspec.json.encode(envelope) + b"\n"


def read_checkpoint(file: Path) -> Sealed:
    """Raises: CheckFailed where it can't be read or its signature does not fit."""
    try:
        envelope = msgspec.json.decode(file.read_bytes())
        _, key = opened(envelope)
        payload = base64.b64decode(envelope["payload"])
        content = msgspec.json.decode(payload, type=Checkpoint)
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as problem:
        raise CheckFailed(
            str(file), f"no checkpoint that holds ({problem})", "a signed checkpoint"
        ) from problem
    return Sealed(content, key, hashlib.sha256(payload).hexdigest())
