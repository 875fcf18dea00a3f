"""Fits: each training that a cell asks for, also where the next one takes its name.

Every `fit` of scikit-learn's enters `sklearn.base.config_context` around the estimator's own code.
Ours in its place hears of each one, of classes that are yet to be imported too, and adds no frame
to a traceback. xgboost, lightgbm and catboost have functions of their own.
"""

from __future__ import annotations

import functools
import sys
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import ModuleType, TracebackType
from typing import Any

from .after_import import AfterImport
from .settings import plain_settings, settings_of
from .unseen import Ended, unseen

__all__ = ["Fit", "Fits", "type_of"]

_SCIKIT = "sklearn.base"
# Each has classes with a `fit` of their own, and a function `train`.
_BOOSTERS = ("xgboost", "lightgbm", "catboost")
# A loop over ten thousand of them is no list for people.
_MOST = 200


@dataclass(frozen=True)
class Fit:
    """One training: the type of what was trained, and what had been chosen for it as it began."""

    type: str
    parameters: dict[str, Any]
    seconds: float
    # Never a reason for a model to stay in memory.
    trained: Callable[[], Any]


class Fits:
    """The trainings of one cell at a time. Between `begin` and `take` it listens."""

    def __init__(self) -> None:
        self._fits: list[Fit] | None = None
        self._thread = 0
        self._depth = 0

    def watch(self) -> None:
        """Reach the libraries that are loaded, and those that will be."""
        names = (_SCIKIT, *_BOOSTERS)
        for name in names:
            if name in sys.modules:
                self._reach(sys.modules[name])
        later = [name for name in names if name not in sys.modules]
        sys.meta_path.insert(0, AfterImport(later, self._reach))

    def begin(self) -> None:
        """Listen from now on, in this thread."""
        self._fits, self._depth, self._thread = [], 0, threading.get_ident()

    def take(self) -> list[Fit]:
        """The trainings since `begin`, in the order in which they ended; stop listening."""
        fits, self._fits = self._fits or [], None
        return fits

    def _reach(self, module: ModuleType) -> None:
        if module.__name__ == _SCIKIT:
            vars(module)["config_context"] = self._entering(vars(module)["config_context"])
            return
        for kind in list(vars(module).values()):
            if isinstance(kind, type) and "fit" in vars(kind):
                kind.fit = unseen(kind.fit, self._method_begins)  # type: ignore[attr-defined]
        vars(module)["train"] = unseen(vars(module)["train"], self._function_begins)

    def _entering(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(plain)
        def config_context(**options: Any) -> Any:
            around = sys._getframe(1).f_locals  # noqa: SLF001
            method = getattr(around.get("fit_method"), "__name__", "")
            if self._fits is None or not method.startswith("fit"):
                return plain(**options)
            return _Around(plain(**options), self._method_begins((around["estimator"],), {}))

        return config_context

    def _method_begins(self, args: tuple[Any, ...], _kwargs: Mapping[str, Any]) -> Ended | None:
        return self._began(args[0], lambda: _chosen(args[0]))

    def _function_begins(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Ended | None:
        return self._began(None, lambda: _given(args, kwargs))

    def _began(self, estimator: Any, settings: Callable[[], dict[str, Any]]) -> Ended | None:
        """A training begins; how to tell its end, if it is in the cell's own thread."""
        if self._fits is None or threading.get_ident() != self._thread:
            return None
        self._depth += 1
        outermost = self._depth == 1 and len(self._fits) < _MOST
        chosen, begin = settings() if outermost else {}, time.perf_counter()

        def ended(result: Any, returned: bool) -> None:
            self._depth -= 1
            if outermost and returned and self._fits is not None:
                seconds = time.perf_counter() - begin
                fitted = result if estimator is None else estimator
                self._fits.append(Fit(type_of(fitted), chosen, seconds, _weak(fitted)))

        return ended


class _Around:
    """A context manager of scikit-learn's, telling its end."""

    def __init__(self, inner: Any, ended: Ended | None) -> None:
        self._inner = inner
        self._ended = ended

    def __enter__(self) -> Any:
        return self._inner.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> Any:
        if self._ended is not None:
            self._ended(None, kind is None)
        return self._inner.__exit__(kind, fault, trace)


def type_of(estimator: Any) -> str:
    """The full name of an estimator's class."""
    kind = type(estimator)
    return f"{kind.__module__}.{kind.__qualname__}"


def _weak(estimator: Any) -> Callable[[], Any]:
    try:
        return weakref.ref(estimator)
    except TypeError:
        return lambda: None


def _chosen(estimator: Any) -> dict[str, Any]:
    everything, chosen = settings_of(estimator)
    return {name: everything[name] for name in chosen}


def _given(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """`train(params, data, num_boost_round)`; catboost has the data first."""
    given = (*args, kwargs.get("params"))
    found = plain_settings(next((each for each in given if isinstance(each, Mapping)), {}))
    rounds = [each for each in args if type(each) is int]
    rounds += [kwargs[name] for name in ("num_boost_round", "iterations") if name in kwargs]
    return {**found, "num_boost_round": rounds[0]} if rounds else found
