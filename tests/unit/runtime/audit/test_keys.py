import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from cellmark_runtime.audit.keys import AuditKey, public_of, read_key
from cellmark_runtime.audit.verifier import ORDER, signed
from cellmark_runtime.errors import CellmarkError

# RFC 8032, 7.1: TEST 1, 2, 3 (secret, public, message, signature).
VECTORS = [
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), VECTORS)
def test_signatures_are_those_of_the_rfc(secret, public, message, signature):
    key = AuditKey(bytes.fromhex(secret))
    assert key.public.hex() == public
    assert key.sign(bytes.fromhex(message)).hex() == signature
    assert signed(key.public, bytes.fromhex(message), bytes.fromhex(signature))


@pytest.mark.parametrize("seed", range(8))
def test_keys_and_signatures_are_those_of_another_implementation(seed):
    raw = bytes([seed * 31 % 256]) * 32
    other, key = Ed25519PrivateKey.from_private_bytes(raw), AuditKey(raw)
    message = b"checkpoint %d" % seed
    assert other.public_key().public_bytes_raw() == key.public
    assert other.sign(message) == key.sign(message)


def test_what_was_changed_is_not_signed():
    key = AuditKey(b"\7" * 32)
    signature = key.sign(b"message")
    high = signature[:32] + (int.from_bytes(signature[32:], "little") + ORDER).to_bytes(
        32, "little"
    )
    assert signed(key.public, b"message", signature)
    for public, message, bad in [
        (key.public, b"messagE", signature),
        (AuditKey(b"\1" * 32).public, b"message", signature),
        (key.public, b"message", bytes([signature[0] ^ 1]) + signature[1:]),
        (key.public, b"message", signature[:-1]),
        (key.public, b"message", high),
        (b"\xff" * 32, b"message", signature),
    ]:
        assert not signed(public, message, bad)


def test_a_key_is_made_once_and_is_its_owners_alone(tmp_path):
    file = tmp_path / "audit" / "own.key"
    first, second = read_key(file, make=True), read_key(file, make=True)
    assert first.id == second.id == public_of(str(file.with_suffix(".pub")))
    assert file.stat().st_mode & 0o777 == 0o600


def test_keys_are_exchanged_with_openssl_and_cryptography(tmp_path):
    theirs = Ed25519PrivateKey.generate()
    pem = theirs.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "theirs.key").write_bytes(pem)
    public = theirs.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "theirs.pub").write_bytes(public)
    assert read_key(tmp_path / "theirs.key", make=False).id == public_of(
        str(tmp_path / "theirs.pub")
    )
    read_key(tmp_path / "own.key", make=True)
    load_pem_private_key((tmp_path / "own.key").read_bytes(), password=None)


@pytest.mark.parametrize(
    "content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END"]
)
def test_what_is_no_key_is_named(tmp_path, content):
    (tmp_path / "bad.key").write_bytes(content)
    with pytest.raises(CellmarkError, match=r"bad\.key.*openssl"):
        read_key(tmp_path / "bad.key", make=False)
