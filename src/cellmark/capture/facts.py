"""Facts: the parameters and the data that a cell leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .names import CellNames
from .values import plain

__all__ = ["data_of", "parameters_of"]


def parameters_of(names: CellNames, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> plain value, for each name that a `parameters` cell assigns."""
    found: dict[str, Any] = {}
    for name in names.assigned:
        is_plain, value = plain(namespace.get(name))
        if name in namespace and is_plain and not name.startswith("_"):
            found[name] = value
    return found


def data_of(names: CellNames, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> fingerprint, for each frame or array that a `data` cell assigns or changes."""
    # Here, so that kernels whose cells have no tags never pay for it.
    import msgspec

    from .fingerprints import fingerprint, is_data

    known: dict[int, Any] = {}
    found: dict[str, Any] = {}
    for name in sorted(names.mentioned & namespace.keys()):
        value = namespace[name]
        if not name.startswith("_") and is_data(value):
            if id(value) not in known:
                known[id(value)] = msgspec.to_builtins(fingerprint(value))
            found[name] = known[id(value)]
    return found
