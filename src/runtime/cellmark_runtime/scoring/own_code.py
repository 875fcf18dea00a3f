"""What frozen values refer to in the bundle's own code: the author's functions and classes.

Files in model/ name them as `scoring.definitions.f` or `scoring.local.module.C`. The package itself
is imported under a private name, so the public one leads to it only while values are read.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import ModuleType

__all__ = ["DEFINITIONS", "LOCAL", "PACKAGE", "known_as", "modules_behind", "own_types"]

PACKAGE = "scoring"
DEFINITIONS = f"{PACKAGE}.definitions"
LOCAL = f"{PACKAGE}.local"

_one_at_a_time = threading.RLock()


def own_types(types: Iterable[str]) -> frozenset[str]:
    """Those of some type names that the bundle's own code defines: its digests vouch for them."""
    return frozenset(name for name in types if name.startswith((f"{DEFINITIONS}.", f"{LOCAL}.")))


def modules_behind(types: Iterable[str], package: str) -> dict[str, ModuleType]:
    """The modules of the bundle's own types, by public name; `package` is the private one.

    Importing them runs the bundle's code: only once every digest was checked.
    """
    names = {name.rpartition(".")[0] for name in own_types(types)}
    modules = {
        name: importlib.import_module(f"{package}{name.removeprefix(PACKAGE)}")
        for name in sorted(names)
    }
    return {PACKAGE: sys.modules[package], **modules} if modules else {}


@contextmanager
def known_as(modules: Mapping[str, ModuleType]) -> Iterator[None]:
    """Let imports by these names find these modules, for a while; one bundle at a time."""
    with _one_at_a_time:
        before = {name: sys.modules.get(name) for name in modules}
        sys.modules.update(modules)
        try:
            yield
        finally:
            for name, module in before.items():
                if module is None:
                    sys.modules.pop(name, None)
                else:
                    sys.modules[name] = module
