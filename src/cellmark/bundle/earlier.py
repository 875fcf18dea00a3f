"""Earlier: the version of a bundle that stands beside it, and what the new one changes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from cellmark.core.changes import Changes, Described, changes
from cellmark.core.statement import Statement
from cellmark_runtime.scoring.persistence import FROZEN
from cellmark_runtime.types.manifest import Manifest

from .build import Built

__all__ = ["EXPLANATION", "FrozenText", "changes_since"]

EXPLANATION = "explanation.json"
_PIN = re.compile(r"^([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)

_Read = Callable[[str], bytes]


class FrozenText(msgspec.Struct, frozen=True):
    """What a frozen value is and where it came from, for people."""

    name: str
    summary: str
    origin: str
    cell: int
    line: int


class _Explanation(msgspec.Struct, frozen=True):
    statements: tuple[Statement, ...]
    frozen: tuple[FrozenText, ...]


def changes_since(built: Built, folders: Iterable[Path]) -> Changes | None:
    """What `built` changes of the newest earlier version that stands in one of `folders`.

    None where there is none, or none that can be read: the new bundle needs no other.
    """
    for version, folder in sorted(set(_earlier(built.manifest, folders)), reverse=True):
        try:
            before = _described(_reader(folder))
        except (OSError, ValueError, KeyError):
            continue
        if before.version == version:
            return changes(before, _described(built.files.__getitem__), str(folder))
    return None


def _earlier(manifest: Manifest, folders: Iterable[Path]) -> Iterator[tuple[int, Path]]:
    named = re.compile(rf"{re.escape(manifest.name)}-(\d+)")
    for parent in folders:
        for folder in parent.glob(f"{manifest.name}-*"):
            found = named.fullmatch(folder.name)
            if found and int(found[1]) < manifest.version:
                yield int(found[1]), folder


def _reader(folder: Path) -> _Read:
    return lambda path: (folder / path).read_bytes()


def _described(read: _Read) -> Described:
    manifest = msgspec.json.decode(read("MANIFEST.json"), type=Manifest)
    explanation = msgspec.json.decode(read(EXPLANATION), type=_Explanation)
    summaries = {each.name: each.summary for each in explanation.frozen}
    return Described(
        version=manifest.version,
        statements=explanation.statements,
        constants={
            name: (summaries.get(name, ""), identity)
            for name, identity in _identities(manifest, read)
        },
        parameters=manifest.provenance.parameters,
        packages=dict(_PIN.findall(read("requirements.lock").decode())),
        data=manifest.provenance.data,
    )


def _identities(manifest: Manifest, read: _Read) -> Iterator[tuple[str, str]]:
    """What differs where a frozen value does: its own JSON, or the digests of its files."""
    for kept in manifest.persisted:
        if kept.file == FROZEN:
            yield kept.name, json.dumps(json.loads(read(FROZEN)).get(kept.name), sort_keys=True)
        else:
            yield kept.name, " ".join(manifest.files[file] for file in kept.files)
