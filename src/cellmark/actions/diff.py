"""Diff: what differs between two Runs, and nothing that is the same."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cellmark.store import open_store

from .compare import ComparedCell, ComparedValue, compare
from .summary import RunSummary

__all__ = ["Diffed", "Differing", "diff"]


class Differing(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, by kind. `environment` are Python and the packages."""

    parameters: tuple[ComparedValue, ...]
    metrics: tuple[ComparedValue, ...]
    code: tuple[ComparedCell, ...]
    data: tuple[ComparedValue, ...]
    files: tuple[ComparedValue, ...]
    environment: tuple[ComparedValue, ...]


class Diffed(msgspec.Struct, frozen=True, kw_only=True):
    """Two Runs in the order asked for; `same` if nothing in `diff` was found."""

    runs: tuple[RunSummary, ...]
    same: bool
    diff: Differing


def diff(one: str, other: str, *, start: Path | None = None) -> Diffed:
    """What differs between two Runs, each named as in `show`.

    Raises: NoSuchRun.
    """
    store = open_store(start)
    compared = compare([store.run(one), store.run(other)])
    kinds = Differing.__struct_fields__
    found = {
        kind: tuple(each for each in getattr(compared, kind) if not each.same) for kind in kinds
    }
    return Diffed(runs=compared.runs, same=not any(found.values()), diff=Differing(**found))
