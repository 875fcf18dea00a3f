"""Surroundings: the packages that a Run happens with, found off the cell's path."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.metadata
import os
import platform
import sys
import threading
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from .checkout import THREAD
from .names import names_in

__all__ = ["Surroundings"]

_Stamp = tuple[tuple[str, int], ...]


class Surroundings:
    """Looked up in a thread once a tagged cell has run; waited for when a Run begins."""

    def __init__(self, folder: Path, working: Path) -> None:
        """`folder` is the notebook's; `working` the kernel's, which is a copy of it in a rerun."""
        self._own = (folder, working)
        self._distributions: dict[str, list[str]] = {}
        self._thread: threading.Thread | None = None
        self._installed: _Stamp = ()
        self._versions: dict[tuple[_Stamp, frozenset[str]], dict[str, str]] = {}

    def look(self) -> None:
        """Begin to look, unless that is done and no package came or went since."""
        installed = _stamp()
        if self._thread is None or installed != self._installed:
            self._installed = installed
            self._thread = threading.Thread(target=self._work, daemon=True, name=THREAD)
            self._thread.start()

    def environment(self, imported: Iterable[str]) -> dict[str, Any]:
        """The Python, and the distributions that these packages come from and in turn require.

        Not what happens to be loaded: a tool in the same kernel would then change the answer.
        """
        self._wait()
        own = _own_modules(imported, self._own).values()
        packages = {*imported, *(name for text in own for name in names_in(text, str).imports)}
        names = {name for package in packages for name in self._distributions.get(package, ())}
        return {"python": platform.python_version(), "packages": self._versions_of(names)}

    def _versions_of(self, names: Iterable[str]) -> dict[str, str]:
        """What is read of ten packages' metadata takes longer than all else that a Run costs."""
        asked = self._installed, frozenset(names)
        if asked not in self._versions:
            found = {name: importlib.metadata.version(name) for name in _with_required(names)}
            self._versions[asked] = dict(sorted(found.items()))
        return self._versions[asked]

    def modules(self, imported: Iterable[str]) -> str:
        """The project's own modules that were imported, each with a digest of its file."""
        self._wait()
        own = [
            (name, text)
            for name, text in sorted(_own_modules(imported, self._own).items())
            if not _is_installed(name, self._distributions)
        ]
        digests = {name: hashlib.sha256(text.encode()).hexdigest()[:12] for name, text in own}
        return " ".join(f"{name}={digest}" for name, digest in digests.items())

    def _wait(self) -> None:
        self.look()
        assert self._thread is not None
        self._thread.join()

    def _work(self) -> None:
        self._distributions = _distributions(self._installed)


def _stamp() -> _Stamp:
    """Another whenever a package was installed or removed: its folder is in one of these.

    The notebook's own folder is not looked at: it changes whenever the notebook is saved.
    """
    found = []
    for place in dict.fromkeys(path for path in sys.path if path.endswith("-packages")):
        with contextlib.suppress(OSError):
            found.append((place, os.stat(place).st_mtime_ns))  # noqa: PTH116
    return tuple(found)


@functools.lru_cache(maxsize=1)
def _distributions(_installed: _Stamp) -> dict[str, list[str]]:
    """Top-level package -> distributions: a quarter of a second, so asked once for each stamp."""
    found = importlib.metadata.packages_distributions()
    # What pip could not remove whole has no name.
    return {package: [name for name in names if name] for package, names in found.items()}


def _with_required(names: Iterable[str]) -> set[str]:
    """Canonical names of installed distributions: these and what they require, extras aside."""
    # Takes as long as the rest of capture: only once a Run begins.
    from packaging.requirements import Requirement

    found: set[str] = set()
    pending = [_canonical(name) for name in names]
    while pending:
        name = pending.pop()
        if name in found:
            continue
        try:
            required = importlib.metadata.requires(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        found.add(name)
        needed = [Requirement(line) for line in required]
        pending += [
            _canonical(each.name)
            for each in needed
            if not each.marker or each.marker.evaluate({"extra": ""})
        ]
    return found


def _own_modules(imported: Iterable[str], folders: tuple[Path, ...]) -> dict[str, str]:
    """Name -> source of the project's own modules among `imported`, and of those they import."""
    found: dict[str, str] = {}
    seen: set[str] = set()
    pending = list(imported)
    while pending:
        name = pending.pop()
        file = getattr(sys.modules.get(name), "__file__", None)
        if not file or "site-packages" in file or not any(map(Path(file).is_relative_to, folders)):
            continue
        found[name] = Path(file).read_text(encoding="utf-8")
        new = names_in(found[name], str).imports - seen
        seen |= new
        pending += new
    return found


def _is_installed(name: str, distributions: Mapping[str, Collection[str]]) -> bool:
    """Whether a module's file is an installed distribution's, whose version tells of a change."""
    file = Path(sys.modules[name].__file__ or "")
    return any(
        Path(str(each.locate())) == file
        for distribution in distributions.get(name.partition(".")[0], ())
        for each in importlib.metadata.files(distribution) or ()
    )


def _canonical(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
