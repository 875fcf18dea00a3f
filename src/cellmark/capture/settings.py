"""Settings: what an estimator was told, and what of that somebody chose."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from .values import plain

__all__ = ["plain_settings", "settings_of"]

_MOST = 200


def settings_of(estimator: Any) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(name -> plain value, the names whose value is not the default) of an estimator.

    Parts of a pipeline have names as scikit-learn gives them (`clf__C`); what is no plain value,
    like a part itself, is left out.
    """
    own = getattr(estimator, "get_params", None)
    if own is None or isinstance(estimator, type):
        # lightgbm's own Booster keeps what it was trained with.
        given = getattr(estimator, "params", None)
        found = plain_settings(given) if isinstance(given, Mapping) else {}
        return found, tuple(found)
    everything = own()
    found = plain_settings(everything)
    defaults = {"": _defaults(estimator)}
    return found, tuple(name for name in found if _is_chosen(name, everything, defaults))


def plain_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """Those of `given` that are plain values."""
    pairs = ((str(name), plain(value)) for name, value in list(given.items())[:_MOST])
    return {name: value for name, (is_plain, value) in pairs if is_plain}


def _is_chosen(
    name: str, everything: Mapping[str, Any], defaults: dict[str, dict[str, Any]]
) -> bool:
    part, _, leaf = name.rpartition("__")
    if part not in defaults:
        defaults[part] = _defaults(everything.get(part))
    value, default = everything[name], defaults[part].get(leaf, inspect.Parameter.empty)
    # By its text: NaN is a default too, and no equal of itself.
    return value is not default and repr(value) != repr(default)


def _defaults(estimator: Any) -> dict[str, Any]:
    try:
        parameters = inspect.signature(type(estimator)).parameters
    except (TypeError, ValueError):
        return {}
    return {name: one.default for name, one in parameters.items()}
