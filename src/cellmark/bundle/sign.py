"""Sign a bundle's manifest: an in-toto statement in a DSSE envelope, with Ed25519, offline."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cellmark_runtime.errors import BundleError

__all__ = ["PAYLOAD_TYPE", "Signer", "check_signature", "key_id", "sign"]

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "urn:cellmark:bundle:1"
_KEY_KIND = "ed25519:"


class Signer(msgspec.Struct, frozen=True):
    """Who signed. `name` is what the local key folder calls the key, None for a stranger's."""

    key_id: str
    name: str | None


def key_id(key: Ed25519PrivateKey | Ed25519PublicKey) -> str:
    """A key's name: its kind and its public half in hex, so that an envelope needs no other."""
    public = key.public_key() if isinstance(key, Ed25519PrivateKey) else key
    return _KEY_KIND + public.public_bytes_raw().hex()


def sign(manifest: bytes, key: Ed25519PrivateKey) -> bytes:
    """MANIFEST.sig for the bytes of MANIFEST.json. Ed25519 is deterministic: same in, same out.

    Source: DSSE 1.0 (github.com/secure-systems-lab/dsse), in-toto Statement v1.
    """
    payload = msgspec.json.encode(_statement(manifest))
    envelope = {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": PAYLOAD_TYPE,
        "signatures": [
            {"keyid": key_id(key), "sig": base64.b64encode(key.sign(_to_sign(payload))).decode()}
        ],
    }
    return msgspec.json.format(msgspec.json.encode(envelope), indent=2) + b"\n"


def check_signature(manifest: bytes, envelope: bytes, known: Mapping[str, str]) -> Signer:
    """Who signed these bytes of MANIFEST.json; `known` maps key ids to names.

    Raises: BundleError where the envelope can't be read, was altered, or is for other bytes.
    """
    payload, signature, signer = _read(envelope)
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(signer.removeprefix(_KEY_KIND)))
        public.verify(signature, _to_sign(payload))
    except (InvalidSignature, ValueError):
        raise _refused("a signature that does not fit its statement") from None
    if payload != msgspec.json.encode(_statement(manifest)):
        raise _refused("a signature over another MANIFEST.json")
    return Signer(signer, known.get(signer))


def _statement(manifest: bytes) -> dict[str, Any]:
    subject = {"name": "MANIFEST.json", "digest": {"sha256": hashlib.sha256(manifest).hexdigest()}}
    # The manifest holds the digest of every other file, so one subject covers the whole bundle.
    return {"_type": _STATEMENT, "subject": [subject], "predicateType": _PREDICATE, "predicate": {}}


def _to_sign(payload: bytes) -> bytes:
    kind = PAYLOAD_TYPE.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)


def _read(envelope: bytes) -> tuple[bytes, bytes, str]:
    try:
        parsed = msgspec.json.decode(envelope)
        (entry,) = parsed["signatures"]
        payload, signature = (
            base64.b64decode(text, validate=True) for text in (parsed["payload"], entry["sig"])
        )
        kind, signer = str(parsed["payloadType"]), str(entry["keyid"])
    except (msgspec.DecodeError, KeyError, TypeError, ValueError, binascii.Error):
        raise _refused("no DSSE envelope with one signature") from None
    if kind != PAYLOAD_TYPE or not signer.startswith(_KEY_KIND):
        raise _refused(f"a signature of kind {kind!r} by {signer!r}")
    return payload, signature, signer


def _refused(received: str) -> BundleError:
    return BundleError(
        "MANIFEST.sig",
        received,
        "an Ed25519 signature over this bundle's MANIFEST.json",
        "Fetch the bundle again from where it was built, or build it anew.",
    )
