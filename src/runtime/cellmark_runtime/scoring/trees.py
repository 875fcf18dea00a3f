"""Trees from a file: their indices are checked before scikit-learn walks them unchecked.

scikit-learn follows child and feature indices in C without looking at them, so a damaged file
could crash the interpreter or read foreign memory. skops refuses trees for that reason. Here they
are allowed once every index is known to be inside its table and every walk known to end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from ..errors import BundleError

__all__ = ["TREE_TYPES", "check_trees"]

_TREE = "sklearn.tree._tree.Tree"
_PREDICTOR = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"
TREE_TYPES = (_TREE, _PREDICTOR)
_BOOSTER = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting."
# These hand their rows to their trees without counting the columns again.
_UNCHECKED = (
    "sklearn.ensemble._forest.",
    "sklearn.ensemble._gb.",
    "sklearn.ensemble._iforest.",
    _BOOSTER,
)
_SET_WORDS = 8


class _Owner(NamedTuple):
    """The model that feeds a tree: how many columns, and which of them hold categories."""

    columns: int
    grouped: frozenset[int] = frozenset()


def check_trees(root: Any) -> None:
    """Check each tree below an audited, not yet constructed skops node.

    Raises: BundleError if an index lies outside its table or a walk might not end.
    """
    _check_node(root, owner=None, seen=set())


def _check_node(node: Any, owner: _Owner | None, seen: set[tuple[int, _Owner | None]]) -> None:
    # A node may hang below several owners; each has to fit.
    if (id(node), owner) in seen:
        return
    seen.add((id(node), owner))
    kind = f"{node.module_name}.{node.class_name}"
    if kind == _TREE:
        _check_tree(node, owner)
    elif kind == _PREDICTOR:
        _check_predictor(node.attrs.construct(), owner)
    else:
        below = _owner_below(node, kind, owner)
        for child in _children(node):
            _check_node(child, below, seen)


def _owner_below(node: Any, kind: str, owner: _Owner | None) -> _Owner | None:
    a_tree = kind.startswith("sklearn.tree.")
    attributes = getattr(getattr(node, "attrs", None), "content", None)
    if not (a_tree or kind.startswith(_UNCHECKED)) or not isinstance(attributes, dict):
        return owner
    if "n_features_in_" not in attributes:
        return owner
    columns = attributes["n_features_in_"].construct()
    if a_tree and owner is not None and columns != owner.columns:
        raise _refused(f"a tree made for {columns} columns in a model of {owner.columns}")
    return _Owner(
        columns, _grouped(attributes, columns) if kind.startswith(_BOOSTER) else frozenset()
    )


def _grouped(attributes: dict[str, Any], columns: int) -> frozenset[int]:
    if "_bin_mapper" not in attributes:
        return frozenset()
    flags = attributes["_bin_mapper"].attrs.content["is_categorical_"].construct()
    if len(flags) != columns:
        raise _refused(f"bins for {len(flags)} columns in a model of {columns}")
    return frozenset(np.flatnonzero(flags).tolist())


def _children(node: Any) -> Iterator[Any]:
    pending = list(node.children.values())
    while pending:
        child = pending.pop()
        if isinstance(child, dict):
            pending += child.values()
        elif isinstance(child, (list, tuple)):
            pending += child
        elif hasattr(child, "children"):
            yield child


def _check_tree(node: Any, owner: _Owner | None) -> None:
    columns, classes, outputs = node.args.construct()
    state = node.attrs.construct()
    nodes = state["nodes"]
    if owner is None or columns != owner.columns:
        raise _refused(f"a tree made for {columns} columns in a model of {owner and owner.columns}")
    if len(classes) != outputs or outputs < 1 or min(classes) < 1:
        raise _refused(f"a tree with {outputs} outputs and {len(classes)} class counts")
    if state["node_count"] != len(nodes) or len(state["values"]) != len(nodes):
        raise _refused(f"a tree of {len(nodes)} nodes that counts {state['node_count']}")
    left = nodes["left_child"]
    # scikit-learn takes a node for a leaf when its left child is -1, whatever else it holds.
    _check_walk(left, nodes["right_child"], nodes["feature"], left == -1, columns)


def _check_predictor(state: dict[str, Any], owner: _Owner | None) -> None:
    if owner is None:
        raise _refused("a tree that belongs to no model")
    nodes = state["nodes"]
    leaf = nodes["is_leaf"] != 0
    _check_walk(nodes["left"], nodes["right"], nodes["feature_idx"], leaf, owner.columns)
    grouped = nodes[~leaf & (nodes["is_categorical"] != 0)]
    if not len(grouped):
        return
    sets = state["raw_left_cat_bitsets"]
    if sets.shape[1:] != (_SET_WORDS,) or grouped["bitset_idx"].max() >= len(sets):
        raise _refused("a tree whose category sets are missing")
    if not set(grouped["feature_idx"].tolist()) <= owner.grouped:
        raise _refused("a tree that looks for categories in a column of numbers")


def _check_walk(left: Any, right: Any, feature: Any, leaf: Any, columns: int) -> None:
    count = len(left)
    if count == 0:
        raise _refused("a tree without a node")
    place = np.flatnonzero(~leaf)
    for child in (left[place].astype("i8"), right[place].astype("i8")):
        # A child after its parent: so no walk can go round in a circle.
        if np.any(child <= place) or np.any(child >= count):
            raise _refused("a tree whose branches lead outside it or back")
    used = feature[place]
    if np.any(used < 0) or np.any(used >= columns):
        raise _refused(f"a tree that asks for a column beyond the {columns} it gets")


def _refused(received: str) -> BundleError:
    return BundleError("model file", received, "a tree as scikit-learn fits it")
