"""The bundles of registered versions: a copy of each is kept in the store's folder."""

from __future__ import annotations

import re
import secrets
import shutil
from pathlib import Path

from cellmark.core.registry import ModelVersion
from cellmark.store import Store, open_store
from cellmark_runtime.errors import CellmarkError, CheckFailed
from cellmark_runtime.scoring.files import BundleFiles, open_bundle

__all__ = [
    "MANIFEST",
    "SIGNATURE",
    "folder_of",
    "keep",
    "kept",
    "not_registered",
    "place_of",
    "version_of",
]

MANIFEST, SIGNATURE = "MANIFEST.json", "MANIFEST.sig"
# In the store's folder: a copy of each registered bundle, by its digest.
_BUNDLES = "models"
_REFERENCE = re.compile(r"(?P<model>.+)@(?P<which>[^@]+)")


def folder_of(reference: str, *, start: Path | None = None) -> Path:
    """The bundle of a version or an alias: `churn@3`, `churn@champion`.

    Raises: CellmarkError where there is no such model, version or alias.
    """
    store = open_store(start)
    return kept(store, version_of(store, reference))


def place_of(store: Store, digest: str) -> Path:
    """Where the copy of the bundle with this digest is kept."""
    return store.folder / _BUNDLES / digest


def version_of(store: Store, reference: str) -> ModelVersion:
    """The version that `churn@3` or an alias means. Raises: CellmarkError."""
    found = _REFERENCE.fullmatch(reference)
    if not found:
        raise CellmarkError("model", repr(reference), "MODEL@VERSION or MODEL@ALIAS")
    model, which = found["model"], found["which"]
    if not store.exists:
        raise not_registered(model, store)
    registry = store.registry()
    versions = {each.version: each for each in registry.versions(model)}
    if not versions:
        raise not_registered(model, store)
    aliases = registry.standing(model).aliases
    number = int(which) if which.isdecimal() else aliases.get(which)
    if number not in versions:
        known = [*map(str, versions), *sorted(aliases)]
        raise CellmarkError(
            reference, "no such version or alias", f"{model}@ and one of {', '.join(known)}"
        )
    return versions[number]


def kept(store: Store, version: ModelVersion) -> Path:
    """The copy of a version. Raises: CheckFailed where it is not what was registered."""
    place = place_of(store, version.digest)
    try:
        digest = open_bundle(place).manifest.digest
    except CellmarkError as problem:
        digest = str(problem)
    if digest != version.digest:
        raise CheckFailed(
            f"{version.model}@{version.version}",
            f"the copy at {place} is not what was registered ({digest[:100]})",
            f"the bundle with digest {version.digest[:12]}",
            "Register the bundle again from where it was built: its copy is then replaced.",
        )
    return place


def keep(files: BundleFiles, place: Path) -> None:
    """Copy a bundle, whole or not at all. A copy that was damaged is replaced."""
    if place.is_dir():
        try:
            if open_bundle(place).manifest.digest == files.manifest.digest:
                return
        except CellmarkError:
            shutil.rmtree(place)
    partial = place.with_name(f".{place.name}.{secrets.token_hex(4)}")
    try:
        for name in files.manifest.files:
            target = partial / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.read(name))
        for name in (MANIFEST, SIGNATURE):
            if (files.folder / name).is_file():
                (partial / name).write_bytes((files.folder / name).read_bytes())
        try:
            partial.rename(place)
        except OSError:
            # Another process was first, and kept the same.
            if not place.is_dir():
                raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def not_registered(model: str, store: Store) -> CellmarkError:
    return CellmarkError(
        model,
        f"not registered in {store.folder}",
        "a registered model",
        "Register a bundle with `cellmark register BUNDLE`; `cellmark models` lists them.",
    )
