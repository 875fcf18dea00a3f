"""Estimators: find the fitted models that a cell leaves, and keep their content."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cellmark.store.objects import put

from .fits import Fit, type_of
from .names import CellNames
from .settings import plain_settings, settings_of

__all__ = ["estimators_of", "fits_of", "fitted_in"]

_CONTAINED = 50
# What a library's own training function returns has no base of scikit-learn's.
_BASES = (
    ("sklearn.base", "BaseEstimator"),
    ("xgboost.core", "Booster"),
    ("lightgbm.basic", "Booster"),
    ("catboost.core", "CatBoost"),
)


def fitted_in(names: CellNames, namespace: Mapping[str, Any]) -> dict[str, Any]:
    """Name -> fitted estimator, for each that the cell mentions; also in its dicts and lists."""
    bases = _bases()
    if not bases:
        return {}
    found = {
        label: value
        for name in sorted(names.mentioned & namespace.keys())
        for label, value in _candidates(name, namespace[name])
        if isinstance(value, bases) and _is_fitted(value)
    }
    return _once(found, names)


def _bases() -> tuple[type, ...]:
    """What fitted models are made of, in the libraries that the notebook has imported."""
    return tuple(
        getattr(sys.modules[module], name) for module, name in _BASES if module in sys.modules
    )


def estimators_of(
    found: Mapping[str, Any], fits: Sequence[Fit], folder: Path
) -> list[dict[str, Any]]:
    """Write each estimator's content into the store's folder and describe it."""
    return [
        {**_kept(name, estimator, folder), **_settings(estimator, fits)}
        for name, estimator in found.items()
    ]


def fits_of(fits: Sequence[Fit], found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each training of the cell; `estimator` is the name that still has what it made, or None."""
    names = {id(estimator): name for name, estimator in found.items()}
    return [
        {
            "estimator": names.get(id(fit.trained())),
            "type": fit.type,
            "parameters": fit.parameters,
            "seconds": fit.seconds,
        }
        for fit in fits
    ]


def _settings(estimator: Any, fits: Sequence[Fit]) -> dict[str, Any]:
    """`parameters`, and which of them are `chosen`; what a search found best among those."""
    everything, chosen = settings_of(estimator)
    told: dict[str, Any] = {}
    for fit in fits:
        # A function `train` knows more than what it returns: the number of rounds.
        told = fit.parameters if fit.trained() is estimator else told
    best = plain_settings(getattr(estimator, "best_params_", None) or {})
    found = {f"best.{name}": value for name, value in best.items()}
    names = dict.fromkeys((*chosen, *told, *found))
    return {"parameters": {**everything, **told, **found}, "chosen": tuple(names)}


def _candidates(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    yield name, value
    if type(value) is dict and len(value) <= _CONTAINED:
        yield from ((f"{name}[{key!r}]", item) for key, item in value.items())
    elif type(value) in (list, tuple) and len(value) <= _CONTAINED:
        yield from ((f"{name}[{at}]", item) for at, item in enumerate(value))


def _is_fitted(estimator: Any) -> bool:
    if isinstance(estimator, type):
        return False
    for name in ("__sklearn_is_fitted__", "is_fitted"):
        own = getattr(estimator, name, None)
        if callable(own):
            return bool(own())
    # A booster comes into being by training.
    if type(estimator).__name__ == "Booster":
        return True
    # scikit-learn's own rule (check_is_fitted): public attributes that end in an underscore.
    return any(key.endswith("_") and not key.startswith("_") for key in vars(estimator))


def _once(found: dict[str, Any], names: CellNames) -> dict[str, Any]:
    """One name per object; the name that the cell itself assigns goes before others."""
    ordered = sorted(found, key=lambda name: name not in names.assigned)
    kept: dict[int, str] = {}
    for name in ordered:
        kept.setdefault(id(found[name]), name)
    return {name: found[name] for name in sorted(kept.values())}


def _kept(name: str, estimator: Any, folder: Path) -> dict[str, Any]:
    described = {"name": name, "type": type_of(estimator)}
    try:
        content = _dumped(estimator)
    except Exception as fault:  # noqa: BLE001
        # Lambdas, open files, locks: the Run stands without this object and says why.
        return {**described, "format": "none", "remark": f"not serialisable: {fault}"[:300]}
    try:
        digest, size = put(folder, content)
    except OSError as fault:
        # A full disk may still have room for the rest of the Run, which says what it lacks.
        return {**described, "format": "none", "remark": f"not kept: {fault.strerror}"}
    return {**described, "format": "joblib", "object": digest, "bytes": size}


def _dumped(estimator: Any) -> bytes:
    """joblib, which comes with scikit-learn: skops costs a kernel 0.4 s to import, and what is
    kept here is read back by the project that wrote it. Bundles, which travel, use skops.
    """
    import joblib

    buffer = io.BytesIO()
    joblib.dump(estimator, buffer)
    return buffer.getvalue()
