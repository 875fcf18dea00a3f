"""Watch: the calls that packaging must know more of than their result.

Each gets back a function that does the same and notes what it saw. What goes wrong in noting is
never the author's problem: the note is then missing, and the proof decides.
"""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pandas as pd

from .categories import dummy_categories, levels_of
from .estimators import EstimatorStates
from .kinds import is_estimator, length_of
from .records import Event, Key, ModelCall
from .rules import ANSWERS, DUMMIES, FITS, SPLIT
from .spans import Span

__all__ = ["Moment", "Watch", "qualified_name"]

_Function = Callable[..., Any]


class Moment(Protocol):
    """Where the notebook is: the number of the open statement, and how deep in its functions."""

    @property
    def statement(self) -> int: ...
    @property
    def depth(self) -> int: ...


class Watch:
    """`categories` and `columns` are what `get_dummies` and `astype("category")` found, by call.

    `positions` are the rows, by number, that each part of a `train_test_split` took.
    """

    def __init__(self, moment: Moment, row_counts: set[int]) -> None:
        self.calls: list[ModelCall] = []
        self.categories: dict[Span, list[Event]] = {}
        self.columns: dict[Span, list[Event]] = {}
        self.positions: list[np.ndarray[Any, Any]] = []
        self.estimators = EstimatorStates()
        self._moment = moment
        self._row_counts = row_counts

    def instead_of(self, function: _Function, name: str, span: Span, key: Key) -> _Function:
        """What to call in place of `function`, whose qualified name is `name`."""
        owner = getattr(function, "__self__", None)
        method = name.rpartition(".")[2]
        if name == SPLIT:
            return self._split(function)
        if name in DUMMIES:
            return self._dummies(function, span, key)
        if method == "astype" and isinstance(owner, pd.Series):
            return self._astype(function, owner, span, key)
        if is_estimator(owner) and method in ANSWERS | FITS:
            return self._model_call(function, owner, method, span, key)
        return function

    def _split(self, function: _Function) -> _Function:
        def split(*arrays: Any, **options: Any) -> list[Any]:
            rows = length_of(arrays[0]) if arrays else None
            if rows not in self._row_counts:
                return list(function(*arrays, **options))
            *parts, train, test = function(*arrays, np.arange(rows), **options)
            self.positions.extend([train, test])
            self._row_counts.update({len(train), len(test)})
            return list(parts)

        return split

    def _dummies(self, function: _Function, span: Span, key: Key) -> _Function:
        def get_dummies(data: Any, *arguments: Any, **options: Any) -> Any:
            result = function(data, *arguments, **options)
            with contextlib.suppress(Exception):
                columns = arguments[3] if len(arguments) > 3 else options.get("columns")
                self._note(self.categories, span, key, dummy_categories(data, columns))
                self._note(self.columns, span, key, result.columns.tolist())
            return result

        return get_dummies

    def _astype(self, function: _Function, owner: pd.Series, span: Span, key: Key) -> _Function:
        def astype(*arguments: Any, **options: Any) -> Any:
            wanted = arguments[0] if arguments else options.get("dtype")
            if isinstance(wanted, str) and wanted == "category":
                with contextlib.suppress(Exception):
                    self._note(self.categories, span, key, levels_of(owner))
            return function(*arguments, **options)

        return astype

    def _note(self, notes: dict[Span, list[Event]], span: Span, key: Key, value: Any) -> None:
        event = Event(self._moment.statement, key, "aggregate", value)
        notes.setdefault(span, []).append(event)

    def _model_call(
        self, function: _Function, owner: Any, method: str, span: Span, key: Key
    ) -> _Function:
        def call(*arguments: Any, **options: Any) -> Any:
            argument = arguments[0] if arguments else options.get("X")
            learnt = arguments[1] if len(arguments) > 1 else options.get("y")
            if method in FITS:
                self.estimators.before_fit(owner)
            before = _copied(argument)
            target = _copied(learnt) if method in FITS else None
            result = function(*arguments, **options)
            given = _copied(result) if method in ANSWERS else None
            state = self.estimators.state_of(owner)
            top_level = self._moment.depth == 0
            self.calls.append(
                ModelCall(
                    span,
                    self._moment.statement,
                    key,
                    top_level,
                    method,
                    state,
                    before,
                    target,
                    given,
                )
            )
            return result

        return call


def qualified_name(function: Any) -> str:
    """`module.Class.method` of what is called, as far as it says."""
    owner = getattr(function, "__self__", None)
    home = owner if isinstance(owner, type) else type(owner)
    module = getattr(function, "__module__", None) or home.__module__
    given = getattr(function, "__qualname__", None)
    # `pl.col` answers for any attribute: `pl.col.age` is a column.
    name = given if isinstance(given, str) else type(function).__qualname__
    return f"{module}.{name}"


def _copied(value: Any) -> Any:
    with contextlib.suppress(Exception):
        return copy.deepcopy(value)
    return None
