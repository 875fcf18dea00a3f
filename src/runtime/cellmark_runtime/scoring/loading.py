"""Load a bundle: check, audit, only then run."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import TypeVar

import msgspec

from ..errors import BundleError
from ..types.golden import GoldenRows
from ..types.profile import ReferenceProfile
from .files import BundleFiles, open_bundle
from .model import Model
from .modules import import_scoring
from .own_code import known_as, modules_behind, own_types
from .persistence import read_frozen

__all__ = ["load"]

_T = TypeVar("_T")


def load(path: str | os.PathLike[str], trusted: Iterable[str] = ()) -> Model:
    """Load a bundle folder.

    Every file's digest is checked first, then estimators are audited type by type, and only then
    is anything constructed. The bundle's code is imported last, or, where estimators are made of
    the author's own classes and functions, before they are.

    Args: trusted: names of further types that its estimators may hold, as the error names them.
    Raises: BundleError naming the file that is missing, added, changed or unsafe.
    """
    bundle = open_bundle(Path(path).resolve())
    with known_as(_own_modules(bundle)):
        frozen = read_frozen(bundle.read, bundle.manifest.persisted, tuple(trusted))
    golden = _read(bundle, "tests/golden.json", GoldenRows)
    profile = _read(bundle, "profile.json", ReferenceProfile)
    scoring = import_scoring(bundle)
    try:
        return Model(bundle.manifest, scoring, frozen, golden, profile)
    except (TypeError, AttributeError) as problem:
        raise BundleError(
            "scoring/schema.py", f"does not fit model/ ({problem})", "a field for each frozen value"
        ) from problem


def _own_modules(bundle: BundleFiles) -> dict[str, ModuleType]:
    """Modules of the bundle's that its frozen values refer to, by the names that these use."""
    types = [name for entry in bundle.manifest.persisted for name in entry.types]
    return modules_behind(types, import_scoring(bundle).__name__) if own_types(types) else {}


def _read(bundle: BundleFiles, name: str, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(bundle.read(name), type=kind)
    except msgspec.DecodeError as problem:
        raise BundleError(name, f"not readable ({problem})", f"a {kind.__name__}") from problem
