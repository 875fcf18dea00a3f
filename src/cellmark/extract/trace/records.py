"""What a trace consists of: statements, evaluations, model calls, and the raw frames."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from typing import TYPE_CHECKING, Any, NamedTuple

from ..text.spans import Span
from ..values.contents import contents_of
from ..values.kinds import Kind, length_of
from ..values.native import Packed, Way

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

    from .probes import Probe

__all__ = [
    "MOST_EVENTS",
    "EstimatorState",
    "Event",
    "Executed",
    "Key",
    "ModelCall",
    "Source",
    "key_of",
    "told_apart",
]

# More evaluations of one expression than this are not kept.
MOST_EVENTS = 10_000

Key = tuple[Hashable, ...]


class EstimatorState(NamedTuple):
    """An estimator between two fits: its identity in memory, and how often it was fitted."""

    identity: int
    generation: int


class Event(NamedTuple):
    """One evaluation of an expression. `value` is a copy of a row-free value, an EstimatorState,
    or of rows their Labels.

    `key` holds the values of the loop variables around it, outermost first.
    """

    statement: int
    key: Key
    kind: Kind
    value: Any
    small: Any = None


class Executed(NamedTuple):
    """A top-level statement that ran. `changed` maps names of objects that it altered in place to
    the columns altered (None: not by column), `rebound` the names that stand for another object
    since. `types` says what names held after it, `columns`
    which column names frames had then, `cuts` which of them were made to hold only part of the
    rows: (rows kept, rows before). `answers` are copies of variables it made or changed after a
    model had answered, with a row for each row that was asked about,
    `probes` a few rows of every variable that it made or changed.
    """

    cell: int
    line: int
    column: int
    changed: dict[str, frozenset[Hashable] | None]
    rebound: frozenset[str]
    types: dict[str, type]
    columns: frozenset[str]
    cuts: dict[str, tuple[int, int]]
    answers: dict[str, Any]
    probes: dict[str, Probe]


class ModelCall(NamedTuple):
    """A call of an estimator's fit or answer: what went in (copied) and what came out.

    `target` is what a fit was to learn, None elsewhere. Where the library's own container of rows
    went in, `packed` is what that was made of; `way` is how the model was asked.
    """

    span: Span
    statement: int
    key: Key
    top_level: bool
    method: str
    state: EstimatorState
    argument: Any
    target: Any
    result: Any
    packed: Packed | None = None
    way: Way = Way()

    @property
    def handed(self) -> ModelCall:
        """The same at the place where the rows were handed over: where their container was made."""
        if self.packed is None:
            return self
        span, statement, top_level, *_ = self.packed
        return self._replace(span=span, statement=statement, top_level=top_level)


class Source(NamedTuple):
    """A frame that a data cell built from files or literals alone, copied as it stood then.

    Of a `matrix` of numbers it is a frame of its columns.
    """

    statement: int
    name: str
    frame: Frame
    matrix: bool = False


def told_apart(event: Event, row_counts: Collection[int]) -> Event:
    """`event`, an aggregate after all if it is as long as a table but not as the rows."""
    small = event.small
    if event.kind != "rows" or small is None:
        return event
    length = length_of(small)
    rows = (len(small) if length is None else length) in row_counts
    return event if rows else event._replace(kind="aggregate", value=small)


def key_of(loop_values: tuple[Any, ...]) -> Key:
    """The values of loop variables, unhashable ones as a text that tells their contents."""
    return tuple(part if _hashable(part) else _told(part) for part in loop_values)


class _Told(str):
    """The contents of a value that can't be a key itself."""

    __slots__ = ()


def _told(value: object) -> _Told:
    contents = contents_of(value)
    # What pandas shows of a row takes it longer than most of what is done with a row.
    name = type(value).__name__
    return _Told(repr(value) if contents is None else f"{name} {[*contents.items()]}")


def _hashable(value: object) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True
