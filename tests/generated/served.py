"""Signed bundles of one small model, and promotions that take no time."""

from __future__ import annotations

import runpy
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.actions.registry import _now
from cellmark.actions.signing import signing
from cellmark.bundle.sign import sign
from cellmark.core.registry import Event
from cellmark.store import open_store

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
_BUILDER = runpy.run_path(str(Path(__file__).parents[1] / "unit" / "runtime" / "conftest.py"))


def churn_bundle(folder: Path, version: int, **changes: object) -> Path:
    """A bundle as the runtime's tests build it, signed as the workshop does."""
    _BUILDER["build"](folder, version=version, **changes)
    manifest = (folder / "MANIFEST.json").read_bytes()
    (folder / "MANIFEST.sig").write_bytes(sign(manifest, KEY))
    return folder


def move(version: int, alias: str = "champion") -> None:
    """Promote without the bundle's own tests, in the store of the current folder."""
    store = open_store()
    digests = {each.version: each.digest for each in store.registry().versions("churn")}
    event = Event(
        alias=alias,
        at=_now(),
        evidence={"digest": digests[version]},
        kind="promoted",
        model="churn",
        reason=f"to {version}",
        version=version,
        who="anna",
    )
    store.registry().move(event, signing(store))
    store.close()
