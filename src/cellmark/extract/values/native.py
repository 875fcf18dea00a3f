"""Boosters as their libraries train them: `xgb.train`, `lgb.train`, catboost's `Pool` and `train`.

Such a library takes rows in a container of its own. What counts is what went into the container: it
is what the model learnt from, or is asked about, and scoring makes the container anew of its rows.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any, NamedTuple

import numpy as np

from ..text.spans import Span

__all__ = [
    "TRAINERS",
    "Packed",
    "Packs",
    "Way",
    "answers_raw",
    "asked_for",
    "classes_learnt",
    "explains",
    "is_container",
    "is_native",
    "rows_handed",
    "starts_apart",
    "way_of",
]

# Callables that make a container of rows, by qualified name.
_CONTAINERS = frozenset(
    (
        "xgboost.core.DMatrix",
        "xgboost.core.QuantileDMatrix",
        "lightgbm.basic.Dataset",
        "catboost.core.Pool",
    )
)
# Functions that train a booster -> their argument with the container.
TRAINERS: Mapping[str, str] = {
    "xgboost.training.train": "dtrain",
    "lightgbm.engine.train": "train_set",
    "catboost.core.train": "pool",
}
_NATIVE = frozenset(("xgboost.core.Booster", "lightgbm.basic.Booster"))
_LIBRARIES = ("xgboost.", "lightgbm.", "catboost.")
_MATRIX = "xgboost.core.Booster"
# Options of an answer that ask for an explanation instead.
_EXPLAINS = frozenset(
    ("pred_leaf", "pred_contrib", "pred_contribs", "approx_contribs", "pred_interactions")
)
# Where each row's answer starts from: values of rows that are in no column.
_STARTS = ("base_margin", "baseline")
_CLASSES: tuple[str, ...] = ("binary", "multi", "Logloss", "CrossEntropy", "MultiClass")
_PLAIN = (bool, int, float, str, tuple)


class Packed(NamedTuple):
    """A container that was made by the call at `span`: its `rows` and `target` (copied), and the
    other `options` that it was given.
    """

    span: Span
    statement: int
    top_level: bool
    rows: Any
    target: Any
    options: Mapping[str, Any]


class Packs:
    """Which rows went into each container that the notebook made."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, Packed]] = {}

    def note(self, container: Any, packed: Packed) -> None:
        # The container stays, so that its identity is given to no other object.
        self._known[id(container)] = container, packed

    def of(self, container: Any) -> Packed | None:
        """What went into a container; None for any other value."""
        known = self._known.get(id(container))
        return None if known is None else known[1]


def is_container(name: str) -> bool:
    """Whether what is called, by its qualified name, makes a container of rows."""
    return name in _CONTAINERS


def is_native(kind: type) -> bool:
    """Whether a class is a booster that has no `fit` of its own."""
    return f"{kind.__module__}.{kind.__name__}" in _NATIVE


def explains(options: Mapping[str, Any]) -> bool:
    """Whether a booster is asked what made its answer, not for it."""
    return any(options.get(name) for name in _EXPLAINS)


def starts_apart(packed: Packed) -> str | None:
    """The option of a container by which a row's answer starts elsewhere than the model's own."""
    return next((name for name in _STARTS if packed.options.get(name) is not None), None)


def rows_handed(
    function: Callable[..., Any], arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> tuple[Any, Any, dict[str, Any]]:
    """The rows and labels that a container is made of, and its other arguments by name."""
    given = signature(function).bind(*arguments, **options).arguments
    return given.pop("data", None), given.pop("label", None), given


def answers_raw(kind: type) -> bool:
    """Whether a class knows its classes, and answers numbers all the same."""
    return f"{kind.__module__}.{kind.__name__}" == "catboost.core.CatBoost"


def classes_learnt(estimator: Any) -> bool:
    """Whether a native booster was trained to tell classes apart, by its objective."""
    return _objective(estimator).startswith(_CLASSES)


def _objective(estimator: Any) -> str:
    kind = f"{type(estimator).__module__}.{type(estimator).__name__}"
    if kind == "xgboost.core.Booster":
        import json

        return str(json.loads(estimator.save_config())["learner"]["objective"]["name"])
    if kind == "lightgbm.basic.Booster":
        return str(estimator.dump_model(num_iteration=1).get("objective", ""))
    if kind == "catboost.core.CatBoost" and estimator.is_fitted():
        return str(estimator.get_all_params().get("loss_function", ""))
    return ""


class Way(NamedTuple):
    """How a booster is asked about rows: what they are packed in, and with which options."""

    packing: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = {}

    def text(self, booster: str) -> str:
        """The arguments of the question in the scoring module; `booster` is the model's text."""
        rows = "features"
        if self.packing is not None:
            kept = [f", {each}={booster}.{each}" for each in _NAMES if each in self.packing]
            rows = f"xgb.DMatrix(features{''.join(kept)}{_listed(self.packing)})"
        return f"{rows}{_listed(self.options)}"

    def ask(self, estimator: Any, method: str, rows: Any) -> Any:
        """The booster's answer to rows as they stand in the notebook."""
        if self.packing is not None:
            import xgboost as xgb

            rows = xgb.DMatrix(rows, **self.packing)
        return getattr(estimator, method)(rows, **self.options)


# The booster itself knows these; its file keeps them.
_NAMES = ("feature_names", "feature_types")
_PACKED = ("missing", "enable_categorical", *_NAMES)


def asked_for(
    function: Callable[..., Any],
    method: str,
    packed: Packed | None,
    arguments: tuple[Any, ...],
    options: Mapping[str, Any],
) -> tuple[str, Way]:
    """Which of a model's answers its method `function` was asked for, and how."""
    estimator = function.__self__  # type: ignore[attr-defined]
    if not f"{type(estimator).__module__}.".startswith(_LIBRARIES) or method == "fit":
        return method, way_of(estimator, packed, {})
    given = signature(function).bind(*arguments, **options).arguments
    others = dict([*given.items()][1:])
    others |= others.pop("kwargs", {})
    # catboost has two words for it.
    wanted = others.get("prediction_type") if method == "predict" else None
    if wanted == "Probability" and hasattr(estimator, "predict_proba"):
        del others["prediction_type"]
        method = "predict_proba"
    return method, way_of(estimator, packed, others)


def way_of(estimator: Any, packed: Packed | None, options: Mapping[str, Any]) -> Way:
    """How `estimator` was asked, given the container of the rows and the options of the call."""
    module = f"{type(estimator).__module__}."
    plain = {name: _as_plain(value) for name, value in options.items()}
    kept = {name: value for name, value in plain.items() if isinstance(value, _PLAIN)}
    kept = kept if module.startswith(_LIBRARIES) else {}
    if f"{module}{type(estimator).__name__}" != _MATRIX:
        return Way(None, kept)
    given = packed.options if packed else {}
    return Way({name: given[name] for name in _PACKED if _tells(given.get(name))}, kept)


def _as_plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_as_plain, value))
    return value.item() if isinstance(value, np.generic) else value


def _tells(value: Any) -> bool:
    return value is not None and value is not False and not _is_nan(value)


def _is_nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


def _listed(options: Mapping[str, Any]) -> str:
    return "".join(f", {name}={value!r}" for name, value in options.items() if name not in _NAMES)
