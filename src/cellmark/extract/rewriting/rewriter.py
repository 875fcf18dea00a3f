"""Rewriter: what the rules know of the text that they rewrite, and the doors that they go on by.

How a whole statement is rewritten, and by which rules, is in rewrite.py; so a rule needs to know
nothing of the others.
"""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Collection, Sequence

from ..refusal import Refusal
from ..text.spans import Edit, Span, span_of
from ..trace.left_out import Fate
from ..trace.records import Event, told_apart
from ..trace.sites import Turns, keyed, of_group
from .context import Context

__all__ = ["Rewriter"]


class Rewriter(ABC):
    """Collects the edits of one statement or function body, and the names its new text reads.

    `frozen` holds the names of frozen values used, `helpers` the runtime functions, `notes` what
    was done other than freezing. `row_names` are variables of loops over single rows, where even
    what was the same for every training row follows the row. `statements` are the top-level ones
    during which the text ran, `telling` the texts that tell one run from another. `refused` is
    what can't be packaged. `selected` holds the expressions that selected rows, and what scoring
    does with those left out; `gone` says that nothing of the statement is left; `whole` is the
    value that the statement gives to `replaces`.
    """

    def __init__(
        self, context: Context, cell: int, statement: int, tainted: frozenset[str]
    ) -> None:
        self.context = context
        self.cell = cell
        self.statement = statement
        self.statements = frozenset([statement])
        self.telling: tuple[str, ...] = ()
        self.by_row = False
        self.tainted = tainted
        self.loops: list[str] = []
        self.over_columns: frozenset[int] = frozenset()
        self.turns: Turns | None = None
        self.row_names: frozenset[str] = frozenset()
        self.keeps_counts = False
        self.makes_rows = False
        self.keeps_filters = False
        self.selected: dict[Span, Fate] = {}
        self.gone = False
        self.whole: ast.expr | None = None
        self.replaces = ""
        self.edits: list[Edit] = []
        self.reads: set[str] = set()
        self.frozen: dict[str, str] = {}
        self.helpers: set[str] = set()
        self.notes: list[str] = []
        self.passes_frozen = False
        self.refused: list[Refusal] = []

    # -- what the trace says

    def callee(self, node: ast.Call) -> str:
        return self.context.tracer.callees.get(span_of(node, self.cell), "")

    def events(self, node: ast.expr) -> list[Event]:
        tracer = self.context.tracer
        known = tracer.events.get(span_of(node, self.cell), [])
        events = [
            told_apart(event, tracer.row_counts)
            for event in known
            if event.statement in self.statements
        ]
        events = self._turns_left(self.told(events)) if self.over_columns else self.told(events)
        if events or not self.by_row or not isinstance(node, ast.Name):
            return events
        pairs = [(at, node.id) for at in sorted(self.statements)]
        return [tracer.closures[pair] for pair in pairs if pair in tracer.closures]

    def _turns_left(self, events: Sequence[Event]) -> list[Event]:
        """The events but for those of turns in which a loop over columns had the target."""
        left = [
            event
            for event in events
            if not any(
                len(event.key) > at and str(event.key[at]) in self.context.target
                for at in self.over_columns
            )
        ]
        return left or [*events]

    def told(self, events: Sequence[Event]) -> list[Event]:
        """`events` by the turns of the loop around them, where these are counted."""
        return [self.turns.told(each) if self.turns is not None else each for each in events]

    # -- frozen values and edits

    def frozen_text(self, node: ast.expr, events: Sequence[Event], name: str = "") -> str:
        variables, told = keyed(events, self.loops, self.telling)
        text = self.context.freezer.freeze(
            node, self.cell, told, variables, name, of_group=of_group(events)
        )
        kept = text.removeprefix("frozen.").partition("[")[0].partition(".")[0]
        self.frozen[kept] = ast.unparse(node)
        if "[" in text:
            self.reads |= {loop for loop in self.loops if loop in text.partition("[")[2]}
        return text

    def insert_argument(self, node: ast.Call, text: str) -> None:
        parts = [*node.args, *(each.value for each in node.keywords)]
        if parts:
            last = max(parts, key=lambda part: span_of(part, self.cell)[3:])
            end = span_of(last, self.cell)[3:]
        else:
            span = span_of(node, self.cell)
            end = (span.end_line, span.end_column - 1)
        self.edits.append(Edit(end, end, text))

    def replace(self, place: Span, text: str) -> None:
        start, end = (place.line, place.column), (place.end_line, place.end_column)
        self.edits.append(Edit(start, end, text))

    # -- doors to the whole rewriting

    @abstractmethod
    def body(self, statements: Sequence[ast.stmt], wanted: Collection[str]) -> bool:
        """Rewrite nested statements, leaving out displays and what nothing reads any more.

        Returns whether anything is left.
        """

    @abstractmethod
    def expression(self, node: ast.expr) -> None:
        """Freeze `node` if it is row-free, else look into its parts; note what is refused."""

    @abstractmethod
    def condition(self, node: ast.expr) -> None:
        """Rewrite the condition of a row filter."""

    @abstractmethod
    def as_written(self, node: ast.AST) -> None:
        """Leave `node` as it is; it may not read, draw or look at the clock."""

    @abstractmethod
    def works_on_rows(self, node: ast.Lambda) -> bool:
        """Whether a lambda was given rows, so that its parts are known."""
