"""BundlePlan: all that a bundle is made of, decided before a byte of it is written."""

from __future__ import annotations

import msgspec

from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.manifest import Persisted, Proof, Provenance
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.profile import ReferenceProfile
from cellmark_runtime.types.signature import Signature

from .statement import Statement

__all__ = ["BundlePlan", "FrozenValue"]


class FrozenValue(msgspec.Struct, frozen=True, kw_only=True):
    """A value from the training rows: a typed field of the generated `Frozen` class.

    `annotation` is Python source over the names that `imports` (whole import statements) bring.
    `origin` is the author's expression, `cell` and `line` where it stands.
    """

    name: str
    annotation: str
    imports: tuple[str, ...] = ()
    origin: str
    cell: int
    line: int
    summary: str


class BundlePlan(msgspec.Struct, frozen=True, kw_only=True):
    """`steps` is the text of scoring/steps.py, `sources` are the author's definitions and local
    modules by path; `notebook` the executed notebook's JSON text.

    `requirements` are the direct pins (`pandas==3.1.1`) and `lock` the compiled lock, the line of
    the runtime's own wheel included. `metrics` are the notebook's, by name.
    """

    name: str
    version: int
    created_by: str
    title: str
    purpose: str
    steps: str
    sources: dict[str, str] = {}
    answers: tuple[str, ...]
    frozen: tuple[FrozenValue, ...]
    statements: tuple[Statement, ...]
    signature: Signature
    policies: Policies = Policies()
    proof: Proof
    provenance: Provenance
    persisted: tuple[Persisted, ...]
    metrics: dict[str, float]
    golden: GoldenRows
    profile: ReferenceProfile
    requirements: tuple[str, ...]
    lock: str
    runtime_wheel: str
    notebook: str
