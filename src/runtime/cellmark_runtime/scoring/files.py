"""A bundle's files: every digest checked before any of them is parsed or run."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path, PurePosixPath
from typing import Any

import msgspec

from ..errors import BundleError
from ..types.manifest import FORMAT, Manifest, encode
from .contents import paths_of

__all__ = ["BundleFiles", "open_bundle"]

_MANIFEST = "MANIFEST.json"
_SIGNATURE = "MANIFEST.sig"
_AGAIN = "Fetch the bundle again from where it was built, or build it anew."


class BundleFiles:
    """An unpacked bundle whose files all had the manifest's digests when it was opened."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest

    def read(self, name: str) -> bytes:
        """The bytes of one file, checked again: these very bytes are what the manifest means."""
        expected = self.manifest.files.get(name)
        if expected is None:
            raise BundleError(name, "not in the manifest", "a file that it lists", _AGAIN)
        data = (self.folder / name).read_bytes()
        _compare(name, hashlib.sha256(data).hexdigest(), expected)
        return data


def open_bundle(folder: Path) -> BundleFiles:
    """Check a bundle folder: manifest, then every file's digest, then that no other file is there.

    Raises: BundleError naming the file at fault.
    """
    if not (folder / _MANIFEST).is_file():
        raise BundleError(
            str(folder),
            f"holds no {_MANIFEST}",
            "a bundle's folder",
            "Build one with `cellmark package NOTEBOOK --name NAME`.",
        )
    manifest = _read_manifest(folder)
    for name, digest in sorted(manifest.files.items()):
        _compare(name, _digest(folder, name), digest)
    extra = sorted({*paths_of(folder)} - {_MANIFEST, _SIGNATURE, *manifest.files})
    if extra:
        raise BundleError(extra[0], "not in the manifest", "only files that it lists", _AGAIN)
    return BundleFiles(folder, manifest)


def _read_manifest(folder: Path) -> Manifest:
    data = (folder / _MANIFEST).read_bytes()
    _check_format(data)
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise _damaged(str(problem)) from problem
    # Canonical bytes only: else two files could claim one identity.
    if encode(manifest) != data:
        raise _damaged("changed since it was written")
    _check_statement(folder, data)
    return manifest


def _check_format(data: bytes) -> None:
    try:
        found: Any = msgspec.json.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as problem:
        raise _damaged(f"no JSON ({problem})") from problem
    written = found.get("format") if isinstance(found, dict) else None
    if written != FORMAT:
        raise BundleError(
            _MANIFEST,
            f"format {written!r}",
            f"format {FORMAT}",
            "Use the cellmark-runtime from the bundle's own wheels folder.",
        )


def _check_statement(folder: Path, data: bytes) -> None:
    """Compare with the digest that MANIFEST.sig states.

    Who signed is for `cellmark verify`, which has the keys and the cryptography to judge it; this
    finds a manifest that was damaged or edited after signing, with nothing but hashlib.
    """
    path = folder / _SIGNATURE
    if not path.exists():
        return
    try:
        envelope: Any = msgspec.json.decode(path.read_bytes())
        statement: Any = msgspec.json.decode(base64.b64decode(envelope["payload"], validate=True))
        stated = statement["subject"][0]["digest"]["sha256"]
    except (
        msgspec.DecodeError,
        ValueError,
        RecursionError,
        LookupError,
        TypeError,
    ) as problem:
        raise BundleError(_SIGNATURE, "damaged", "a signed statement", _AGAIN) from problem
    if stated != hashlib.sha256(data).hexdigest():
        raise _damaged("changed since it was signed")


def _damaged(received: str) -> BundleError:
    return BundleError(_MANIFEST, received, "a manifest as Cellmark writes it", _AGAIN)


def _digest(folder: Path, name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name:
        raise BundleError(_MANIFEST, f"lists {name!r}", "files inside the bundle", _AGAIN)
    if (folder / path).is_symlink() or ((folder / path).exists() and not (folder / path).is_file()):
        raise BundleError(name, "a link or no ordinary file", "a file of its own", _AGAIN)
    try:
        with (folder / path).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as problem:
        missing = isinstance(problem, FileNotFoundError)
        received = "missing" if missing else f"not readable ({problem})"
        raise BundleError(name, received, "the file that the manifest lists", _AGAIN) from problem


def _compare(name: str, found: str, expected: str) -> None:
    if found != expected:
        raise BundleError(
            name,
            f"changed: SHA-256 {found[:12]}...",
            f"{expected[:12]}... as in the manifest",
            _AGAIN,
        )
