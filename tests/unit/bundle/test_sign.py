from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.bundle.sign import Signer, check_signature, key_id, sign
from cellmark_runtime.errors import BundleError

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
MANIFEST = b'{"name": "loans"}\n'


def altered(**members: Any) -> bytes:
    return json.dumps({**json.loads(sign(MANIFEST, KEY)), **members}).encode()


def with_signature(**members: Any) -> bytes:
    (entry,) = json.loads(sign(MANIFEST, KEY))["signatures"]
    return altered(signatures=[{**entry, **members}])


def test_signing_twice_gives_the_same_bytes() -> None:
    assert sign(MANIFEST, KEY) == sign(MANIFEST, KEY)


@pytest.mark.parametrize(("known", "name"), [({key_id(KEY): "team"}, "team"), ({}, None)])
def test_the_signer_is_named_where_the_key_is_known(
    known: dict[str, str], name: str | None
) -> None:
    signer = check_signature(MANIFEST, sign(MANIFEST, KEY), known)
    assert signer == Signer(key_id(KEY), name)


def test_the_payload_is_an_in_toto_statement_about_the_manifest() -> None:
    envelope = json.loads(sign(MANIFEST, KEY))
    statement = json.loads(base64.b64decode(envelope["payload"]))
    assert envelope["payloadType"] == "application/vnd.in-toto+json"
    assert [subject["name"] for subject in statement["subject"]] == ["MANIFEST.json"]


@pytest.mark.parametrize(
    "envelope",
    [
        b"",
        b"not json",
        b"[]",
        b"{}",
        altered(signatures=[]),
        altered(payload="%%%"),
        altered(payload=base64.b64encode(b'{"_type": "other"}').decode()),
        altered(payloadType="text/plain"),
        with_signature(keyid=key_id(OTHER)),
        with_signature(keyid="ed25519:zz"),
        with_signature(keyid="rsa:00"),
        with_signature(sig=base64.b64encode(b"s" * 64).decode()),
        sign(MANIFEST + b" ", KEY),
    ],
)
def test_an_altered_envelope_is_refused(envelope: bytes) -> None:
    with pytest.raises(BundleError, match=r"MANIFEST\.sig"):
        check_signature(MANIFEST, envelope, {})
