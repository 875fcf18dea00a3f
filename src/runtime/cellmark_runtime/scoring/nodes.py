"""What skops has no safe form for and we have: boosters, splines, and trees of neighbours.

Importing this module teaches skops all of them, for this process.
"""

from __future__ import annotations

import sys
from typing import Any

from scipy.interpolate import BSpline
from sklearn.neighbors import BallTree, KDTree
from skops.io._audit import NODE_TYPE_MAPPING, Node, get_tree
from skops.io._protocol import PROTOCOL
from skops.io._utils import _get_state, get_state
from skops.io.exceptions import UnsupportedTypeException

from .boosters import BOOSTERS, build

__all__ = ["know_boosters"]

# Every class that may be met, and the base that skops is to dispatch on.
_BASES = ("xgboost.core.Booster", "lightgbm.basic.Booster", "catboost.core.CatBoost")
_NEIGHBOURS = {"sklearn.neighbors._kd_tree.KDTree": KDTree}
_NEIGHBOURS["sklearn.neighbors._ball_tree.BallTree"] = BallTree
# Metrics without parameters of their own, by the class that computes them.
_METRICS = {
    f"{name}Distance": name.lower()
    for name in ("Euclidean", "Manhattan", "Chebyshev", "Haversine", "Canberra", "BrayCurtis")
} | {"HammingDistance": "hamming"}


def know_boosters() -> None:
    """Teach skops the boosters of the libraries that are imported here by now."""
    for name in _BASES:
        module, _, class_name = name.rpartition(".")
        if module in sys.modules:
            _get_state.register(getattr(sys.modules[module], class_name))(_booster_state)


def _name_of(value: Any) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"


def _head(value: Any, loader: str) -> dict[str, Any]:
    kind = type(value)
    return {"__class__": kind.__name__, "__module__": kind.__module__, "__loader__": loader}


# -- boosters


def _booster_state(value: Any, context: Any) -> dict[str, Any]:
    kept = BOOSTERS.get(_name_of(value))
    if kept is None:
        raise UnsupportedTypeException(f"{_name_of(value)} is no class of its library's own")
    data, rest = kept.dump(value)
    state = _head(value, "BoosterNode")
    state["rest"] = get_state(rest, context)
    if data is not None:
        # One object may be met twice, and has one file.
        state["file"] = f"{context.memoize(value)}{kept.suffix}"
        if state["file"] not in context.zip_file.namelist():
            context.zip_file.writestr(state["file"], data)
    return state


class _BoosterNode(Node):  # type: ignore[misc]
    """The booster's bytes in its library's format, and plain data that the format leaves out."""

    def __init__(self, state: dict[str, Any], context: Any, trusted: Any = None) -> None:
        super().__init__(state, context, trusted)
        self.trusted = [*BOOSTERS]
        self.rest = get_tree(state["rest"], context, trusted=trusted)
        self.data = context.src.read(state["file"]) if "file" in state else None
        self.children = {"rest": self.rest}

    def _construct(self) -> Any:
        name = f"{self.module_name}.{self.class_name}"
        return build(name, self.data, self.rest.construct())


# -- nearest neighbours


def _neighbours_state(tree: Any, context: Any) -> dict[str, Any]:
    points, *_, metric, weights = tree.__getstate__()
    options: dict[str, Any] = {"leaf_size": tree.__getstate__()[4], **_metric_of(metric)}
    state = _head(tree, "NeighboursNode")
    state["content"] = get_state({"points": points, "weights": weights, **options}, context)
    return state


def _metric_of(metric: Any) -> dict[str, Any]:
    name = type(metric).__name__.removesuffix("64")
    if name in _METRICS:
        return {"metric": _METRICS[name]}
    power, weights, _ = metric.__getstate__()[:3]
    if name != "MinkowskiDistance" or len(weights):
        raise UnsupportedTypeException(f"{_name_of(metric)} has parameters of its own")
    return {"metric": "minkowski", "p": power}


class _NeighboursNode(Node):  # type: ignore[misc]
    """The points alone: the tree over them is built anew, so no index of the file is followed."""

    def __init__(self, state: dict[str, Any], context: Any, trusted: Any = None) -> None:
        super().__init__(state, context, trusted)
        self.trusted = [*_NEIGHBOURS]
        self.content = get_tree(state["content"], context, trusted=trusted)
        self.children = {"content": self.content}

    def _construct(self) -> Any:
        kind = _NEIGHBOURS[f"{self.module_name}.{self.class_name}"]
        options = self.content.construct()
        points, weights = options.pop("points"), options.pop("weights")
        return kind(points, sample_weight=weights, **options)


# -- splines


def _spline_state(spline: Any, context: Any) -> dict[str, Any]:
    parts = {name: getattr(spline, name) for name in ("t", "c", "k", "extrapolate", "axis")}
    return {**_head(spline, "SplineNode"), "content": get_state(parts, context)}


class _SplineNode(Node):  # type: ignore[misc]
    """A spline's knots and coefficients; its constructor checks that they fit."""

    def __init__(self, state: dict[str, Any], context: Any, trusted: Any = None) -> None:
        super().__init__(state, context, trusted)
        self.trusted = ["scipy.interpolate._bsplines.BSpline"]
        self.content = get_tree(state["content"], context, trusted=trusted)
        self.children = {"content": self.content}

    def _construct(self) -> Any:
        return BSpline(**self.content.construct())


for _tree in _NEIGHBOURS.values():
    _get_state.register(_tree)(_neighbours_state)
_get_state.register(BSpline)(_spline_state)
NODE_TYPE_MAPPING[("SplineNode", PROTOCOL)] = _SplineNode
NODE_TYPE_MAPPING[("BoosterNode", PROTOCOL)] = _BoosterNode
NODE_TYPE_MAPPING[("NeighboursNode", PROTOCOL)] = _NeighboursNode
