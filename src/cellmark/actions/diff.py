"""Diff: what differs between Runs, and nothing that is the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from cellmark.core.run import Run
from cellmark.store import open_store

from .compare import ComparedCell, ComparedValue, compare
from .summary import RunSummary

__all__ = ["Diffed", "Differing", "diff", "differing"]


class Differing(msgspec.Struct, frozen=True, kw_only=True):
    """What differs, by kind. `environment` are Python and the packages; `chance` is where random
    generators stood as training began, told only where something else differs: those that nobody
    seeds stand elsewhere in each kernel.
    """

    parameters: tuple[ComparedValue, ...]
    metrics: tuple[ComparedValue, ...]
    code: tuple[ComparedCell, ...]
    data: tuple[ComparedValue, ...]
    files: tuple[ComparedValue, ...]
    environment: tuple[ComparedValue, ...]
    chance: tuple[ComparedValue, ...]


class Diffed(msgspec.Struct, frozen=True, kw_only=True):
    """Runs in the order asked for; `same` if nothing in `diff` was found."""

    runs: tuple[RunSummary, ...]
    same: bool
    diff: Differing


def diff(one: str, other: str, *, start: Path | None = None) -> Diffed:
    """What differs between two Runs, each named as in `show`.

    Raises: NoSuchRun.
    """
    store = open_store(start)
    return differing([store.run(one), store.run(other)])


def differing(runs: Sequence[Run]) -> Diffed:
    """What differs between Runs, however many."""
    compared = compare(runs)
    kinds = Differing.__struct_fields__
    found = {
        kind: tuple(each for each in getattr(compared, kind) if not each.same) for kind in kinds
    }
    same = not any(values for kind, values in found.items() if kind != "chance")
    if same:
        found["chance"] = ()
    return Diffed(runs=compared.runs, same=same, diff=Differing(**found))
