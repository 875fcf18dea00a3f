"""Rewriting: one statement of the author's, with what its training rows gave frozen in place."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence

import pandas as pd

from ..refusal import Refusal
from ..text.liveness import live
from ..text.names import about_columns_only, bound, chain_root, is_display, is_full, reads
from ..text.spans import span_of
from ..trace.program import reads_tainted
from ..trace.records import Event
from ..trace.sites import parameters_of, telling
from ..trace.texts import DELETED
from ..values.kinds import length_of
from .absent import shorten, without_target
from .calls import rewrite_by_rule, rewrite_call
from .columns import by_name, names_a_position, without
from .layout import columns_name, of_other_rows
from .loops import goes_over_rows, is_count, without_tables
from .rewriter import Rewriter
from .selecting import rewrite_selection, selection_at
from .sums import freeze_sum, holds_sums
from .turns import rewrite_turns, turns_of
from .untouched import is_given, leave_as_written

__all__ = ["Rewriting"]

_OPAQUE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr)

_ALWAYS_BINDING = (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom)


class Rewriting(Rewriter):
    """Collects the edits of one statement or function body, statement by statement."""

    def body(self, statements: Sequence[ast.stmt], wanted: Collection[str]) -> bool:
        done: list[tuple[ast.stmt, Rewriting]] = []
        for statement in statements:
            part = self._part()
            part.statement_node(statement, wanted)
            done.append((statement, part))
        left = [pair for pair in done if not is_display(pair[0]) and not pair[1].gone]
        kept = live(left, wanted)
        before: set[str] = set(self.loops)
        for statement, part in done:
            if (statement, part) in kept:
                part.reads -= before
                before |= bound(statement) if isinstance(statement, _ALWAYS_BINDING) else set()
                self._absorb(part)
            else:
                self._absorb_passed(part)
                empty = statement is done[-1][0] and not kept
                place = span_of(statement, self.cell)
                self.replace(place, "pass" if empty else DELETED)
        return bool(kept)

    def statement_node(self, node: ast.stmt, wanted: Collection[str] = ()) -> None:
        """Rewrite one statement of any kind; `wanted` are names that are read after it."""
        match node:
            case ast.Assign(targets=targets):
                self._store(targets, node.value)
            case ast.AnnAssign(target=target, value=value):
                self._store([target], value)
            case ast.AugAssign(target=target, value=value):
                self._store([target], value)
                self.reads |= _roots([target])
            case ast.Delete(targets=targets):
                self._store(targets, None)
                self.reads |= _roots(targets)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=ast.Name(id=name))) as value):
                self.whole, self.replaces = value, name
                self.expression(value)
            case ast.For():
                self._loop(node, wanted)
            case ast.If(test=test, body=body, orelse=orelse):
                self.expression(test)
                self._blocks([body, orelse], wanted)
            case _:
                self._children(node)

    def _store(self, targets: Sequence[ast.expr], value: ast.expr | None) -> None:
        # `df.loc[mask, "x"] = df.loc[mask, "y"]` goes by labels: right for one row as it stands.
        parts = ast.Subscript | ast.Attribute
        self.keeps_filters = any(isinstance(each, parts) for each in targets)
        for target in targets:
            self._target(target)
        if value is not None:
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            self.whole, self.replaces = value, names[0] if len(names) == len(targets) == 1 else ""
            if not (names and shorten(self, value)):
                self.expression(value)
        self.keeps_filters = False

    def _loop(self, node: ast.For, wanted: Collection[str]) -> None:
        if (turns := turns_of(self, node)) is not None:
            self.gone = not rewrite_turns(self, node, wanted, turns)
            return
        names = [part.id for part in ast.walk(node.target) if isinstance(part, ast.Name)]
        over_rows = goes_over_rows(
            node, self.cell, self.statements, len(self.loops), self.context.tracer
        )
        # `range(len(frame))` counts the rows of each request.
        self.keeps_counts = over_rows
        outer = self.over_columns
        if shorten(self, node.iter):
            self.over_columns |= {len(self.loops)}
        else:
            self.over_columns |= self._depth_of_columns(node.iter)
            self.expression(node.iter)
        self.keeps_counts = False
        outside = self.row_names
        self.row_names |= frozenset(names) if over_rows else frozenset()
        self.loops.extend(names)
        left = self.body(node.body, wanted)
        self.gone = not left and bool(self.selected) and not node.orelse
        del self.loops[len(self.loops) - len(names) :]
        self.row_names, self.over_columns = outside, outer
        self._blocks([node.orelse], wanted)

    def _depth_of_columns(self, node: ast.expr) -> frozenset[int]:
        """The depth of a loop over names of columns, the target's among them, else nothing."""
        events = self.events(node)
        left = without_target(self, events)
        shorter = any(one.value is not other.value for one, other in zip(events, left, strict=True))
        return frozenset({len(self.loops)} if shorter else ())

    def _blocks(self, blocks: Sequence[list[ast.stmt]], wanted: Collection[str]) -> None:
        left = [self.body(block, wanted) for block in blocks if block]
        self.gone = self.gone or (bool(self.selected) and bool(left) and not any(left))

    def _children(self, node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                self.expression(child)
            elif isinstance(child, ast.stmt):
                self.statement_node(child)
            else:
                self._children(child)

    def _target(self, target: ast.expr) -> None:
        match target:
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for element in elements:
                    self._target(element)
            case ast.Subscript(value=owner, slice=part):
                self._owner(owner)
                self.expression(part)
            case ast.Attribute(value=owner):
                self._owner(owner)
            case ast.Starred(value=inner):
                self._target(inner)

    def _owner(self, owner: ast.expr) -> None:
        """The object that a store changes: never frozen, always needed."""
        match owner:
            case ast.Name(id=name):
                self.reads.add(name)
            case ast.Attribute(value=inner):
                self._owner(inner)
            case ast.Subscript(value=inner, slice=part):
                self._owner(inner)
                self.expression(part)
            case _:
                self.expression(owner)

    # -- expressions

    def expression(self, node: ast.expr) -> None:
        done = len(self.edits)
        try:
            self._expression(node)
        except Refusal as refusal:
            self.refused.append(refusal)
            self.reads |= reads(node)
            del self.edits[done:]

    def _expression(self, node: ast.expr) -> None:
        if isinstance(node, ast.Constant) or is_given(self, node) or freeze_sum(self, node):
            return
        if isinstance(node, ast.Lambda) and self.works_on_rows(node):
            self._lambda(node)
            return
        if not reads_tainted(node, self.tainted, self.context.program.functions):
            self._without_rows(node)
            return
        events = self.events(node)
        kinds = {event.kind for event in events}
        if self._selection(node, kinds):
            return
        if isinstance(node, ast.Call) and rewrite_by_rule(self, node):
            return
        gives_nothing = all(event.value is None for event in events) and isinstance(node, ast.Call)
        frozen = kinds in ({"aggregate"}, {"estimator"}) and not gives_nothing
        at_position = names_a_position(node)
        elsewhere = of_other_rows(self, node, events)
        about_rows = at_position or elsewhere or not about_columns_only(node, self.tainted)
        if frozen and about_rows and not self._tells(node) and self.may_freeze(node, events):
            by_name = at_position or elsewhere
            name = columns_name(node) if elsewhere else ""
            self._freeze(node, self._without_target_names(events) if by_name else events, name)
            return
        self._in_parts(node, events)

    def may_freeze(self, node: ast.expr, events: Sequence[Event]) -> bool:
        """Whether the value of a row-free expression may stand for it in every request."""
        follows_row = reads(node) & self.row_names
        if self.keeps_counts or follows_row or span_of(node, self.cell) in self.context.tracer.full:
            return False
        if self.keeps_filters and self._of_selected(node, events):
            return False
        # `np.zeros(len(frame))` makes as many as the request has rows.
        counts = self.context.tracer.row_counts
        return not (self.makes_rows and all(is_count(event.value, counts) for event in events))

    def _of_selected(self, node: ast.expr, events: Sequence[Event]) -> bool:
        """Whether the value is rows that a filter within `node` selected."""
        rows = any(length_of(event.value) is not None for event in events)
        parts = (part for part in ast.walk(node) if isinstance(part, ast.expr))
        return rows and any(selection_at(self, part) for part in parts)

    def _tells(self, node: ast.expr) -> bool:
        """Whether it is the variable of a loop, which has its values here as in the notebook."""
        return isinstance(node, ast.Name) and node.id in self.loops

    def _freeze(self, node: ast.expr, events: Sequence[Event], name: str = "") -> None:
        text = self.frozen_text(node, without_target(self, events), name)
        self.replace(span_of(node, self.cell), text)

    def _in_parts(self, node: ast.expr, events: Sequence[Event]) -> None:
        line = self.context.program.lines[self.statement]
        if (left := without_tables(node, line, self.context.program)) is not None:
            self.replace(span_of(node, self.cell), ast.unparse(left))
            self.notes.append("the rows of one frame alone, as requests bring them")
            self.reads |= reads(left)
            return
        match node:
            case ast.Call():
                rewrite_call(self, node)
            case ast.Name():
                self.reads.add(node.id)
            case ast.Subscript() if self._without_target(node) or by_name(self, node, events):
                pass
            case _ if isinstance(node, _OPAQUE):
                self.as_written(node)
            case _:
                self._children(node)

    def works_on_rows(self, node: ast.Lambda) -> bool:
        parts = (part for part in ast.walk(node.body) if isinstance(part, ast.expr))
        return any(self.events(part) for part in parts)

    def _lambda(self, node: ast.Lambda) -> None:
        """A lambda that was given rows: what it computes of all of them is frozen."""
        names = parameters_of(node.args)
        part = self._part()
        part.tainted |= frozenset(names)
        part.telling = (*telling(node.args, []), *self.telling)
        part.expression(node.body)
        part.reads -= {*names}
        self._absorb(part)

    def _without_rows(self, node: ast.expr) -> None:
        """An expression that names nothing of the rows; one of polars' may yet sum them up."""
        if holds_sums(self, node) and not isinstance(node, _OPAQUE):
            self._children(node)
        else:
            self.as_written(node)

    def _without_target(self, node: ast.Subscript) -> bool:
        """`frame[["age", "bought"]]` -> `frame[["age"]]`: a request brings no target."""
        columns = node.slice
        if isinstance(columns, ast.Tuple) and columns.elts and is_full(columns.elts[0]):
            columns = columns.elts[-1]
        if not isinstance(columns, ast.List):
            return False
        absent = [part for part in columns.elts if self._names_target(part)]
        left = [part for part in columns.elts if part not in absent]
        if not absent or not left:
            return False
        self.replace(span_of(columns, self.cell), ast.unparse(ast.List(left)))
        self.notes.append(f"a request does not hold {', '.join(map(ast.unparse, absent))}")
        for part in [node.value, *left]:
            self.expression(part)
        return True

    def _without_target_names(self, events: Sequence[Event]) -> list[Event]:
        return [
            event._replace(value=without(self.context.target, event.value))
            if isinstance(event.value, pd.Index)
            else event
            for event in events
        ]

    def _names_target(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Constant) and str(node.value) in self.context.target

    def _selection(self, node: ast.expr, kinds: Collection[str]) -> bool:
        """Rewrite what selects rows, or their labels; False for all else."""
        sort = "" if self.keeps_filters else selection_at(self, node)
        if sort:
            rewrite_selection(self, node, sort)
            return True
        if "filtered" not in kinds or isinstance(node, ast.Name):
            return False
        outer, self.keeps_filters = self.keeps_filters, True
        self._children(node)
        self.keeps_filters = outer
        return True

    def condition(self, node: ast.expr) -> None:
        outer, self.keeps_filters = self.keeps_filters, True
        self.expression(node)
        self.keeps_filters = outer

    def as_written(self, node: ast.AST) -> None:
        leave_as_written(self, node)

    # -- parts

    def _part(self) -> Rewriting:
        part = Rewriting(self.context, self.cell, self.statement, self.tainted)
        part.loops = self.loops
        part.over_columns = self.over_columns
        part.turns = self.turns
        part.statements = self.statements
        part.telling = self.telling
        part.by_row = self.by_row
        part.row_names = self.row_names
        return part

    def _absorb(self, part: Rewriting) -> None:
        self.edits += part.edits
        self.reads |= part.reads
        self.frozen |= part.frozen
        self.helpers |= part.helpers
        self.notes += part.notes
        self.refused += part.refused
        self.selected |= part.selected
        self.passes_frozen = self.passes_frozen or part.passes_frozen

    def _absorb_passed(self, part: Rewriting) -> None:
        """Of a statement that is left out only what a person should know of it."""
        if part.gone:
            self.notes += part.notes
            self.selected |= part.selected


def _roots(targets: Sequence[ast.expr]) -> set[str]:
    return {root for root in map(chain_root, targets) if root}
