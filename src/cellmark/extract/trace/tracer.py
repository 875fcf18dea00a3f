"""Tracer: what the cells did, statement by statement and expression by expression."""

from __future__ import annotations

import contextlib
import copy
import functools
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, MutableMapping
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.anyframe import is_frame

from ..text.spans import Span
from ..values.copies import Copies, size_of
from ..values.kinds import ATOMIC, Kind, kind_of, length_of
from ..values.variables import Changes, Variables
from .expressions import is_expression
from .labels import labels_of
from .outcome import answers_made, cuts_made, tables_made
from .polars_rules import sums_up_groups
from .probes import probes_of
from .records import MOST_EVENTS, EstimatorState, Event, Executed, Key, Source, key_of
from .rules import draws, sums_up
from .sites import Site, site_of
from .watch import Watch, qualified_name

__all__ = ["Tracer"]

# What functions are given that are called back for each value.
_SINGLE = (float, int, str, bool, np.float64, np.int64, type(None))

# A few rows put aside to look at are not the rows that the notebook goes on with.
_FEWEST_ROWS = 30
_SHORT = 1_000
# Where one expression's values take more than this, no more than some are kept.
_MOST_BYTES = 8_000_000
_SOME_EVENTS = 1_000
# What pandas needs for a small object beside its values.
_OF_PANDAS = 2_000

_Place = tuple[int, ...]


class Tracer:
    """Receives the reports of instrumented cells. Lives in the kernel, beside the user's names.

    `full` are expressions and loops that ran so often that they are not looked at any more.
    """

    def __init__(self, namespace: MutableMapping[str, Any], data_cells: frozenset[int]) -> None:
        self.executed: list[Executed] = []
        self.events: dict[Span, list[Event]] = {}
        self.callees: dict[Span, str] = {}
        self.sources: list[Source] = []
        self.parameter_types: dict[str, dict[str, type]] = {}
        self.result_types: dict[str, type] = {}
        self.row_counts: set[int] = set()
        self.full: set[_Place] = set()
        self.copies = Copies()
        self._bytes: dict[_Place, int] = {}
        self._turns: dict[_Place, int] = {}
        self._watched = 0
        self._watched_before: dict[_Place, int] = {}
        self._data_cells = data_cells
        self._open: tuple[int, int, int] | None = None
        self._namespace = namespace
        self._variables = Variables(namespace)
        self._saw_rows = self._drew = False
        self._muted = 0
        self._depth = 0
        self._expected: list[str] = []
        self._sites: list[Site | None] = []
        self._of_group = False
        self.closures: dict[tuple[int, str], Event] = {}
        self._called_back: set[tuple[int, str]] = set()
        self.given_rows: set[tuple[int, str]] = set()
        self.watch = Watch(self, self.row_counts, self.copies)

    @property
    def statement(self) -> int:
        """The number of the statement that is running."""
        return len(self.executed)

    @property
    def depth(self) -> int:
        """How many notebook functions are being run."""
        return self._depth

    def models_held(self) -> dict[str, EstimatorState]:
        """The notebook's variables that hold an estimator, as they are now."""
        known = {
            name: self.watch.estimators.known(value) for name, value in [*self._namespace.items()]
        }
        return {name: state for name, state in known.items() if state is not None}

    # -- statements

    def enter(self, cell: int, line: int, column: int, names: Collection[str] | None) -> None:
        """A top-level statement with these names is about to run; the one before it is over."""
        self.close()
        self._open = (cell, line, column)
        self._saw_rows = self._drew = False
        self._expected.clear()
        self._variables.begin(names)

    def close(self) -> None:
        """The last statement of a cell is over."""
        if self._open is None:
            return
        cell, line, column = self._open
        self._open = None
        self._muted = self._depth = 0
        self._sites.clear()
        changes = self._variables.end()
        self._note_sources(cell, changes)
        frames = [each for each in changes.values.values() if is_frame(each)]
        self.executed.append(
            Executed(
                cell,
                line,
                column,
                changes.changed,
                changes.rebound,
                {name: type(value) for name, value in changes.values.items()},
                frozenset(str(name) for frame in frames for name in frame.columns),
                self._cuts(changes),
                answers_made(changes, self.watch.rows_asked),
                probes_of(changes, self.row_counts),
            )
        )

    def _cuts(self, changes: Changes) -> dict[str, tuple[int, int]]:
        found = cuts_made(changes, self.sources, self.row_counts) if self._saw_rows else {}
        self.row_counts |= {kept for kept, _ in found.values() if kept >= _FEWEST_ROWS}
        return found

    def _note_sources(self, cell: int, changes: Changes) -> None:
        # A frame that is made of matrices has names for their columns: it is meant, not they.
        only_matrices = all(source.matrix for source in self.sources)
        if cell not in self._data_cells or (self._saw_rows and not only_matrices):
            return
        apart = not self._saw_rows or self._drew
        for name, frame, matrix in tables_made(changes, self.sources, self.copies, apart=apart):
            self.sources.append(Source(self.statement, name, frame, matrix))
            self.watch.selections.begin(len(frame))

    # -- expressions

    def value(self, place: _Place, value: Any, key: tuple[Any, ...] = ()) -> Any:
        """An expression gave `value`; hands it on unchanged."""
        if self._muted or place in self.full:
            return value
        with contextlib.suppress(Exception):  # a value that can't be looked at is not frozen
            self._note_value(Span(*place), value, self._key(key))
        return value

    def _note_value(self, span: Span, value: Any, key: Key) -> None:
        callee = self.callees.get(span, "")
        if callee.startswith("__main__."):
            self.result_types.setdefault(callee.rpartition(".")[2], type(value))
        events = self.events.setdefault(span, [])
        if type(value) in ATOMIC:
            events.append(Event(self.statement, key, "aggregate", value))
        else:
            kind = self._kind(span, value)
            if is_expression(value):
                self.watch.expressions.note(span, self.statement, key, value)
            # What a call has just read may be as long as the rows, and is none of them.
            if kind in {"rows", "filtered"} and not self._saw_rows:
                self._saw_rows = self._variables.held(value)
            kept, small = self._snapshot(kind, value), self._small(kind, value)
            events.append(Event(self.statement, key, kind, kept, small))
            self._weigh(span, kept)
        if len(events) >= MOST_EVENTS or (
            len(events) >= _SOME_EVENTS and self._bytes.get(span, 0) > _MOST_BYTES
        ):
            self.full.add(span)

    def _weigh(self, span: Span, kept: Any) -> None:
        small = _OF_PANDAS if isinstance(kept, pd.DataFrame | pd.Series | pd.Index) else 0
        self._bytes[span] = self._bytes.get(span, 0) + size_of(kept) + small

    def _kind(self, span: Span, value: Any) -> Kind:
        kind = kind_of(value, self.row_counts)
        length = length_of(value)
        if length is None:
            return kind
        if isinstance(value, pd.Index):
            return "filtered" if self.watch.selections.is_label(value) else kind
        callee = self.callees.get(span, "")
        if kind == "rows" and (sums_up(callee) or sums_up_groups(callee)):
            return "aggregate"
        chosen = self.watch.selections.by_span.get(span, [])
        if kind == "aggregate" and any(each.statement == self.statement for each in chosen):
            return "filtered"
        return kind

    def _small(self, kind: Kind, value: Any) -> Any:
        """A copy of a short value taken for rows: of several frames one may be no rows at all."""
        if kind != "rows" or len(self.sources) < 2:
            return None
        length = length_of(value)
        if (len(value) if length is None else length) > _SHORT:
            return None
        with contextlib.suppress(Exception):
            return copy.deepcopy(value)
        return None

    def _snapshot(self, kind: Kind, value: Any) -> Any:
        if kind == "estimator":
            return self.watch.estimators.state_of(value)
        if kind == "rows":
            return labels_of(value)
        return self.copies.of(value) if kind == "aggregate" else None

    # -- calls

    def callee(self, place: _Place, function: Any, key: tuple[Any, ...] = ()) -> Any:
        """`function` is about to be called at this place; gives back what to call instead."""
        if self._muted:
            return function
        with self.watch.noting(Span(*place)):
            return self._instead_of(function, place, key)
        return function

    def _instead_of(self, function: Any, place: _Place, key: tuple[Any, ...]) -> Any:
        name = qualified_name(function)
        if self.callees.get(place) != name:  # type: ignore[call-overload]
            self.callees[Span(*place)] = name
        self._drew = self._drew or draws(name)
        method = name.rpartition(".")[2]
        if name.startswith("__main__."):
            self._expected.append(method)
            return function
        instead = self.watch.instead_of(function, name, Span(*place), self._key(key))
        self._watched += instead is not function
        return instead

    def hot(self, place: _Place) -> bool:
        """Whether a loop has turned so often that its next turn need not report anything.

        One in which models are fitted or asked never has.
        """
        if place in self.full:
            return True
        turns = self._turns[place] = self._turns.get(place, 0) + 1
        before = self._watched_before.setdefault(place, self._watched)
        if turns >= MOST_EVENTS and before == self._watched:
            self.full.add(place)
        return False

    def spent(self, place: _Place) -> bool:
        """Whether a loop was found hot."""
        return place in self.full

    def aside(self, name: str, first: Any) -> bool:
        """Whether a notebook function, given `first`, need not report anything more.

        A library calls it back for this statement (through `apply`, `map`, ...), not for the first
        time, and gives it pieces of the rows.
        """
        known = (self.statement, name) in self._called_back
        return known and name not in self._expected and not self.sees(first)

    def part(self, place: _Place, owner: Any) -> Any:
        """A subscript of `owner` is about to be taken; gives back what to take it of instead."""
        if self._muted or place in self.full:
            return owner
        return self.watch.selections.part(owner, place, self.statement)

    def called(self, name: str) -> _Call:
        """A notebook function named `name` begins; use as a context manager around its body."""
        direct = name in self._expected
        if direct:
            self._expected.remove(name)
        frame = sys._getframe(1)  # noqa: SLF001 - the function's own arguments
        given = dict(frame.f_locals)
        if name not in self.parameter_types:
            self.parameter_types[name] = {key: type(value) for key, value in given.items()}
        first = next(iter(given.values()), None)
        call = self._call(given, seen=direct or self.sees(first))
        if not call.muted:
            self.given_rows.add((self.statement, name))
        else:
            self._note_closure(name, frame.f_code.co_names)
        return call

    def _call(self, given: Mapping[str, Any], *, seen: bool) -> _Call:
        of_group, self._of_group = self._of_group, False
        if self._muted or not seen:
            return _Call(self, None, muted=True)
        return _Call(self, site_of(given, of_group=of_group), muted=False)

    def _note_closure(self, name: str, names: Iterable[str]) -> None:
        """What a function that a library calls back reads of the module: the same for each row."""
        if (self.statement, name) in self._called_back:
            return
        self._called_back.add((self.statement, name))
        for each in names:
            value = self._namespace.get(each)
            if kind_of(value, self.row_counts) == "aggregate":
                event = Event(self.statement, (), "aggregate", self._snapshot("aggregate", value))
                self.closures[self.statement, each] = event

    def sees(self, value: Any) -> bool:
        """Whether a function that is given `value` works on the rows, or on those of a group."""
        if self._muted or type(value) in _SINGLE:
            return False
        return self._of_group or length_of(value) in self.row_counts

    def inside(
        self, names: tuple[str, ...], values: tuple[Any, ...], body: Callable[[], Any]
    ) -> Any:
        """The body of a lambda that works on rows."""
        with self._call(dict(zip(names, values, strict=True)), seen=True):
            return body()

    def by_group(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """`function`, which is going to be called with the rows of each group."""

        @functools.wraps(function)
        def of_group(rows: Any, *arguments: Any, **options: Any) -> Any:
            self._of_group = not self._muted
            extra = {len(rows)} - self.row_counts
            self.row_counts |= extra
            try:
                return function(rows, *arguments, **options)
            finally:
                self._of_group = False
                self.row_counts -= extra

        return of_group

    def _key(self, loop_values: tuple[Any, ...]) -> Key:
        site = self._sites[-1] if self._sites else None
        return key_of(loop_values) if site is None else (*key_of(loop_values), site)

    def step_in(self, site: Site | None, *, muted: bool) -> None:
        """The body of a notebook function begins."""
        self._depth += 1
        self._muted += muted
        self._sites.append(site)

    def step_out(self, *, muted: bool) -> None:
        """The body of a notebook function is over."""
        self._depth -= 1
        self._muted -= muted
        if self._sites:
            self._sites.pop()


class _Call:
    """The extent of one call of a notebook function.

    A function that a library calls back (through `apply`, `map`, ...) is muted, unless it is given
    whole columns: what it sees are pieces of the rows, not the rows.
    """

    def __init__(self, tracer: Tracer, site: Site | None, *, muted: bool) -> None:
        self.tracer = tracer
        self.site = site
        self.muted = muted

    def __enter__(self) -> None:
        self.tracer.step_in(self.site, muted=self.muted)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.tracer.step_out(muted=self.muted)
