"""Checkpoints: kept in a store's cache, and loaded only if this very store wrote them.

What is in a checkpoint runs code when it is loaded (it is a pickle). So each is signed with a key
that only the store's owner can read, and every byte is held against the digest that was signed.
"""

from __future__ import annotations

import hmac
import os
import secrets
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from . import objects
from .location import make_folder

__all__ = ["MOST_BYTES", "find_checkpoint", "keep_checkpoint", "load_object", "put_object", "tidy"]

# Of all checkpoints of a store; those that were not used for the longest time go first.
MOST_BYTES = 4_000_000_000
# Another rerun may be about to name a new object in its checkpoint.
_GRACE = 3600


def put_object(store: Path, content: bytes | memoryview) -> str:
    """Keep a part of a checkpoint; its digest."""
    return objects.put(_room(store), bytes(content))[0]


def load_object(store: Path, digest: str) -> bytearray:
    """The part with this digest. Raises: FileNotFoundError, ValueError if it is another."""
    from blake3 import blake3

    content = bytearray(objects.path_of(_room(store), digest).read_bytes())
    if blake3(content).hexdigest() != digest:
        raise ValueError(f"{digest[:16]} holds something else than its name says")
    return content


def keep_checkpoint(store: Path, key: str, text: bytes) -> None:
    """Keep the checkpoint `text` (JSON) under its key, signed."""
    final = _file(store, key)
    make_folder(store)
    final.parent.mkdir(parents=True, exist_ok=True)
    temporary = final.with_name(f".{key[:16]}.{secrets.token_hex(4)}")
    temporary.write_bytes(_seal(store, key, text) + b"\n" + text)
    temporary.replace(final)


def find_checkpoint(store: Path, key: str) -> bytes | None:
    """The checkpoint with this key; null where there is none that this store has signed."""
    try:
        seal, _, text = _file(store, key).read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    if not hmac.compare_digest(seal, _seal(store, key, text)):
        return None
    os.utime(_file(store, key))  # used now
    return text


def tidy(store: Path, most: int = MOST_BYTES) -> None:
    """Remove the checkpoints that were not used for the longest time, until all are `most` bytes.

    What no checkpoint names any more goes with them.
    """
    sizes = {path.name: path.stat().st_size for path in _objects(store)}
    kept: set[str] = set()
    total = 0
    files = sorted((_room(store) / "cells").glob("*.json"), key=lambda path: -path.stat().st_mtime)
    for file in files:
        text = file.read_text(encoding="utf-8", errors="replace")
        parts = {name for name in sizes if name in text}
        total += sum(sizes[name] for name in parts - kept)
        if total > most:
            file.unlink(missing_ok=True)
        else:
            kept |= parts
    recent = time.time() - _GRACE
    for path in _objects(store):
        if path.name not in kept and path.stat().st_mtime < recent:
            path.unlink(missing_ok=True)


def _room(store: Path) -> Path:
    return store / "cache" / "results"


def _file(store: Path, key: str) -> Path:
    return _room(store) / "cells" / f"{key}.json"


def _objects(store: Path) -> Iterator[Path]:
    return (_room(store) / "objects").glob("??/*")


def _seal(store: Path, key: str, text: bytes) -> bytes:
    return hmac.new(_secret(store), key.encode() + b"\n" + text, sha256).hexdigest().encode()


def _secret(store: Path) -> bytes:
    """The store's own key, made on first use; only its owner may read it.

    Raises: PermissionError for one that others could have read, or that is another user's.
    """
    file = store / "keys" / "results.key"
    if file.exists():
        about = file.stat()
        if about.st_mode & 0o077 or about.st_uid != os.getuid():
            raise PermissionError(f"{file} is not this user's alone: chmod 600, or remove it")
        return file.read_bytes()
    make_folder(store)
    file.parent.mkdir(mode=0o700, exist_ok=True)
    new = file.with_name(f".{secrets.token_hex(8)}")
    with open(new, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as made:
        made.write(secrets.token_bytes(32))
    try:
        os.link(new, file)  # of two at once one wins, and both then use it
    except FileExistsError:
        pass
    finally:
        new.unlink()
    return file.read_bytes()
