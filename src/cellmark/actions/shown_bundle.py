"""A bundle as people look at it: its proof, what it does with strange rows, its model card."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cellmark_runtime.scoring.accepting import said_of
from cellmark_runtime.scoring.files import open_bundle
from cellmark_runtime.types.manifest import Proof
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Signature

from .kept_bundles import folder_of

__all__ = ["Policy", "ShownBundle", "shown_bundle"]

_CARD = "README.md"


class Policy(msgspec.Struct, frozen=True):
    """What a bundle does with rows of one kind, in words. `usual` where nobody chose it."""

    name: str
    value: str
    said: str
    usual: bool


class ShownBundle(msgspec.Struct, frozen=True, kw_only=True):
    """`card` is Markdown, "" without one. `joblib` names the frozen values that run code when they
    are loaded, with what made it necessary.
    """

    name: str
    version: int
    digest: str
    created_by: str
    proof: Proof
    policies: tuple[Policy, ...]
    signature: Signature
    notebook: str
    run: str
    python: str
    joblib: dict[str, str]
    card: str


def shown_bundle(bundle: Path | str, *, start: Path | None = None) -> ShownBundle:
    """The bundle in a folder, or the registered `churn@3`. Every digest is checked first.

    Raises: BundleError for one that was changed; CellmarkError where there is none.
    """
    registered = isinstance(bundle, str) and "@" in bundle
    files = open_bundle(folder_of(str(bundle), start=start) if registered else Path(bundle))
    manifest = files.manifest
    return ShownBundle(
        name=manifest.name,
        version=manifest.version,
        digest=manifest.digest,
        created_by=manifest.created_by,
        proof=manifest.proof,
        policies=_policies(manifest.policies),
        signature=manifest.signature,
        notebook=manifest.provenance.notebook,
        run=manifest.provenance.run,
        python=manifest.provenance.python,
        joblib={each.name: each.reason for each in manifest.persisted if each.format == "joblib"},
        card=files.read(_CARD).decode() if _CARD in manifest.files else "",
    )


def _policies(policies: Policies) -> tuple[Policy, ...]:
    usual = said_of(type(policies)())
    return tuple(
        Policy(stated.split("=")[0], stated.split("=")[1], said, stated in usual)
        for stated, said in said_of(policies).items()
    )
