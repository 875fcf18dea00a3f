"""The generated `scoring` package under a private name, run from bytes whose digest was checked."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType

from ..errors import BundleError
from .files import BundleFiles

__all__ = ["import_scoring"]

_PACKAGE = "scoring"


def import_scoring(bundle: BundleFiles) -> ModuleType:
    """Import the bundle's `scoring` package; several bundles live side by side in one process.

    The name comes from the bundle's digest, so loading the same bundle twice imports it once.
    Raises: BundleError if the package does not import.
    """
    name = f"_cellmark_{bundle.manifest.digest[:32]}"
    if name in sys.modules:
        return sys.modules[name]
    finder = _BundleFinder(name, bundle)
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module(name)
    except BundleError:
        raise
    except Exception as problem:
        # A half-imported package would be found, and taken for whole, the next time.
        for loaded in [key for key in sys.modules if key.split(".")[0] == name]:
            del sys.modules[loaded]
        sys.meta_path.remove(finder)
        raise BundleError(
            f"{_PACKAGE}/__init__.py",
            f"does not import: {type(problem).__name__}: {problem}",
            "the packages of requirements.lock",
            "Install them: pip install --require-hashes -r requirements.lock",
        ) from problem


class _BundleFinder(importlib.abc.MetaPathFinder):
    """Finds modules of one bundle. Stays in place: a step may import another when first called."""

    def __init__(self, name: str, bundle: BundleFiles) -> None:
        self._name = name
        self._bundle = bundle

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None,  # noqa: ARG002 - importlib's protocol
        target: ModuleType | None = None,  # noqa: ARG002
    ) -> importlib.machinery.ModuleSpec | None:
        root, _, rest = fullname.partition(".")
        if root != self._name:
            return None
        stem = "/".join([_PACKAGE, *rest.split(".")]) if rest else _PACKAGE
        for file, is_package in ((f"{stem}/__init__.py", True), (f"{stem}.py", False)):
            if file in self._bundle.manifest.files:
                return self._spec(fullname, file, is_package)
        return None

    def _spec(
        self, fullname: str, file: str, is_package: bool
    ) -> importlib.machinery.ModuleSpec | None:
        location = str(self._bundle.folder / file)
        folders = [str((self._bundle.folder / file).parent)] if is_package else None
        loader = _CheckedLoader(location, file, self._bundle)
        return importlib.util.spec_from_file_location(
            fullname, location, loader=loader, submodule_search_locations=folders
        )


class _CheckedLoader(importlib.abc.SourceLoader):
    """Compiles what was hashed: a stale or planted .pyc beside the source is never looked at."""

    def __init__(self, location: str, file: str, bundle: BundleFiles) -> None:
        self._location = location
        self._file = file
        self._bundle = bundle

    def get_filename(self, fullname: str) -> str:  # noqa: ARG002
        return self._location

    def get_data(self, path: str | bytes) -> bytes:
        if path != self._location:
            raise OSError(f"{path!r} is not the source")
        return self._bundle.read(self._file)
