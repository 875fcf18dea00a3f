"""Signing: what the project's own key signs, and whose key signed what."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from cellmark.bundle.keys import own_key
from cellmark.bundle.sign import key_id
from cellmark.core.registry import Sign
from cellmark.store import Store

from .verify import KEYS

__all__ = ["is_signed", "signing"]


def signing(store: Store) -> Sign:
    """Signs with the project's own key."""
    key = own_key(store.folder / KEYS)
    return lambda message: (key_id(key), key.sign(message).hex())


def is_signed(key: str, message: bytes, signature: str) -> bool:
    """Whether the holder of this key (its id) signed this message."""
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key.removeprefix("ed25519:")))
        public.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError):
        return False
    return True
