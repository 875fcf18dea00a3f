"""Estimators through a notebook's life: each state between two fits stays reachable."""

from __future__ import annotations

import copy
import inspect
import sys
from typing import Any

from .records import EstimatorState
from .rules import FITS

__all__ = ["EstimatorStates", "shipped", "transform_output"]


def shipped(value: Any) -> Any:
    """What scoring keeps of an estimator: of a finished search the estimator that it found.

    A search asks that one for every answer, so the rest of it is the history of its making.
    """
    search = sys.modules.get("sklearn.model_selection._search")
    if search is None or not isinstance(value, search.BaseSearchCV):
        return value
    # Statically: the method is made anew at each look, for estimators that have it.
    own = inspect.getattr_static(type(value), "predict")
    asks_the_best = own is inspect.getattr_static(search.BaseSearchCV, "predict")
    return getattr(value, "best_estimator_", value) if asks_the_best else value


def transform_output() -> str:
    """What scikit-learn's transformers are set to give here: `default`, `pandas`, `polars`."""
    sklearn = sys.modules.get("sklearn")
    return "default" if sklearn is None else str(sklearn.get_config()["transform_output"])


class EstimatorStates:
    """Copies an estimator only when it is fitted again after it was asked something.

    So most are never copied: one that learns on from part to part, by `partial_fit`, is not.
    `lost` are states of which there is no copy, with what stood in the way.
    """

    def __init__(self) -> None:
        self._generation: dict[int, int] = {}
        self._copies: dict[EstimatorState, Any] = {}
        self._alive: dict[int, Any] = {}
        self._asked: set[EstimatorState] = set()
        self.lost: dict[EstimatorState, str] = {}

    def state_of(self, estimator: Any) -> EstimatorState:
        """The state in which an estimator is now."""
        identity = id(estimator)
        self._alive[identity] = estimator  # keeps the identity from being given to another object
        return EstimatorState(identity, self._generation.setdefault(identity, 0))

    def known(self, estimator: Any) -> EstimatorState | None:
        """The state in which an estimator is now, if it was ever fitted or asked."""
        # Not `get`, which gives None for what is not there: None is no estimator.
        known = id(estimator) in self._alive and self._alive[id(estimator)] is estimator
        return self.state_of(estimator) if known else None

    def before_call(self, owner: Any, method: str) -> None:
        """A method of `owner`, which may be an estimator, is about to be called."""
        if method not in FITS:
            self.asked(owner)

    def asked(self, owner: Any) -> None:
        """Something was made with `owner` as it is, if that is an estimator that is known."""
        state = self.known(owner)
        if state is not None:
            self._asked.add(state)

    def before_fit(self, estimator: Any) -> None:
        """Keep what is known of an estimator that is about to be fitted anew.

        One that can't be copied is none of the notebook's problems: most are never asked for.
        """
        if id(estimator) not in self._generation:
            return
        state = self.state_of(estimator)
        self._generation[state.identity] += 1
        if state not in self._asked:
            self.lost[state] = "nothing was asked of it by then"
            return
        try:
            self._copies[state] = copy.deepcopy(estimator)
        except Exception as problem:  # noqa: BLE001 - its author's own `__deepcopy__`
            self.lost[state] = f"{type(problem).__name__}: {problem}"

    def at(self, state: EstimatorState) -> Any:
        """The estimator as it stood in `state`; as it is now, if that state is lost."""
        return self._copies[state] if state in self._copies else self._alive[state.identity]
