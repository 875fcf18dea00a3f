"""Walk back from the model's input to the raw frame, rewriting the statements that lie between."""

from __future__ import annotations

import ast
from collections.abc import Collection, Hashable, Mapping
from typing import NamedTuple

from cellmark_runtime.types.policies import Policies

from ..answer.answering import Answering
from ..answer.final import Final, edits_of_answers
from ..refusal import Refusal, in_order, refuse
from ..rewriting.context import Call, Context
from ..rewriting.rewrite import Rewriting
from ..text.names import bound, free_reads, reads
from ..text.spans import Span
from ..trace.frozen import Freezer
from ..trace.left_out import Fate
from ..trace.program import Line, Program, reads_tainted
from ..trace.records import Source
from ..trace.rules import CUT_FIX
from ..trace.texts import in_parentheses, segment
from ..trace.tracer import Tracer
from .functions import Calls, Functions
from .path import Path, PathLine, Unfinished
from .path_lines import PathLines
from .settle import settled

__all__ = ["find_path"]


def find_path(
    program: Program,
    tracer: Tracer,
    answering: Answering,
    freezer: Freezer,
    target: frozenset[Hashable],
    policies: Policies,
    final: Final | None = None,
    tables: Collection[Source] = (),
) -> Path | Unfinished:
    """Walk back from the final answer and the model's input to the raw frame, rewriting what lies
    between.

    Unfinished if a statement on the way has no meaning for a single row, or the way is unclear.
    """
    known: dict[str, set[Call]] = {}
    while True:
        freezer.values.clear()
        walk = _Walk(program, tracer, answering, freezer, target, policies, final, known, tables)
        path = walk.path()
        if all(calls <= known.get(name, set()) for name, calls in walk.calls.items()):
            return path
        # A function has one text for all its calls; now more of them are known.
        known = {name: calls | known.get(name, set()) for name, calls in walk.calls.items()}


class _Answer(NamedTuple):
    """What the module's `features` gives: its text, and what that needs."""

    text: str
    reads: frozenset[str]
    helpers: frozenset[str]
    selected: Mapping[Span, Fate]


class _Walk:
    def __init__(
        self,
        program: Program,
        tracer: Tracer,
        answering: Answering,
        freezer: Freezer,
        target: frozenset[Hashable],
        policies: Policies,
        final: Final | None,
        known: Calls,
        tables: Collection[Source],
    ) -> None:
        self.tables = tables
        self.program = program
        self.tracer = tracer
        self.answering = answering
        self.final = final
        raw = {str(name) for source in tracer.sources for name in source.frame.columns}
        functions = Functions(known)
        self.calls = functions.calls
        self.refused: list[Refusal] = []
        self._context = Context(
            program,
            tracer,
            freezer,
            {str(name) for name in target},
            raw,
            policies,
            functions.on_call,
            self.refused,
            edits_of_answers(program, tracer, answering, final, freezer) if final else {},
        )
        functions.context = self._context
        self.functions = functions.texts
        self._lines = PathLines(self._context, functions.texts, answering, target)
        self.sources: dict[tuple[int, str], Source] = {}
        self.found: list[PathLine] = []
        self.for_target: set[int] = set()
        self.passed: dict[int, str] = {}
        self.selected: dict[Span, Fate] = {}

    def path(self) -> Path | Unfinished:
        answer = self._answer()
        needed: set[str] = set()
        for line in reversed(self.program.lines):
            if self._is_answer(line):
                self._answered(line, needed)
            if line.index == self._asked.index:
                needed |= answer.reads | self._behind(answer.reads)
            elif line.index < self._asked.index or self._stays(line):
                writes = line.writes & needed
                if writes and not self._is_answer(line):
                    self._visited(line, writes, needed)
        if not self.sources and not self.refused:
            self.refused.append(self._no_source())
        lines = self._settled()
        reached = tuple(self.sources[place] for place in sorted(self.sources))
        if len(reached) != 1 or self.refused:
            dropped = frozenset(self.for_target)
            source = reached[0] if len(reached) == 1 else None
            return Unfinished(source, lines, dropped, in_order(self.refused), reached)
        return Path(
            reached[0],
            lines,
            answer.text,
            frozenset(answer.reads),
            frozenset(answer.helpers),
            frozenset(name for name, one in self.functions.items() if one.takes_frozen),
            frozenset(self.for_target),
            self.passed,
            {**self.selected, **answer.selected},
            self.final.name if self.final else None,
            self.final.inputs.names if self.final and self.final.inputs else (),
        )

    def _settled(self) -> tuple[PathLine, ...]:
        lines = tuple(self.found[::-1])
        try:
            return settled(lines)
        except Refusal as refusal:
            self.refused.append(refusal)
            return lines

    def _is_answer(self, line: Line) -> bool:
        return self.final is not None and line.index in self.final.lines

    def _stays(self, line: Line) -> bool:
        """Whether a statement after the model's call may be needed as it is: it follows no rows."""
        named = isinstance(line.node, ast.FunctionDef | ast.ClassDef)
        return named or not reads_tainted(line.node, line.tainted, self.program.functions)

    def _answered(self, line: Line, needed: set[str]) -> None:
        """A statement that makes the final answer: written where the module predicts."""
        made = self.final.made if self.final else frozenset()
        found = self._lines.answer(line, made)
        self.found.append(found)
        own_reads = found.reads
        lines = self.final.lines if self.final else ()
        made |= {name for each in lines for name in self.program.lines[each].writes}
        inputs = self.final.inputs.names if self.final and self.final.inputs else ()
        needed |= (own_reads | self._behind(own_reads)) - made - {*inputs, "features"}

    @property
    def _asked(self) -> Line:
        """The statement in which the model is asked, of several models the last one."""
        inputs = self.final.inputs if self.final else None
        return inputs.line if inputs else self.answering.line

    def _answer(self) -> _Answer:
        inputs = self.final.inputs if self.final else None
        if inputs is not None:
            return _Answer(", ".join(inputs.names), frozenset(inputs.names), frozenset(), {})
        line = self.answering.line
        # Where the model is asked, its input is the module's; here it is found.
        context = self._context._replace(given={})
        rewriter = Rewriting(context, line.cell.number, line.index, line.tainted)
        rewriter.expression(self.answering.argument)
        self.refused += rewriter.refused
        text = segment(
            self.program.texts[line.cell.number], self.answering.argument, rewriter.edits
        )
        return _Answer(
            in_parentheses(text),
            frozenset(rewriter.reads),
            frozenset(rewriter.helpers),
            rewriter.selected,
        )

    def _visited(self, line: Line, writes: frozenset[str], needed: set[str]) -> None:
        """Visit a statement; what leads to one that is refused is looked at all the same."""
        try:
            self._visit(line, writes, needed)
        except Refusal as refusal:
            self.refused.append(refusal)
            needed -= bound(line.node) if isinstance(line.node, ast.Assign) else set()
            needed |= reads(line.node) | self._behind(reads(line.node))

    def _visit(self, line: Line, writes: frozenset[str], needed: set[str]) -> None:
        tables = _sources_at(self.tables, line, writes)
        known = [table.name for table in tables]
        sources = [
            each
            for each in _sources_at(self.tracer.sources, line, writes)
            if each.name not in known
        ]
        if tables or sources:
            self.sources |= {(line.index, source.name): source for source in sources}
            self.found += [self._lines.table(table, line) for table in tables]
            needed -= {each.name for each in (*tables, *sources)}
            return
        found = self._lines.written(line, writes, needed)
        if found is None:
            self.for_target.add(line.index)
            return
        self._check_cuts(line, writes, found)
        self.selected |= found.selected
        if found.place == "gone":
            self.passed[line.index] = "; ".join(dict.fromkeys(found.notes))
            return
        self.found.append(found)
        if isinstance(line.node, ast.Assign | ast.AnnAssign) or found.place != "step":
            needed -= found.binds
        needed |= found.reads | self._behind(found.reads)

    def _check_cuts(self, line: Line, writes: frozenset[str], found: PathLine) -> None:
        cut = [name for name in sorted(writes) if name in line.run.cuts]
        if cut and not found.selected:
            kept, rows = line.run.cuts[cut[0]]
            reason = f"keeps {kept} of {rows} rows, and a scored batch never shrinks silently"
            raise refuse(line.node, line.cell.number, reason, CUT_FIX)

    def _behind(self, names: Collection[str]) -> set[str]:
        """What the notebook functions among `names` read of the module, as it is at the call."""
        found: set[str] = set()
        left = [name for name in names if name in self.program.functions]
        while left:
            name = left.pop()
            known = self.functions.get(name)
            direct = known.reads if known else free_reads(self.program.functions[name].node)
            left += [each for each in direct - found if each in self.program.functions]
            found |= direct
        return found

    def _no_source(self) -> Refusal:
        for each in self.program.lines:
            lazy = [name for name in bound(each.node) if _is_lazy(each.run.types.get(name))]
            if lazy and "data" in each.cell.roles:
                said = f"`{min(lazy)}` is a LazyFrame, which holds no rows"
                return refuse(each.node, each.cell.number, said, "Read it: `.collect()`.")
        line = self.answering.line
        return refuse(
            self.answering.argument,
            line.cell.number,
            "no frame from a data cell leads to it",
            "Tag the cell that reads the table, a DataFrame, `data`, and split rows with "
            "`train_test_split` (`shuffle=False` keeps their order).",
        )


def _sources_at(sources: Collection[Source], line: Line, writes: frozenset[str]) -> list[Source]:
    """Those of the sources that a line gives to names that it writes."""
    return [each for each in sources if each.statement == line.index and each.name in writes]


def _is_lazy(kind: type | None) -> bool:
    return kind is not None and kind.__name__ == "LazyFrame"
