"""Watch: the calls that packaging must know more of than their result.

Each gets back a function that does the same and notes what it saw. What goes wrong in noting is
never the author's problem: the note is then missing, and the proof decides.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable
from inspect import signature
from typing import Any, Protocol

import numpy as np

from .copies import Copies
from .estimators import EstimatorStates
from .expressions import Expressions, watched
from .kinds import is_estimator, length_of
from .learnt import Called, Learner, given_to, learner_of
from .native import (
    TRAINERS,
    Packed,
    Packs,
    asked_for,
    explains,
    is_container,
    rows_handed,
    way_of,
)
from .polars_rules import EVALUATES, OVER
from .records import Event, Key, ModelCall
from .rules import ANSWERS, FITS, SPLIT
from .selections import Selections
from .spans import Span

__all__ = ["Moment", "Watch", "qualified_name"]

_Function = Callable[..., Any]


class Moment(Protocol):
    """Where the notebook is: the number of the open statement, and how deep in its functions."""

    @property
    def statement(self) -> int: ...
    @property
    def depth(self) -> int: ...
    def by_group(self, function: _Function) -> _Function: ...


class Watch:
    """`learnt` is what calls of pandas learnt from their rows, by place: categories, edges, ...

    `selections` are the rows, by number, that filters and each `train_test_split` took,
    `rows_asked` the numbers of rows that models were asked about.
    """

    def __init__(self, moment: Moment, row_counts: set[int], copies: Copies) -> None:
        self.calls: list[ModelCall] = []
        self.rows_asked: set[int | None] = set()
        self.learnt: dict[Span, list[Event]] = {}
        self.selections = Selections(row_counts)
        self.estimators = EstimatorStates()
        self.packs = Packs()
        self.expressions = Expressions()
        self._moment = moment
        self._row_counts = row_counts
        self._copied = copies.of

    def instead_of(self, function: _Function, name: str, span: Span, key: Key) -> _Function:
        """What to call in place of `function`, whose qualified name is `name`."""
        owner = getattr(function, "__self__", None)
        method = name.rpartition(".")[2]
        if name.startswith("polars."):
            function = self._of_polars(function, owner, name, span, key)
        if name == SPLIT:
            return self._split(function)
        if self.selections.may_select(owner, name):
            statement = self._moment.statement
            return self.selections.method(function, owner, method, span, statement)
        if "groupby" in name and method in {"apply", "transform"}:
            function = self._by_group(function)
        if learner := learner_of(name):
            return self._learning(function, owner, learner, span, key)
        if method in ANSWERS | FITS and is_estimator(owner):
            return self._model_call(function, owner, method, span, key)
        if is_container(name):
            return self._packing(function, span)
        if name in TRAINERS:
            return self._training(function, TRAINERS[name], span, key)
        return function

    def _of_polars(
        self, function: _Function, owner: Any, name: str, span: Span, key: Key
    ) -> _Function:
        statement = self._moment.statement
        if name.endswith(".to_physical"):
            self.expressions.categorical |= str(getattr(owner, "dtype", "")) == "Categorical"
        if name == OVER:
            return self.expressions.over(function, span, statement, key)
        if name in EVALUATES:
            of_rows = length_of(owner) in self._row_counts
            return watched(self.expressions, function, statement, of_rows=of_rows)
        return function

    def _split(self, function: _Function) -> _Function:
        def split(*arrays: Any, **options: Any) -> list[Any]:
            rows = length_of(arrays[0]) if arrays else None
            if rows not in self._row_counts:
                return list(function(*arrays, **options))
            *parts, train, test = function(*arrays, np.arange(rows), **options)
            for taken in (train, test):
                self.selections.narrow(rows, taken)
            return list(parts)

        return split

    def _by_group(self, function: _Function) -> _Function:
        """What the notebook's own function computes of each group is seen as of rows."""

        @functools.wraps(function)
        def call(func: Any, *arguments: Any, **options: Any) -> Any:
            if getattr(func, "__module__", "") == "__main__" and callable(func):
                func = self._moment.by_group(func)
            return function(func, *arguments, **options)

        return call

    def _learning(
        self, function: _Function, owner: Any, learner: Learner, span: Span, key: Key
    ) -> _Function:
        def call(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            with contextlib.suppress(Exception):
                given = given_to(function, arguments, options)
                value = learner(Called(function, owner, given, result))
                if value is not None:
                    event = Event(self._moment.statement, key, "aggregate", value)
                    self.learnt.setdefault(span, []).append(event)
            return result

        return call

    def _model_call(
        self, function: _Function, owner: Any, method: str, span: Span, key: Key
    ) -> _Function:
        def call(*arguments: Any, **options: Any) -> Any:
            if method in ANSWERS and explains(options):
                return function(*arguments, **options)
            argument = arguments[0] if arguments else options.get("X", options.get("data"))
            learnt = arguments[1] if len(arguments) > 1 else options.get("y")
            if method in FITS:
                self.estimators.before_fit(owner)
            packed = self.packs.of(argument)
            before = packed.rows if packed else self._copied(argument)
            learnt = packed.target if packed else self._copied(learnt)
            result = function(*arguments, **options)
            if method in ANSWERS and length_of(before) is not None:
                self.rows_asked.add(length_of(before))
            asked, way = asked_for(function, method, packed, arguments, options)
            self.calls.append(
                ModelCall(
                    span,
                    self._moment.statement,
                    key,
                    self._moment.depth == 0,
                    asked,
                    self.estimators.state_of(owner),
                    before,
                    learnt if method in FITS else None,
                    self._copied(result) if method in ANSWERS | {"fit_predict"} else None,
                    packed,
                    way,
                )
            )
            return result

        return call

    # -- boosters as their libraries train them

    def _packing(self, function: _Function, span: Span) -> _Function:
        def pack(*arguments: Any, **options: Any) -> Any:
            container = function(*arguments, **options)
            with contextlib.suppress(Exception):
                rows, target, others = rows_handed(function, arguments, options)
                copies = self._copied(rows), self._copied(target)
                top_level = self._moment.depth == 0
                packed = Packed(span, self._moment.statement, top_level, *copies, others)
                self.packs.note(container, packed)
            return container

        return pack

    def _training(self, function: _Function, parameter: str, span: Span, key: Key) -> _Function:
        def train(*arguments: Any, **options: Any) -> Any:
            booster = function(*arguments, **options)
            with contextlib.suppress(Exception):
                given = signature(function).bind(*arguments, **options).arguments
                packed = self.packs.of(given[parameter])
                if packed is not None:
                    self.calls.append(
                        ModelCall(
                            span,
                            self._moment.statement,
                            key,
                            self._moment.depth == 0,
                            "fit",
                            self.estimators.state_of(booster),
                            packed.rows,
                            packed.target,
                            None,
                            packed,
                            way_of(booster, packed, {}),
                        )
                    )
            return booster

        return train


def qualified_name(function: Any) -> str:
    """`module.Class.method` of what is called, as far as it says."""
    owner = getattr(function, "__self__", None)
    home = owner if isinstance(owner, type) else type(owner)
    module = getattr(function, "__module__", None) or home.__module__
    given = getattr(function, "__qualname__", None)
    # `pl.col` answers for any attribute: `pl.col.age` is a column.
    name = given if isinstance(given, str) else type(function).__qualname__
    return f"{module}.{name}"
