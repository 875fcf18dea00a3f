"""What a bundle needs installed: distributions of imported modules, the runtime's own needs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib import metadata

from packaging.utils import canonicalize_name

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.types.manifest import Persisted

__all__ = ["TESTING", "installed_pins", "requirements_of", "runtime_requirements"]

TESTING = ("pytest",)
_READERS = {"skops": "skops", "joblib": "joblib", "npz": "numpy"}


def requirements_of(modules: Iterable[str]) -> dict[str, str]:
    """The version of every distribution installed here that provides one of these modules.

    Dotted names count by their first part; the standard library and the runtime need nothing.
    Raises: CellmarkError for a module that belongs to no installed distribution.
    """
    providers = metadata.packages_distributions()
    names = {module.partition(".")[0] for module in modules}
    names -= {*sys.stdlib_module_names, "cellmark_runtime", "__main__"}
    needed = {found for name in sorted(names) for found in _providers(name, providers)}
    return {name: metadata.version(name) for name in sorted(needed, key=str.lower)}


def _providers(module: str, providers: Mapping[str, list[str]]) -> list[str]:
    found = providers.get(module)
    if not found:
        raise CellmarkError(
            "requirements",
            f"module {module!r} belongs to no installed distribution",
            "modules that come from a package index",
            f"Install the package that provides {module!r}, or move its code into the notebook.",
        )
    return found


def runtime_requirements(persisted: Iterable[Persisted] = ()) -> tuple[str, ...]:
    """What a bundle with these persisted values needs beside its author's own packages.

    That is what `cellmark_runtime` requires, what reads the files in model/, and what the
    bundle's own tests run on.
    """
    own = metadata.requires("cellmark-runtime") or []
    readers = {_READERS[entry.format] for entry in persisted if entry.format in _READERS}
    needed = {*(line for line in own if "extra ==" not in line), *readers, *TESTING}
    return tuple(sorted(needed))


def installed_pins() -> tuple[str, ...]:
    """`name==version` for all that is installed here from a package index.

    Editable and local installs (those with a direct URL) have no version that others can fetch.
    """
    return tuple(sorted(_pins(), key=str.lower))


def _pins() -> Iterator[str]:
    seen = set()
    for distribution in metadata.distributions():
        name = distribution.metadata["Name"]
        # The first on the path is what imports give: setuptools puts copies of its own behind it.
        if not name or canonicalize_name(name) in seen:
            continue
        seen.add(canonicalize_name(name))
        if distribution.read_text("direct_url.json") is None:
            yield f"{name}=={distribution.version}"
