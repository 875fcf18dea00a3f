"""Gradient boosters in their libraries' own formats: xgboost UBJ, lightgbm text, catboost cbm.

Each library follows indices of its file in C++ without looking at them, and may end the whole
process over a damaged one. So a file's structure is checked before the library sees it; catboost
checks its own.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from ..errors import BundleError
from . import ubjson

__all__ = ["BOOSTERS", "SUFFIXES", "Booster", "build", "is_booster"]

# When and under which random name a model was trained is no part of it.
_UNTIMED = {"train_finish_time": "1980-01-01T00:00:00Z", "model_guid": "0"}
_CATEGORICAL = 1


class Booster(NamedTuple):
    """How a library's boosters are kept.

    `dump` gives the bytes (None: not fitted) and what else the object needs as plain data; `load`
    makes the object of its class and of both; `check` raises on bytes that are not to be loaded.
    """

    suffix: str
    dump: Callable[[Any], tuple[bytes | None, dict[str, Any]]]
    load: Callable[[type[Any], bytes | None, dict[str, Any]], Any]
    check: Callable[[bytes], None]


def is_booster(name: str) -> bool:
    """Whether a class, by its qualified name, is kept in a format of its library."""
    return name in BOOSTERS


def build(name: str, data: bytes | None, rest: dict[str, Any]) -> Any:
    """The booster of class `name` that `data` and `rest` were dumped from.

    Raises: BundleError if `data` is damaged.
    """
    kept = BOOSTERS[name]
    module, _, class_name = name.rpartition(".")
    if data is not None:
        try:
            kept.check(data)
        except (ValueError, LookupError, TypeError, AttributeError) as problem:
            raise _refused(f"is damaged ({problem})") from problem
    return kept.load(getattr(importlib.import_module(module), class_name), data, rest)


def _refused(received: str) -> BundleError:
    return BundleError("booster", received, "a model as its library writes it")


# -- xgboost


def _dump_xgboost(booster: Any) -> tuple[bytes, dict[str, Any]]:
    return bytes(booster.save_raw("ubj")), {}


def _load_xgboost(kind: type[Any], data: bytes | None, _rest: dict[str, Any]) -> Any:
    return kind(model_file=bytearray(data or b""))


def _check_xgboost(data: bytes) -> None:
    learner = ubjson.decode(data)["learner"]
    columns = int(learner["learner_model_param"]["num_feature"])
    booster = learner["gradient_booster"]
    booster = booster.get("gbtree", booster)  # dart wraps it
    for tree in booster["model"].get("trees", ()):
        left, right = (np.asarray(tree[side]) for side in ("left_children", "right_children"))
        count = int(tree["tree_param"]["num_nodes"])
        inner = left != -1
        _check_tree(left[inner], right[inner], tree["split_indices"][inner], columns, count)
        if any(len(tree[part]) != count for part in _XGBOOST_NODES):
            raise ValueError(f"a tree of {count} nodes with parts of other lengths")


_XGBOOST_NODES = (
    "left_children",
    "right_children",
    "parents",
    "split_indices",
    "split_conditions",
    "default_left",
)


def _check_tree(left: Any, right: Any, feature: Any, columns: int, count: int) -> None:
    """Children and features of inner nodes: inside their tables, and no walk meets itself."""
    children = np.concatenate([left, right])
    if np.any(children <= 0) or np.any(children >= count):
        raise ValueError("a tree whose branches lead outside it or back")
    # With one way to each node, and none to the root, every walk from the root ends.
    if len(np.unique(children)) != len(children):
        raise ValueError("a tree whose branches meet")
    if np.any(feature < 0) or np.any(feature >= columns):
        raise ValueError(f"a tree that asks for a column beyond the {columns} it gets")


# -- lightgbm


def _dump_lightgbm(booster: Any) -> tuple[bytes, dict[str, Any]]:
    # Every tree, and which of them count: an early stop may have left some out.
    text = booster.model_to_string(num_iteration=-1)
    return text.encode(), {"best_iteration": booster.best_iteration}


def _load_lightgbm(kind: type[Any], data: bytes | None, rest: dict[str, Any]) -> Any:
    booster = kind(model_str=(data or b"").decode())
    booster.best_iteration = int(rest["best_iteration"])
    return booster


def _check_lightgbm(data: bytes) -> None:
    head, *trees = data.decode().split("\nTree=")
    columns = int(_lines_of(head)["max_feature_idx"]) + 1
    if not trees or "\nend of trees" not in trees[-1]:
        raise ValueError("it does not reach the end of its trees")
    for text in trees:
        _check_lightgbm_tree(_lines_of(text.partition("\n\n")[0]), columns)


def _lines_of(text: str) -> dict[str, str]:
    return {key: value for key, _, value in (line.partition("=") for line in text.splitlines())}


def _check_lightgbm_tree(lines: Mapping[str, str], columns: int) -> None:
    leaves = int(lines["num_leaves"])
    if leaves < 1 or len(lines["leaf_value"].split()) != leaves:
        raise ValueError(f"a tree of {leaves} leaves with other values")
    if leaves == 1:
        return
    left, right = _numbers(lines, "left_child"), _numbers(lines, "right_child")
    inner = leaves - 1
    if not len(left) == len(right) == len(lines["split_feature"].split()) == inner:
        raise ValueError(f"a tree of {leaves} leaves and {len(left)} branchings")
    # Leaves count down from -1; here they come after the inner nodes.
    left, right = (np.where(side < 0, inner - 1 - side, side) for side in (left, right))
    _check_tree(left, right, _numbers(lines, "split_feature"), columns, inner + leaves)
    _check_categories(lines)


def _check_categories(lines: Mapping[str, str]) -> None:
    """Splits by category name a set of categories by its number."""
    grouped = _numbers(lines, "decision_type") & _CATEGORICAL != 0
    sets = np.array(lines["threshold"].split(), dtype=float)[grouped].astype(int)
    if not len(sets):
        return
    bounds = _numbers(lines, "cat_boundaries")
    words = len(lines["cat_threshold"].split())
    if sets.min() < 0 or sets.max() >= len(bounds) - 1:
        raise ValueError("a tree whose category sets are missing")
    if bounds[0] < 0 or np.any(np.diff(bounds) < 0) or bounds[-1] > words:
        raise ValueError("a tree whose category sets lie outside their table")


def _numbers(lines: Mapping[str, str], name: str) -> Any:
    return np.array(lines[name].split(), dtype=int)


# -- catboost


def _dump_catboost(model: Any) -> tuple[bytes | None, dict[str, Any]]:
    options = {key: value for key, value in model._init_params.items() if value is not None}  # noqa: SLF001
    if not model.is_fitted():
        return None, options
    twin = type(model)()
    twin.load_model(blob=model._serialize_model())  # noqa: SLF001 - save_model wants a file
    metadata = twin.get_metadata()
    for key, value in _UNTIMED.items():
        metadata[key] = value
    return twin._serialize_model(), options  # noqa: SLF001


def _load_catboost(kind: type[Any], data: bytes | None, rest: dict[str, Any]) -> Any:
    model = kind()
    if data is not None:
        model.load_model(blob=data)
    # As the constructor would: it would also refuse what only fit may be given together.
    model._init_params.update(rest)  # noqa: SLF001
    return model


def _check_nothing(_data: bytes) -> None:
    """Catboost verifies its own files and raises."""


_XGBOOST = Booster(".ubj", _dump_xgboost, _load_xgboost, _check_xgboost)
_LIGHTGBM = Booster(".txt", _dump_lightgbm, _load_lightgbm, _check_lightgbm)
_CATBOOST = Booster(".cbm", _dump_catboost, _load_catboost, _check_nothing)
BOOSTERS: Mapping[str, Booster] = {
    "xgboost.core.Booster": _XGBOOST,
    "lightgbm.basic.Booster": _LIGHTGBM,
    **{
        f"catboost.core.CatBoost{kind}": _CATBOOST
        for kind in ("", "Classifier", "Regressor", "Ranker")
    },
}
SUFFIXES = frozenset(each.suffix for each in BOOSTERS.values())
