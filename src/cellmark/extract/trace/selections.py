"""Selections: which rows of the raw frame the notebook went on with, from statement to statement.

Rows are told by their position in the raw frame: after a merge or a reset, labels say nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from cellmark_runtime.scoring.anyframe import is_column, is_frame, is_polars

from ..text.spans import Span
from ..values.kinds import length_of
from .polars_selections import POLARS_METHODS, lacking_in, places_of_key, selected_by

__all__ = ["METHODS", "Positions", "Selection", "Selections", "Sort", "rows_of", "sort_of_key"]

Positions = np.ndarray[Any, Any]

# A few rows put aside to look at are not the rows that the notebook goes on with.
_FEWEST_ROWS = 30
_MOST_GUESSES = 64
_FEW_GUESSES = 4
_MOST_LABELS = 20
_MOST_NOTED = 500

# How rows are chosen: by what is in them, by whether values are missing, or by other rows.
Sort = str
METHODS: Mapping[str, Sort] = {
    "query": "condition",
    "drop": "labels",
    "dropna": "missing",
    **dict.fromkeys(
        (
            "drop_duplicates",
            "head",
            "nlargest",
            "nsmallest",
            "sample",
            "sort_index",
            "sort_values",
            "tail",
        ),
        "place",
    ),
}
_ALONG_ROWS = (0, "index", "rows", None)


class Selection(NamedTuple):
    """One selection of rows. `kept` are positions among the `size` rows before it, `before` the
    positions that those may have in the raw frame; `lacking` the columns in which rows left out
    lack a value, `width` how many columns there were, `polars` what of polars' the
    rows were, frame or series, if they were.
    """

    statement: int
    sort: Sort
    kept: Positions | None
    size: int
    before: tuple[Positions, ...]
    lacking: frozenset[str] = frozenset()
    width: int = 1
    polars: str = ""

    def left_out(self) -> Positions | None:
        """Raw rows that it left out; None if it is unclear which."""
        if self.kept is None or len(self.before) != 1:
            return None
        whole = np.ones(self.size, dtype=bool)
        whole[self.kept] = False
        found: Positions = self.before[0][whole]
        return found[found >= 0]


class Selections:
    """`guesses` are the positions that some rows of the notebook's may have, `by_span` what was
    selected at each expression, `labels` the indexes of selected rows, `divisions` the numbers of
    rows before and after each selection.
    """

    def __init__(self, row_counts: set[int]) -> None:
        self.guesses: list[Positions] = []
        self.by_span: dict[Span, list[Selection]] = {}
        self.labels: list[pd.Index] = []
        self.divisions: list[tuple[int, int]] = []
        self._row_counts = row_counts

    def begin(self, count: int) -> None:
        """A raw frame of `count` rows is there."""
        self._row_counts.add(count)
        self._guess(np.arange(count))

    def narrow(self, count: int, kept: Positions) -> None:
        """Of `count` rows those at `kept` go on."""
        self._divide(count, len(kept))
        before = [each for each in self.guesses if len(each) == count]
        for guess in before or [np.arange(count)]:
            self._guess(guess[kept])

    def guesses_of(self, length: int, rows: int) -> list[Positions]:
        """Where `length` rows may be in a raw frame of `rows` rows."""
        found = (each for each in self.guesses if len(each) == length)
        # What was put below the rows of another frame has no place in this one.
        return [each for each in found if each.max(initial=-1) < rows and each.min(initial=0) >= 0]

    def stack(self, counts: Sequence[int]) -> None:
        """Frames with so many rows each were put one below the other."""
        total = sum(counts)
        self._row_counts.add(total)
        known = [self.guesses_of(count, total) for count in counts]
        for at, guesses in enumerate(known):
            before = sum(counts[:at])
            for guess in guesses[:_FEW_GUESSES]:
                placed = np.full(total, -1)
                placed[before : before + len(guess)] = guess
                self._guess(placed)
        if all(known):
            self._guess(np.concatenate([guesses[0] for guesses in known]))

    def _divide(self, count: int, kept: int) -> None:
        self._row_counts.add(kept)
        self.divisions.append((count, kept))

    def note(self, span: Span, statement: int, rows: Any, sort: Sort, chosen: _Chosen) -> None:
        """`rows` were selected from at `span`."""
        count = len(rows)
        before = tuple(each for each in self.guesses if len(each) == count)
        width = rows.shape[1] if len(rows.shape) > 1 else 1
        polars = ("frame" if is_frame(rows) else "series") if is_polars(rows) else ""
        selection = Selection(
            statement, sort, chosen.kept, count, before, chosen.lacking, width, polars
        )
        few = chosen.size < min(_FEWEST_ROWS, (count + 1) // 2)
        if few and sort == "place":
            return
        known = self.by_span.setdefault(span, [])
        if len(known) > _MOST_NOTED:
            return
        # Of a loop that selects on and on, the rest is unclear.
        known.append(selection if len(known) < _MOST_NOTED else selection._replace(kept=None))
        if isinstance(chosen.labels, pd.Index):
            self.labels = [*self.labels[1 - _MOST_LABELS :], chosen.labels]
        if few:
            return
        self._divide(count, chosen.size)
        if chosen.kept is not None:
            self.narrow(count, chosen.kept)

    def is_label(self, value: object) -> bool:
        """Whether `value` is the index of rows that were selected."""
        return any(value is each for each in self.labels)

    def _guess(self, positions: Positions) -> None:
        known = any(np.array_equal(positions, each) for each in self.guesses)
        if not known and len(self.guesses) < _MOST_GUESSES:
            self.guesses.append(positions)

    # -- what a call or a subscript selects

    def may_select(self, owner: Any, name: str) -> bool:
        """Whether the method `name` of a frame or series of the notebook's rows may select some."""
        if not (is_frame(owner) or is_column(owner)) or len(owner) not in self._row_counts:
            return False
        if is_polars(owner):
            return name in POLARS_METHODS
        return name.rpartition(".")[2] in METHODS

    def part(self, owner: Any, place: tuple[int, ...], statement: int) -> Any:
        """What to take a subscript of, in place of `owner`, at the expression at `place`."""
        rows = rows_of(owner)
        if rows is None or length_of(rows) not in self._row_counts:
            return owner

        def note(key: Any, result: Any) -> None:
            by_rows, sort = sort_of_key(owner, key)
            if sort:
                kept = _kept_by_key(owner, rows, by_rows, sort, result)
                self.note(Span(*place), statement, rows, sort, _Chosen.of(result, kept))

        return _Part(owner, note)

    def method(
        self, function: Callable[..., Any], owner: Any, name: str, span: Span, statement: int
    ) -> Callable[..., Any]:
        """The same as `function`, a method of `owner` that may select rows."""
        if is_polars(owner):
            return self._polars_method(function, owner, name, span, statement)

        def select(*arguments: Any, **options: Any) -> Any:
            before = owner.copy(deep=False) if options.get("inplace") else owner
            # A query looks up its @names in the frame that called it, which is one further off.
            deeper = {"level": options.get("level", 0) + 1} if name == "query" else {}
            result = function(*arguments, **{**options, **deeper})
            after = owner if result is None else result
            with contextlib.suppress(Exception):  # what is not noted, the proof decides
                if _selects(before, after, name, arguments, options):
                    kept = _kept_by_method(before, after, name, options)
                    lacking = _lacking(before, kept) if name == "dropna" else frozenset()
                    chosen = _Chosen.of(after, kept)._replace(lacking=lacking)
                    self.note(span, statement, before, METHODS[name], chosen)
            return result

        return select

    def _polars_method(
        self, function: Callable[..., Any], owner: Any, name: str, span: Span, statement: int
    ) -> Callable[..., Any]:
        home = type(owner)
        sort = POLARS_METHODS[f"{home.__module__}.{home.__name__}.{name}"]

        def select(*arguments: Any, **options: Any) -> Any:
            result, kept = selected_by(function, owner, name, arguments, options)
            lacking = lacking_in(owner, kept) if sort == "missing" else frozenset()
            chosen = _Chosen(len(result), kept, None, lacking)
            self.note(span, statement, owner, sort, chosen)
            return result

        return select


class _Chosen(NamedTuple):
    """How many rows were selected, at which positions and with which index, as far as known."""

    size: int
    kept: Positions | None
    labels: Any
    lacking: frozenset[str] = frozenset()

    @classmethod
    def of(cls, result: Any, kept: Positions | None) -> _Chosen:
        return cls(len(result), kept, getattr(result, "index", None))


class _Part:
    """Stands for an owner while a subscript of it is taken, and notes what it gave."""

    def __init__(self, owner: Any, note: Callable[[Any, Any], None]) -> None:
        self._owner = owner
        self._note = note

    def __getitem__(self, key: Any) -> Any:
        result = self._owner[key]
        _quietly(self._note, key, result)
        return result


def _quietly(note: Callable[[Any, Any], None], key: Any, result: Any) -> None:
    try:
        note(key, result)
    except Exception:  # noqa: BLE001 - what goes wrong in noting is never the author's problem
        return


def rows_of(owner: Any) -> Any:
    """The frame, series or array that a subscript of `owner` takes rows from, or None."""
    if type(owner).__name__ in {"_LocIndexer", "_iLocIndexer"}:
        return owner.obj
    known = isinstance(owner, pd.DataFrame | pd.Series | np.ndarray) or is_polars(owner)
    return owner if known else None


def sort_of_key(owner: Any, key: Any) -> tuple[Any, Sort]:
    """The part of a subscript that selects rows, and how; an empty sort if none does."""
    plain_frame = isinstance(owner, pd.DataFrame)
    if isinstance(key, tuple) and not plain_frame and not isinstance(owner, pd.Series):
        key = key[0]
    if callable(key):
        key = key(rows_of(owner))
    if isinstance(key, slice):
        return key, "" if key == slice(None) else "place"
    if isinstance(key, str | tuple) or not hasattr(key, "__len__"):
        return key, ""
    if is_polars(owner):
        return key, "" if np.asarray(key).dtype.kind not in "iu" else "place"
    if _is_mask(key):
        return key, "condition"
    return key, "" if plain_frame or np.ndim(key) != 1 else "place"


def _is_mask(key: Any) -> bool:
    if np.ndim(key) != 1 or len(key) == 0:
        return False
    if isinstance(key, list):
        return all(isinstance(each, bool | np.bool_) for each in key)
    return str(getattr(key, "dtype", "")) in {"bool", "boolean"}


def _kept_by_key(owner: Any, rows: Any, key: Any, sort: Sort, result: Any) -> Positions | None:
    if sort == "condition":
        if isinstance(key, pd.Series) and hasattr(rows, "index"):
            key = key if key.index.equals(rows.index) else key.reindex(rows.index)
        mask = pd.array(key, dtype="boolean").fillna(False)
        return np.flatnonzero(np.asarray(mask, dtype=bool))
    if is_polars(owner):
        return places_of_key(len(rows), key)
    if isinstance(owner, np.ndarray) or type(owner).__name__ == "_iLocIndexer":
        found: Positions = np.arange(len(rows))[key]
        return found
    return _by_labels(rows, result)


def _by_labels(before: Any, after: Any) -> Positions | None:
    if not before.index.is_unique:
        return None
    found: Positions = before.index.get_indexer(after.index)
    return found if (found >= 0).all() else None


def _selects(
    before: Any, after: Any, name: str, arguments: tuple[Any, ...], options: Mapping[str, Any]
) -> bool:
    axis = options.get("axis", arguments[1] if name == "drop" and len(arguments) > 1 else 0)
    if axis not in _ALONG_ROWS or length_of(after) is None:
        return False
    by_column = name == "drop" and isinstance(before, pd.DataFrame) and "columns" in options
    return not by_column or len(before) != len(after)


def _kept_by_method(
    before: Any, after: Any, name: str, options: Mapping[str, Any]
) -> Positions | None:
    counted_anew = options.get("ignore_index", False)
    if before.index.is_unique and not counted_anew:
        return _by_labels(before, after)
    alone = {key: each for key, each in options.items() if key not in {"ignore_index", "inplace"}}
    if name in {"dropna", "drop_duplicates"}:
        numbered = before.set_axis(pd.RangeIndex(len(before)))
        found: Positions = getattr(numbered, name)(**alone).index.to_numpy()
        return found if len(found) == len(after) else None
    return None


def _lacking(before: Any, kept: Positions | None) -> frozenset[str]:
    if kept is None or before.ndim == 1:
        return frozenset()
    out = np.ones(len(before), dtype=bool)
    out[kept] = False
    missing = before.loc[out].isna().any()
    return frozenset(str(name) for name, any_missing in missing.items() if any_missing)
