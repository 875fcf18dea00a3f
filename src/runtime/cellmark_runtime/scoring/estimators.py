"""Estimators in the skops format: audited by type, then by content, only then constructed."""

from __future__ import annotations

import io
import json
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import BundleError, CellmarkError
from .trees import TREE_TYPES, check_trees

__all__ = ["TRUSTED", "canonical", "dump_skops", "load_skops"]

# Beyond what skops trusts by itself. All are plain data holders: constructing them runs nothing
# and no index of theirs reaches C unchecked, save the trees, which `check_trees` looks into.
TRUSTED = frozenset(
    {
        *TREE_TYPES,
        "builtins.object",
        "functools.partial",
        "numpy.dtype",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.calibration._TemperatureScaling",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.compose._column_transformer.make_column_selector",
        "sklearn.metrics._scorer._PassthroughScorer",
        "sklearn.model_selection._split.GroupKFold",
        "sklearn.model_selection._split.KFold",
        "sklearn.model_selection._split.ShuffleSplit",
        "sklearn.model_selection._split.StratifiedKFold",
        "sklearn.model_selection._split.StratifiedShuffleSplit",
        "sklearn.model_selection._split.TimeSeriesSplit",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
        "sklearn.utils._bunch.Bunch",
        "sklearn.utils.validation.check_array",
    }
)
# Immutable values: whether two of them are one object in memory means nothing.
_UNSHARED = frozenset({"JsonNode", "TypeNode", "FunctionNode", "DTypeNode"})
_EPOCH = (1980, 1, 1, 0, 0, 0)


def dump_skops(value: object) -> tuple[bytes, tuple[str, ...]]:
    """The canonical skops bytes of an estimator, and the types in it beyond skops' own list.

    Raises: BundleError where `load_skops` would refuse the bytes; TypeError and the like where
    skops has no form for the value.
    """
    import skops.io

    data = canonical(skops.io.dumps(value))
    load_skops(data)
    return data, tuple(skops.io.get_untrusted_types(data=data))


def load_skops(data: bytes, trusted: Iterable[str] = ()) -> object:
    """Construct an estimator whose every type is on our list or the deployer's.

    Args: trusted: further type names, from the deployer, never from a bundle.
    Raises: BundleError naming the types that are on neither, or the damaged tree.
    """
    from skops.io._audit import get_tree
    from skops.io._utils import read_schema

    allowed = sorted(TRUSTED | set(trusted))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            schema, context = read_schema(archive)
            tree = get_tree(schema, context, trusted=allowed)
            _audit(tree, allowed)
            check_trees(tree)
            return tree.construct()
    except CellmarkError:
        raise
    except Exception as problem:
        raise BundleError(
            "model file", f"not readable as skops ({problem})", "a file that skops wrote"
        ) from problem


def _audit(tree: Any, allowed: list[str]) -> None:
    unknown = sorted(tree.get_unsafe_set() - set(allowed))
    if unknown:
        raise BundleError(
            "model file",
            f"holds objects of type {', '.join(unknown)}",
            "types known to be safe",
            "If you trust them, name them: load(path, trusted=[...]).",
        )


def canonical(data: bytes) -> bytes:
    """The same skops file without what changes from process to process.

    skops names objects and array files by memory address, orders sets by hash and stamps the
    time: here they are numbered as they appear, sorted, and stamped with 1980-01-01.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        schema = json.loads(archive.read("schema.json"))
        blobs = {name: archive.read(name) for name in archive.namelist()}
    del blobs["schema.json"]
    _renumber_objects(schema)
    _sort_sets(schema)
    files = {old: blobs[old] for old in _renumber_files(schema)}
    members = {f"{place}{old[old.rindex('.') :]}": files[old] for place, old in enumerate(files)}
    return _zipped({"schema.json": json.dumps(schema, separators=(",", ":")).encode(), **members})


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


def _renumber_files(schema: dict[str, Any]) -> list[str]:
    """Rename the files that nodes refer to; returns the old names in their new order."""
    places: dict[str, int] = {}
    for node in _nodes(schema):
        if isinstance(node.get("file"), str):
            old = node["file"]
            place = places.setdefault(old, len(places))
            node["file"] = f"{place}{old[old.rindex('.') :]}"
    return list(places)


def _zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.create_system = 3
            archive.writestr(entry, content)
    return buffer.getvalue()
