"""Manifest: what a bundle is, where it came from, and the digest of every file in it."""

from __future__ import annotations

import hashlib
from typing import Literal

import msgspec

from .policies import Policies
from .signature import Signature

__all__ = [
    "FORMAT",
    "Check",
    "DataSource",
    "Manifest",
    "Persisted",
    "Proof",
    "Provenance",
    "encode",
]

FORMAT = 1


class DataSource(msgspec.Struct, frozen=True):
    """A frame that the notebook read: its identity and shape (rows, columns)."""

    name: str
    digest: str
    rows: int
    columns: int


class Provenance(msgspec.Struct, frozen=True):
    """Where a bundle came from. Holds nothing that changes when the same build is repeated.

    `run` is the Run's identity (a digest of its code, parameters, data and packages), which
    `cellmark show` accepts; not the Run's own number, which differs on every execution.
    """

    run: str
    notebook: str
    notebook_digest: str
    data: tuple[DataSource, ...]
    parameters: dict[str, object]
    python: str
    lock_digest: str
    git: str | None = None


class Check(msgspec.Struct, frozen=True):
    """One way in which the scoring module was compared with the notebook.

    `max_abs_difference` is over features, predictions and probabilities, `answers` over the last
    two alone; 0.0 means equal to the last bit.
    """

    name: str
    rows: int
    max_abs_difference: float
    answers: float = 0.0


class Proof(msgspec.Struct, frozen=True, omit_defaults=True):
    """That the scoring module gives the notebook's numbers, on `rows` raw rows.

    `unproven` says which rows that the model met in the notebook were not compared, and why.
    """

    rows: int
    checks: tuple[Check, ...]
    max_abs_difference: float
    unproven: tuple[str, ...] = ()


class Persisted(msgspec.Struct, frozen=True, omit_defaults=True):
    """How one frozen value is kept: inline in model/frozen.json, or in a file beside it.

    `json` and `npz` run no code on load; `skops` is audited by type before anything is
    constructed, and its `boosters` stand beside it in their libraries' own formats; `joblib` runs
    code on load and is the last resort, named in the model card with the `reason`.
    """

    name: str
    format: Literal["json", "npz", "skops", "joblib"]
    file: str
    types: tuple[str, ...] = ()
    boosters: tuple[str, ...] = ()
    reason: str = ""

    @property
    def files(self) -> tuple[str, ...]:
        return (self.file, *self.boosters)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """`files` maps each file's POSIX path in the bundle to its SHA-256, MANIFEST.* left out."""

    format: int = FORMAT
    name: str
    version: int
    created_by: str
    signature: Signature
    policies: Policies = Policies()
    provenance: Provenance
    proof: Proof
    persisted: tuple[Persisted, ...]
    files: dict[str, str]

    @property
    def digest(self) -> str:
        """The bundle's identity: SHA-256 (hex) of the canonical manifest."""
        return hashlib.sha256(encode(self)).hexdigest()


def encode(manifest: Manifest) -> bytes:
    """The canonical bytes of MANIFEST.json: sorted keys, two-space indent, one final newline."""
    raw = msgspec.json.encode(manifest, order="sorted")
    return msgspec.json.format(raw, indent=2) + b"\n"
