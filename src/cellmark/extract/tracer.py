"""Tracer: what the cells did, statement by statement and expression by expression."""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Hashable, Mapping, MutableMapping
from types import TracebackType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from .contents import Contents, changed_parts, contents_of
from .kinds import Kind, is_estimator, kind_of, length_of
from .spans import Span

__all__ = ["Event", "EstimatorState", "Executed", "ModelCall", "Source", "Tracer"]

_FILTERS = {"dropna", "drop_duplicates", "query", "sample", "nlargest", "nsmallest", "filter"}
_ANSWERS = {"predict", "predict_proba", "decision_function", "score_samples"}
_FITS = {"fit", "fit_transform", "fit_predict", "partial_fit", "fit_resample"}
_SPLIT = "sklearn.model_selection._split.train_test_split"
_DUMMIES = {"pandas.get_dummies", "pandas.core.reshape.encoding.get_dummies"}
_MOST_EVENTS = 10_000


class EstimatorState(NamedTuple):
    """An estimator as it stood between two fits: its identity in memory and how often it was fit."""

    identity: int
    generation: int


class Event(NamedTuple):
    """One evaluation of an expression. `value` is a copy of a row-free value, or an EstimatorState.

    `key` holds the values of the loop variables around it, outermost first.
    """

    statement: int
    key: tuple[Hashable, ...]
    kind: Kind
    value: Any


class Executed(NamedTuple):
    """A top-level statement that ran. `changed` maps names of objects that it altered in place to
    the columns altered (None: not by column). `types` says what names held after it, `columns`
    which column names frames had then.
    """

    cell: int
    line: int
    column: int
    changed: dict[str, frozenset[Hashable] | None]
    types: dict[str, type]
    columns: frozenset[str]


class ModelCall(NamedTuple):
    """A call of an estimator's fit or answer: what went in (copied) and what came out."""

    span: Span
    statement: int
    key: tuple[Hashable, ...]
    top_level: bool
    method: str
    state: EstimatorState
    argument: Any
    target: Any
    result: Any


class Source(NamedTuple):
    """A frame that a data cell built from nothing but files or literals, copied as it stood then."""

    statement: int
    name: str
    frame: pd.DataFrame


class Tracer:
    """Receives the reports of instrumented cells. Lives in the kernel, beside the user's names."""

    def __init__(self, namespace: MutableMapping[str, Any], data_cells: frozenset[int]) -> None:
        self.executed: list[Executed] = []
        self.events: dict[Span, list[Event]] = {}
        self.callees: dict[Span, str] = {}
        self.categories: dict[Span, list[Event]] = {}
        self.calls: list[ModelCall] = []
        self.sources: list[Source] = []
        self.positions: list[np.ndarray] = []
        self.parameter_types: dict[str, dict[str, type]] = {}
        self.result_types: dict[str, type] = {}
        self.row_counts: set[int] = set()
        self._namespace = namespace
        self._data_cells = data_cells
        self._open: tuple[int, int, int] | None = None
        self._before: dict[str, tuple[int, Contents]] = {}
        self._saw_rows = False
        self._masks: set[int] = set()
        self._muted = 0
        self._depth = 0
        self._expected: list[str] = []
        self._generation: dict[int, int] = {}
        self._copies: dict[EstimatorState, Any] = {}
        self._alive: dict[int, Any] = {}

    # -- statements

    def enter(self, cell: int, line: int, column: int) -> None:
        """A top-level statement is about to run; the one before it is over."""
        self.close()
        self._open = (cell, line, column)
        self._saw_rows = False
        self._masks.clear()
        self._expected.clear()
        self._before = self._contents()

    def close(self) -> None:
        """The last statement of a cell is over."""
        if self._open is None:
            return
        cell, line, column = self._open
        self._open = None
        self._muted = self._depth = 0
        after = self._contents()
        changed = {
            name: parts
            for name, (identity, contents) in after.items()
            if name in self._before
            and self._before[name][0] == identity
            and (parts := changed_parts(self._before[name][1], contents)) != frozenset()
        }
        self._note_sources(cell)
        visible = {name: value for name, value in self._namespace.items() if name[:1] != "_"}
        frames = [value for value in visible.values() if isinstance(value, pd.DataFrame)]
        self.executed.append(
            Executed(
                cell,
                line,
                column,
                changed,
                {name: type(value) for name, value in visible.items()},
                frozenset(str(name) for frame in frames for name in frame.columns),
            )
        )

    def _contents(self) -> dict[str, tuple[int, Contents]]:
        found = {}
        for name, value in list(self._namespace.items()):
            if name[:1] != "_" and (contents := contents_of(value)) is not None:
                found[name] = (id(value), contents)
        return found

    def _note_sources(self, cell: int) -> None:
        if cell not in self._data_cells or self._saw_rows:
            return
        for name, value in self._namespace.items():
            fresh = name not in self._before or self._before[name][0] != id(value)
            if name[:1] != "_" and fresh and isinstance(value, pd.DataFrame):
                self.sources.append(Source(len(self.executed), name, value.copy()))
                self.row_counts.add(len(value))

    # -- expressions

    def value(self, place: tuple[int, ...], value: Any, key: tuple[Any, ...] = ()) -> Any:
        """An expression gave `value`; hands it on unchanged."""
        if self._muted:
            return value
        span = Span(*place)
        callee = self.callees.get(span, "")
        if callee.startswith("__main__."):
            self.result_types.setdefault(callee.rpartition(".")[2], type(value))
        events = self.events.setdefault(span, [])
        if len(events) < _MOST_EVENTS:
            kind = self._kind(span, value)
            self._saw_rows = self._saw_rows or kind in {"rows", "filtered"}
            snapshot = self._snapshot(kind, value)
            events.append(Event(len(self.executed), _plain(key), kind, snapshot))
        return value

    def _kind(self, span: Span, value: Any) -> Kind:
        kind = kind_of(value, self.row_counts)
        length = length_of(value)
        if length is None or isinstance(value, pd.Index):
            return kind
        if kind == "rows" and getattr(value, "dtype", None) == bool:
            self._masks.add(int(value.sum()))
        filters = self.callees.get(span, "").rpartition(".")[2] in _FILTERS and self._saw_rows
        if kind == "aggregate" and (filters or length in self._masks):
            self.row_counts.add(length)
            return "filtered"
        return kind

    def _snapshot(self, kind: Kind, value: Any) -> Any:
        if kind == "estimator":
            return self._state(value)
        if kind != "aggregate":
            return None
        try:
            return copy.deepcopy(value)
        except Exception:  # noqa: BLE001 - a copy that fails is a value that can't be frozen
            return None

    # -- calls

    def callee(self, place: tuple[int, ...], function: Any, key: tuple[Any, ...] = ()) -> Any:
        """`function` is about to be called at this place; gives back what to call instead."""
        if self._muted:
            return function
        span = Span(*place)
        owner = getattr(function, "__self__", None)
        name = _qualified(function)
        self.callees[span] = name
        method = name.rpartition(".")[2]
        if name.startswith("__main__."):
            self._expected.append(method)
            return function
        if name == _SPLIT:
            return self._split(function)
        if name in _DUMMIES:
            return self._dummies(span, function, _plain(key))
        if owner is not None and is_estimator(owner) and method in _ANSWERS | _FITS:
            return self._model_call(span, function, _plain(key))
        return function

    def called(self, name: str) -> _Call:
        """A notebook function named `name` begins; use as a context manager around its body."""
        direct = name in self._expected
        if direct:
            self._expected.remove(name)
        if name not in self.parameter_types:
            given = sys._getframe(1).f_locals  # noqa: SLF001 - the function's own arguments
            self.parameter_types[name] = {key: type(value) for key, value in given.items()}
        return _Call(self, direct=direct)

    def _split(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def split(*arrays: Any, **options: Any) -> list[Any]:
            rows = length_of(arrays[0]) if arrays else None
            if rows not in self.row_counts:
                return list(function(*arrays, **options))
            *parts, train, test = function(*arrays, np.arange(rows), **options)
            self.positions.extend([train, test])
            self.row_counts.update({len(train), len(test)})
            return parts

        return split

    def _dummies(
        self, span: Span, function: Callable[..., Any], key: tuple[Hashable, ...]
    ) -> Callable[..., Any]:
        def get_dummies(data: Any, *arguments: Any, **options: Any) -> Any:
            columns = arguments[3] if len(arguments) > 3 else options.get("columns")
            known = _categories(data, columns)
            event = Event(len(self.executed), key, "aggregate", known)
            self.categories.setdefault(span, []).append(event)
            return function(data, *arguments, **options)

        return get_dummies

    def _model_call(
        self, span: Span, function: Callable[..., Any], key: tuple[Hashable, ...]
    ) -> Callable[..., Any]:
        owner, method = function.__self__, function.__name__  # type: ignore[attr-defined]

        def call(*arguments: Any, **options: Any) -> Any:
            argument = arguments[0] if arguments else options.get("X")
            target = arguments[1] if len(arguments) > 1 else options.get("y")
            if method in _FITS:
                self._keep(owner)
            before = copy.deepcopy(argument)
            result = function(*arguments, **options)
            kept = result if method in _ANSWERS else None
            self.calls.append(
                ModelCall(
                    span, len(self.executed), key, self._depth == 0, method, self._state(owner),
                    before, copy.copy(target), copy.deepcopy(kept),
                )
            )
            return result

        return call

    # -- estimators

    def estimator(self, state: EstimatorState) -> Any:
        """The estimator as it stood then."""
        if state in self._copies:
            return self._copies[state]
        return self._alive[state.identity]

    def _state(self, estimator: Any) -> EstimatorState:
        identity = id(estimator)
        self._alive[identity] = estimator  # keeps the identity from being given to another object
        return EstimatorState(identity, self._generation.setdefault(identity, 0))

    def _keep(self, estimator: Any) -> None:
        """Copy an estimator that was seen before, now that it is about to be fitted anew."""
        if id(estimator) not in self._generation:
            return
        state = self._state(estimator)
        self._copies[state] = copy.deepcopy(estimator)
        self._generation[state.identity] += 1


class _Call:
    """The extent of one call of a notebook function.

    A function that a library calls back (through `apply`, `map`, ...) is muted: what it sees are
    pieces of the rows, not the rows.
    """

    def __init__(self, tracer: Tracer, *, direct: bool) -> None:
        self.tracer = tracer
        self.direct = direct

    def __enter__(self) -> None:
        self.tracer._depth += 1
        self.tracer._muted += not self.direct

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.tracer._depth -= 1
        self.tracer._muted -= not self.direct


def _qualified(function: Any) -> str:
    owner = getattr(function, "__self__", None)
    module = getattr(function, "__module__", None) or type(owner).__module__
    name = getattr(function, "__qualname__", None) or type(function).__qualname__
    return f"{module}.{name}"


def _plain(key: tuple[Any, ...]) -> tuple[Hashable, ...]:
    return tuple(part if _hashable(part) else repr(part) for part in key)


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _categories(data: Any, columns: Any) -> Mapping[Hashable, list[Any]] | list[Any]:
    """The categories that `get_dummies` would find, per encoded column (or of the one series)."""
    if not isinstance(data, pd.DataFrame):
        return _levels(pd.Series(data))
    if columns is None:
        columns = data.select_dtypes(include=["object", "string", "category"]).columns
    return {name: _levels(data[name]) for name in columns}


def _levels(series: pd.Series) -> list[Any]:
    values = series if isinstance(series.dtype, pd.CategoricalDtype) else series.astype("category")
    return [level.item() if isinstance(level, np.generic) else level for level in values.cat.categories]
