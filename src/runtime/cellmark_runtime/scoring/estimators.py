"""Estimators in the skops format: audited by type, then by content, only then constructed."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

from ..errors import BundleError, CellmarkError
from .boosters import SUFFIXES
from .indices import check_indices
from .own_code import own_types
from .trees import check_trees
from .trusted import TRUSTED

__all__ = ["Kept", "canonical", "dump_skops", "load_skops"]

# Immutable values: whether two of them are one object in memory means nothing.
_UNSHARED = frozenset({"JsonNode", "TypeNode", "FunctionNode", "DTypeNode"})
_EPOCH = (1980, 1, 1, 0, 0, 0)


class Kept(NamedTuple):
    """An estimator as files. `data` is skops', `types` those in it beyond skops' own list.

    `boosters` stand beside it, by file name, each in the format of its library.
    """

    data: bytes
    types: tuple[str, ...]
    boosters: Mapping[str, bytes]


class _Members:
    """The members of a skops archive, with the files that stand beside it."""

    def __init__(self, archive: zipfile.ZipFile, beside: Mapping[str, bytes]) -> None:
        self._archive = archive
        self._beside = beside

    def read(self, name: str) -> bytes:
        return self._beside[name] if name in self._beside else self._archive.read(name)


def dump_skops(value: object, name: str = "model") -> Kept:
    """The canonical skops bytes of an estimator, and its boosters as `name.ubj` and the like.

    Raises: BundleError where `load_skops` would refuse the bytes; TypeError and the like where
    skops has no form for the value.
    """
    import skops.io

    from .nodes import know_boosters

    know_boosters()
    members = _members_of(canonical(skops.io.dumps(value), name))
    boosters = {each: members.pop(each) for each in [*members] if _suffix(each) in SUFFIXES}
    data = _zipped(members)
    types = _unknown_types(data, boosters)
    load_skops(data, own_types(types), boosters)
    return Kept(data, types, boosters)


def load_skops(
    data: bytes, trusted: Iterable[str] = (), beside: Mapping[str, bytes] | None = None
) -> object:
    """Construct an estimator whose every type is on our list or the deployer's.

    Args: trusted: further type names, from the deployer, never from a bundle; beside: its
    boosters' files by name.
    Raises: BundleError naming the types that are on neither, or the damaged tree.
    """
    allowed = sorted(TRUSTED | set(trusted))
    try:
        tree = _tree_of(data, beside or {}, allowed)
        _audit(tree, allowed)
        check_trees(tree)
        check_indices(tree)
        return tree.construct()
    except CellmarkError:
        raise
    except Exception as problem:
        raise BundleError(
            "model file", f"not readable as skops ({problem})", "a file that skops wrote"
        ) from problem


def _tree_of(data: bytes, beside: Mapping[str, bytes], trusted: list[str] | None) -> Any:
    """The nodes of a skops file, nothing constructed."""
    from skops.io._audit import get_tree
    from skops.io._utils import read_schema

    from . import nodes  # noqa: F401 - teaches skops ours

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema, context = read_schema(_Members(archive, beside))
        return get_tree(schema, context, trusted=trusted)


def _unknown_types(data: bytes, beside: Mapping[str, bytes]) -> tuple[str, ...]:
    """The types in a skops file that skops does not trust by itself."""
    return tuple(sorted(_tree_of(data, beside, None).get_unsafe_set()))


def _audit(tree: Any, allowed: list[str]) -> None:
    unknown = sorted(tree.get_unsafe_set() - set(allowed))
    if unknown:
        raise BundleError(
            "model file",
            f"holds objects of type {', '.join(unknown)}",
            "types known to be safe",
            "If you trust them, name them: load(path, trusted=[...]).",
        )


def canonical(data: bytes, name: str = "model") -> bytes:
    """The same skops file without what changes from process to process.

    skops names objects and array files by memory address, orders sets by hash and stamps the
    time: here they are numbered as they appear, sorted, and stamped with 1980-01-01. Boosters are
    called `name.ubj`, `name-2.ubj`.
    """
    blobs = _members_of(data)
    schema = json.loads(blobs.pop("schema.json"))
    _renumber_objects(schema)
    _sort_sets(schema)
    members = {new: blobs[old] for old, new in _renumber_files(schema, name).items()}
    return _zipped({"schema.json": json.dumps(schema, separators=(",", ":")).encode(), **members})


def _members_of(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _suffix(file: str) -> str:
    return PurePosixPath(file).suffix


def _nodes(state: Any) -> Iterator[dict[str, Any]]:
    """Every node of a schema, parents first, children in file order."""
    pending = [state]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if "__loader__" in item:
                yield item
            pending += reversed(item.values())
        elif isinstance(item, list):
            pending += reversed(item)


def _renumber_objects(schema: dict[str, Any]) -> None:
    nodes = [node for node in _nodes(schema) if "__id__" in node]
    kept = [node["__id__"] for node in nodes if node["__loader__"] not in _UNSHARED]
    shared = {identity for identity, count in Counter(kept).items() if count > 1}
    numbers: dict[int, int] = {}
    for node in nodes:
        identity = node.pop("__id__")
        if identity in shared and node["__loader__"] not in _UNSHARED:
            # From 1: skops takes 0 for "no identity".
            node["__id__"] = numbers.setdefault(identity, len(numbers) + 1)


def _sort_sets(schema: dict[str, Any]) -> None:
    for node in _nodes(schema):
        if node["__loader__"] == "SetNode":
            node["content"].sort(key=json.dumps)


def _renumber_files(schema: dict[str, Any], name: str) -> dict[str, str]:
    """Rename the files that nodes refer to; returns the new names by the old, in their order."""
    names: dict[str, str] = {}
    for node in _nodes(schema):
        if isinstance(node.get("file"), str):
            old = node["file"]
            node["file"] = names.setdefault(old, _new_name(old, names, name))
    return names


def _new_name(old: str, known: Mapping[str, str], name: str) -> str:
    suffix = _suffix(old)
    if suffix not in SUFFIXES:
        return f"{len(known)}{suffix}"
    alike = sum(_suffix(each) == suffix for each in known)
    return f"{name}-{alike + 1}{suffix}" if alike else f"{name}{suffix}"


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            archive.writestr(entry, content)
    return buffer.getvalue()
