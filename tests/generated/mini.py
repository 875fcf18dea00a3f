"""The smallest bundle that can be verified: one file, one test, a manifest, a signature."""

from __future__ import annotations

import hashlib
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.bundle.sign import sign
from cellmark.bundle.write import write
from cellmark_runtime.types.manifest import Manifest, Proof, Provenance, encode
from cellmark_runtime.types.signature import Output, Signature

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PASSING = "def test_one():\n    assert 1 + 1 == 2\n"


def mini_bundle(
    folder: Path, *, tests: str = PASSING, lock: str = "", python: str = "3.11"
) -> Path:
    files = {
        "model/frozen.json": b'{"age_median": 46.5}\n',
        "requirements.lock": lock.encode(),
        "tests/test_one.py": tests.encode(),
    }
    manifest = encode(
        Manifest(
            name="mini",
            version=1,
            created_by="test",
            signature=Signature((), Output("other", "number")),
            provenance=Provenance("r", "n.ipynb", "d", (), {}, python, "l"),
            proof=Proof(0, (), 0.0),
            persisted=(),
            files={path: hashlib.sha256(files[path]).hexdigest() for path in files},
        )
    )
    signed = {"MANIFEST.json": manifest, "MANIFEST.sig": sign(manifest, KEY)}
    write({**files, **signed}, folder)
    return folder
