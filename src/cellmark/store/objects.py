"""Objects: bytes kept under their own digest (BLAKE3), once, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from .errors import StoreError
from .location import make_folder

__all__ = ["get", "path_of", "put"]


def path_of(folder: Path, digest: str) -> Path:
    """Where the object with this digest lies in a store's folder."""
    return folder / "objects" / digest[:2] / digest


def put(folder: Path, content: bytes) -> tuple[str, int]:
    """Keep `content`; its digest (hex) and size in bytes.

    Raises: OSError where the disk is full or read-only; nothing is then left behind.
    """
    from blake3 import blake3  # here, because a kernel imports this module when it starts

    digest = blake3(content).hexdigest()
    final = path_of(folder, digest)
    if not final.exists():
        make_folder(folder)
        final.parent.mkdir(parents=True, exist_ok=True)
        _write(final, content)
    return digest, len(content)


def get(folder: Path, digest: str) -> bytes:
    """The content kept under `digest`. Raises: StoreError if it is gone."""
    path = path_of(folder, digest)
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise StoreError(
            str(path),
            "no such object",
            "what the store kept under this digest",
            "Bring the store's objects/ back from a copy, or run the notebook again.",
        ) from None


def _write(final: Path, content: bytes) -> None:
    temporary = final.with_name(f".{final.name[:16]}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(final)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
