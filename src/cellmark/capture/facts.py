"""Facts: the parameters and the data that a cell leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .names import CellNames
from .values import plain

__all__ = ["data_of", "parameters_of", "seen", "values_left"]

# A literal was written there; something computed may follow from other parameters.
_SET, _COMPUTED = 1.0, 0.8


def parameters_of(names: CellNames, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> plain value, for each name that a `parameters` cell assigns."""
    found: dict[str, Any] = {}
    for name in names.assigned:
        is_plain, value = plain(namespace.get(name))
        if name in namespace and is_plain and not name.startswith("_"):
            found[name] = value
    return found


def seen(
    parameters: Iterable[str], names: CellNames, *, injected: bool
) -> dict[str, dict[str, Any]]:
    """Name -> how a parameter was seen, and how sure it is that somebody set it."""
    source = "injected" if injected else "assigned"
    return {
        name: {
            "source": source,
            "confidence": _SET if name in names.constants else _COMPUTED,
        }
        for name in parameters
    }


def data_of(names: CellNames, namespace: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Name -> fingerprint, for each frame or array that a `data` cell assigns or changes.

    Digests of its rows are kept in the store's folder.
    """
    # Here, so that kernels whose cells have no tags never pay for it.
    import msgspec

    from .fingerprints import fingerprint, is_data
    from .rows import row_digests

    known: dict[int, Any] = {}
    found: dict[str, Any] = {}
    for name in sorted(names.mentioned & namespace.keys()):
        value = namespace[name]
        if not name.startswith("_") and is_data(value):
            if id(value) not in known:
                known[id(value)] = msgspec.to_builtins(fingerprint(value))
                if kept := row_digests(value, folder):
                    known[id(value)]["row_digests"] = kept[0]
            found[name] = known[id(value)]
    return found


def values_left(names: CellNames, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> what is remembered of it: what the cell assigns, and frames that it mentions."""
    import msgspec

    from .digests import values_of
    from .fingerprints import is_data

    others = sorted(names.mentioned & namespace.keys() - set(names.assigned))
    frames = [name for name in others if is_data(namespace[name])]
    found = values_of((*names.assigned, *frames), namespace)
    return {name: msgspec.to_builtins(value) for name, value in found.items()}
