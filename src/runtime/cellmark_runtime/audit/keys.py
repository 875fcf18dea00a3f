"""The Ed25519 key that a deployment signs checkpoints with (RFC 8032), in pure Python.

Signing takes some milliseconds and happens once a segment, so it brings no package along. It does
not run in constant time: see docs/decisions/0026-audit-keys.md.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from pathlib import Path

from ..errors import CellmarkError
from .disk import put
from .verifier import BASE, ORDER, P, multiply

__all__ = ["AuditKey", "key_id", "public_of", "read_key"]

# What PKCS #8 and SubjectPublicKeyInfo put before the 32 bytes of an Ed25519 key (RFC 8410).
_PRIVATE = bytes.fromhex("302e020100300506032b657004220420")
_PUBLIC = bytes.fromhex("302a300506032b6570032100")
_SIZE = 32


class AuditKey:
    """A private key, and the pseudonyms that are derived from it."""

    def __init__(self, seed: bytes) -> None:
        digest = hashlib.sha512(seed).digest()
        number = int.from_bytes(digest[:_SIZE], "little")
        self._scalar = number & ((1 << 254) - 8) | (1 << 254)
        self._prefix = digest[_SIZE:]
        self.public = _packed(self._scalar)
        self.pseudonyms = hashlib.sha256(b"cellmark pseudonyms\0" + seed).digest()

    @property
    def id(self) -> str:
        return key_id(self.public)

    def sign(self, message: bytes) -> bytes:
        """The signature in 64 bytes; the same message always has the same."""
        nonce = _number(self._prefix + message)
        r = _packed(nonce)
        s = (nonce + _number(r + self.public + message) * self._scalar) % ORDER
        return r + s.to_bytes(_SIZE, "little")


def key_id(public: bytes) -> str:
    """A key's name, as in a bundle's signature: its kind and its public half."""
    return f"ed25519:{public.hex()}"


def read_key(file: Path, *, make: bool) -> AuditKey:
    """The private key in `file` (PEM). With `make`, one is made where none is (mode 0600).

    Its public half is written beside it as `.pub` when it is made.
    """
    if make and not file.exists():
        seed = secrets.token_bytes(_SIZE)
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if put(file, _pem("PRIVATE KEY", _PRIVATE + seed), mode=0o600):
            public = AuditKey(seed).public
            put(file.with_suffix(".pub"), _pem("PUBLIC KEY", _PUBLIC + public), mode=0o644)
    return AuditKey(_raw(file, "PRIVATE KEY", _PRIVATE))


def public_of(text: str) -> str:
    """The key id in `ed25519:HEX`, or of the public key in the PEM file that `text` names."""
    if text.startswith("ed25519:"):
        return text
    return key_id(_raw(Path(text), "PUBLIC KEY", _PUBLIC))


def _number(content: bytes) -> int:
    return int.from_bytes(hashlib.sha512(content).digest(), "little") % ORDER


def _packed(scalar: int) -> bytes:
    x, y, z, _ = multiply(scalar, BASE)
    inverse = pow(z, P - 2, P)
    odd = (x * inverse % P) & 1
    return int(y * inverse % P | odd << 255).to_bytes(_SIZE, "little")


def _pem(kind: str, content: bytes) -> bytes:
    text = base64.b64encode(content).decode()
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n".encode()


def _raw(file: Path, kind: str, prefix: bytes) -> bytes:
    try:
        lines = file.read_text(encoding="ascii").split(f"-----BEGIN {kind}-----")[1]
        content = base64.b64decode(lines.split("-----END")[0], validate=False)
    except (OSError, ValueError, IndexError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "no key in PEM"
        raise _no_key(file, str(why), kind) from problem
    if content[: len(prefix)] != prefix or len(content) != len(prefix) + _SIZE:
        raise _no_key(file, "another kind of key", kind)
    return content[len(prefix) :]


def _no_key(file: Path, received: str, kind: str) -> CellmarkError:
    return CellmarkError(
        os.fspath(file),
        received,
        f"an Ed25519 {kind.lower()} in PEM",
        "Make one with `openssl genpkey -algorithm ed25519 -out audit.key`.",
    )
