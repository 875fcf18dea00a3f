"""Value: what is known of an expression without running it. All that is not known is left empty."""

from __future__ import annotations

import ast
from typing import NamedTuple

from .code import CodeCell
from .pandas_calls import LEARNERS

__all__ = ["UNKNOWN", "Ask", "Fit", "Learning", "Part", "Rows", "Split", "Value"]

# all: every row of its table; train, test, validation: one side of a split; some: others
Part = str


class Rows(NamedTuple):
    """Which rows: of which table (by the node that made it), and which part of it."""

    table: int
    part: Part = "all"


class Learning(NamedTuple):
    """Something that was worked out from all rows of a table: a fit, or a statistic."""

    cell: CodeCell
    node: ast.AST
    said: str
    fits: bool


class Value(NamedTuple):
    """`kind` is frame, series, array, index, groupby, statistic, list, dict, set, text, or the full
    name of the class of an estimator.

    A frame has exactly the columns `has`, or all of its table's but `lacks`; None: not known.
    `reads` are the columns that a series comes from, `learnt` what it owes to all rows.
    `fitted` are the rows that an estimator was fitted on, `parts` the names of the classes that it
    is made of. `items` are a display's values, `texts` the texts that it consists of.
    """

    kind: str = ""
    rows: Rows | None = None
    has: frozenset[str] | None = None
    lacks: frozenset[str] | None = None
    reads: frozenset[str] = frozenset()
    learnt: frozenset[Learning] = frozenset()
    fitted: Rows | None = None
    parts: frozenset[str] = frozenset()
    items: tuple[Value, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def learns(self) -> bool:
        """Whether fitting this takes statistics that its output hangs on."""
        return bool(self.parts & LEARNERS)

    def holds(self, column: str) -> bool:
        """Whether the column is certainly among the columns of this frame."""
        if self.has is not None:
            return column in self.has
        return self.lacks is not None and column not in self.lacks

    def of_unknown_columns(self) -> Value:
        return self._replace(has=None, lacks=None)


UNKNOWN = Value()


class Split(NamedTuple):
    """Rows dealt to training and test: the call or slice, and what was taken apart."""

    cell: CodeCell
    node: ast.AST
    said: str
    given: tuple[Value, ...]


class Fit(NamedTuple):
    """A call of fit, fit_transform, ... with what it was given; `named` are keyword arguments."""

    cell: CodeCell
    node: ast.Call
    estimator: Value
    given: tuple[Value, ...]
    named: dict[str, Value]


class Ask(NamedTuple):
    """A fitted estimator is asked about rows: predict, score, transform."""

    cell: CodeCell
    node: ast.Call
    estimator: Value
    given: tuple[Value, ...]
