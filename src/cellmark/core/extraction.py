"""Extraction: what tracing a notebook gave, ready to be built into a bundle and proven."""

from __future__ import annotations

import msgspec

from cellmark_runtime.types.golden import GoldenRows
from cellmark_runtime.types.manifest import DataSource, Persisted
from cellmark_runtime.types.profile import ReferenceProfile
from cellmark_runtime.types.signature import Signature

from .plan import FrozenValue
from .statement import Statement

__all__ = ["Extraction"]


class Extraction(msgspec.Struct, frozen=True, kw_only=True):
    """Written by the kernel that ran the notebook, read by the process that packages.

    `sources` are the author's own code beside the steps, by its path in the bundle.
    `modules` are the top-level modules that scoring imports or that its frozen values need;
    `python` is the version of the kernel's interpreter.
    """

    steps: str
    sources: dict[str, str]
    answers: tuple[str, ...]
    frozen: tuple[FrozenValue, ...]
    statements: tuple[Statement, ...]
    signature: Signature
    persisted: tuple[Persisted, ...]
    golden: GoldenRows
    profile: ReferenceProfile
    data: tuple[DataSource, ...]
    parameters: dict[str, object]
    modules: tuple[str, ...]
    python: str
