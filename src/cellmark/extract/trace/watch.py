"""Watch: the calls that packaging must know more of than their result.

Each gets back a function that does the same and notes what it saw. What goes wrong in noting is
never the author's problem: the note is then missing, and the proof decides.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Mapping
from inspect import signature
from typing import Any, NamedTuple, Protocol

import numpy as np

from ..text.spans import Span
from ..values.copies import Copies
from ..values.kinds import is_estimator, length_of
from ..values.native import (
    TRAINERS,
    Packed,
    Packs,
    Way,
    asked_for,
    explains,
    is_container,
    rows_handed,
    way_of,
)
from .estimators import EstimatorStates
from .expressions import Expressions, watched
from .learnt import Called, Learner, given_to, learner_of
from .polars_rules import EVALUATES, OVER
from .records import Event, Key, ModelCall
from .rules import ANSWERS, FITS, SPLIT
from .selections import Selections
from .stacking import note_stacked, stacks

__all__ = ["Moment", "Watch", "qualified_name"]

_Function = Callable[..., Any]
_ONLY_FITS = frozenset({"fit", "partial_fit"})


class Moment(Protocol):
    """Where the notebook is: the number of the open statement, and how deep in its functions."""

    @property
    def statement(self) -> int: ...
    @property
    def depth(self) -> int: ...
    def by_group(self, function: _Function) -> _Function: ...


class _Handed(NamedTuple):
    """What a model was given: its `method`, copies of its rows and target, and how it was asked."""

    method: str
    rows: Any
    target: Any
    packed: Packed | None
    way: Way


class Watch:
    """`learnt` is what calls of pandas learnt from their rows, by place: categories, edges, ...

    `selections` are the rows, by number, that filters and each `train_test_split` took,
    `rows_asked` the numbers of rows that models were asked about, `missed` calls that could not be
    noted, with what stood in the way.
    """

    def __init__(self, moment: Moment, row_counts: set[int], copies: Copies) -> None:
        self.calls: list[ModelCall] = []
        self.rows_asked: set[int | None] = set()
        self.learnt: dict[Span, list[Event]] = {}
        self.selections = Selections(row_counts)
        self.estimators = EstimatorStates()
        self.packs = Packs()
        self.expressions = Expressions()
        self.missed: dict[Span, str] = {}
        self._moment = moment
        self._row_counts = row_counts
        self._copied = copies.of

    def instead_of(self, function: _Function, name: str, span: Span, key: Key) -> _Function:
        """What to call in place of `function`, whose qualified name is `name`."""
        owner = getattr(function, "__self__", None)
        method = name.rpartition(".")[2]
        self.estimators.before_call(owner, method)
        if name.startswith("polars."):
            function = self._of_polars(function, owner, name, span, key)
        if name == SPLIT:
            return self._split(function)
        if stacks(name):
            return self._stacking(function, span)
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

    @contextlib.contextmanager
    def noting(self, span: Span) -> Iterator[None]:
        """What goes wrong in here is kept, and told after the notebook has run."""
        try:
            yield
        except Exception as problem:  # noqa: BLE001 - an odd object is none of the notebook's problems
            self.missed.setdefault(span, f"{type(problem).__name__}: {problem}")

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

    def _stacking(self, function: _Function, span: Span) -> _Function:
        def stack(*arguments: Any, **options: Any) -> Any:
            result = function(*arguments, **options)
            with self.noting(span):
                note_stacked(self.selections, arguments, options, result)
            return result

        return stack

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
            given = None
            with self.noting(span):
                given = self._handed_to(function, owner, method, arguments, options)
            result = function(*arguments, **options)
            if given is not None:
                with self.noting(span):
                    self._note_call(span, key, owner, given, result)
            return result

        return call

    def _handed_to(
        self,
        function: _Function,
        owner: Any,
        method: str,
        arguments: tuple[Any, ...],
        options: Mapping[str, Any],
    ) -> _Handed | None:
        """What a model is about to be given, copied; None where it is not asked for an answer."""
        if method in FITS:
            self.estimators.before_fit(owner)
        if method in ANSWERS and explains(options):
            return None
        argument = arguments[0] if arguments else options.get("X", options.get("data"))
        learnt = arguments[1] if len(arguments) > 1 else options.get("y")
        packed = self.packs.of(argument)
        rows = packed.rows if packed else self._copied(argument)
        target = packed.target if packed else self._copied(learnt)
        asked, way = asked_for(function, method, packed, arguments, options)
        return _Handed(asked, rows, target, packed, way)

    def _note_call(self, span: Span, key: Key, owner: Any, given: _Handed, result: Any) -> None:
        method, rows, target, packed, way = given
        answers = method in ANSWERS | {"fit_predict"}
        if method in ANSWERS and length_of(rows) is not None:
            self.rows_asked.add(length_of(rows))
        if method not in _ONLY_FITS:
            self.estimators.asked(owner)
        self.calls.append(
            ModelCall(
                span,
                self._moment.statement,
                key,
                self._moment.depth == 0,
                method,
                self.estimators.state_of(owner),
                rows,
                target if method in FITS else None,
                self._copied(result) if answers else None,
                packed,
                way,
            )
        )

    # -- boosters as their libraries train them

    def _packing(self, function: _Function, span: Span) -> _Function:
        def pack(*arguments: Any, **options: Any) -> Any:
            container = function(*arguments, **options)
            with self.noting(span):
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
            with self.noting(span):
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
