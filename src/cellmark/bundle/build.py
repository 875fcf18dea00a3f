"""A plan made into all the bytes of its bundle: rendered, formatted, listed, signed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from cellmark.core.plan import BundlePlan
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.manifest import Manifest, encode

from .formatting import format_python
from .render import render
from .sign import sign
from .wheel import Wheel

__all__ = ["Built", "build", "text_files"]


class Built(msgspec.Struct, frozen=True):
    """A bundle ready to be written: `files` (POSIX path -> bytes, MANIFEST.* included)."""

    manifest: Manifest
    files: dict[str, bytes]


def build(
    plan: BundlePlan, model_files: Mapping[str, bytes], wheel: Wheel, key: Ed25519PrivateKey
) -> Built:
    """The bundle of `plan`. The same plan, model files, wheel and key give the same bytes.

    `model_files` are the persisted values (`model/frozen.json`, `model/<name>.skops`, ...), as the
    plan's `persisted` names them.
    Raises: CellmarkError where plan, wheel and model files don't belong together.
    """
    _check_parts(plan, model_files, wheel)
    texts = {path: text.encode() for path, text in text_files(plan).items()}
    files = {**texts, **model_files, f"wheels/{wheel.name}": wheel.content}
    manifest = _manifest(plan, files)
    canonical = encode(manifest)
    files["MANIFEST.json"] = canonical
    files["MANIFEST.sig"] = sign(canonical, key)
    return Built(manifest, dict(sorted(files.items())))


def text_files(plan: BundlePlan) -> dict[str, str]:
    """POSIX path -> text of every text file, Python formatted."""
    python = ".".join(plan.provenance.python.split(".")[:2])
    return format_python(render(plan), python)


def _manifest(plan: BundlePlan, files: Mapping[str, bytes]) -> Manifest:
    return Manifest(
        name=plan.name,
        version=plan.version,
        created_by=plan.created_by,
        signature=plan.signature,
        policies=plan.policies,
        provenance=plan.provenance,
        proof=plan.proof,
        persisted=plan.persisted,
        files={path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)},
    )


def _check_parts(plan: BundlePlan, model_files: Mapping[str, bytes], wheel: Wheel) -> None:
    named = {file for entry in plan.persisted for file in entry.files}
    if named != set(model_files):
        odd = ", ".join(sorted(named ^ set(model_files)))
        raise CellmarkError("bundle", f"{odd} on one side only", "a file for each persisted value")
    if plan.runtime_wheel != wheel.name or wheel.digest not in plan.lock:
        raise CellmarkError(
            "bundle",
            f"{wheel.name}, which the plan's lock does not name",
            "the wheel that was added to the lock with add_wheel",
        )
