"""The keys that this project signs bundles with and knows others by."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from cellmark_runtime.errors import CellmarkError

from .sign import key_id

__all__ = ["known_keys", "own_key"]

_PRIVATE = "own.key"
_PUBLIC = "own.pub"


def own_key(folder: Path) -> Ed25519PrivateKey:
    """The project's signing key in `folder`, made on first use; its private half is mode 0600."""
    file = folder / _PRIVATE
    if not file.exists():
        _make(folder)
    try:
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise _no_key(file) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise _no_key(file)
    if not (folder / _PUBLIC).exists():
        _put(folder / _PUBLIC, _pem(key.public_key()))
    return key


def known_keys(folder: Path) -> dict[str, str]:
    """Key id -> file name, for every public key (`*.pub`, PEM) that somebody put in `folder`."""
    files = sorted(folder.glob("*.pub")) if folder.is_dir() else []
    return {key_id(_public(file)): file.stem for file in files}


def _make(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    private = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _put(folder / _PRIVATE, private)


def _put(file: Path, content: bytes) -> None:
    # mkstemp gives 0600; a link fails where another process was first, and then theirs stays.
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".new-")
    with os.fdopen(handle, "wb") as new:
        new.write(content)
        new.flush()
        os.fsync(new.fileno())
    try:
        os.link(name, file)
    except FileExistsError:
        return
    finally:
        Path(name).unlink()


def _pem(key: Ed25519PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def _public(file: Path) -> Ed25519PublicKey:
    try:
        key = serialization.load_pem_public_key(file.read_bytes())
    except (ValueError, UnsupportedAlgorithm):
        raise _no_key(file) from None
    if not isinstance(key, Ed25519PublicKey):
        raise _no_key(file)
    return key


def _no_key(file: Path) -> CellmarkError:
    return CellmarkError(
        str(file),
        "no Ed25519 key in PEM",
        "a key that cellmark or openssl made",
        "Remove the file.",
    )
