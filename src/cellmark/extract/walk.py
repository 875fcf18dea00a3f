"""Walk back from the model's input to the raw frame, rewriting the statements that lie between."""

from __future__ import annotations

import ast
from collections.abc import Collection, Hashable, Mapping
from typing import Any, NamedTuple

from cellmark_runtime.types.policies import Policies

from .absent import shorten
from .annotate import annotation_edits, method_edits
from .assignments import wanted_alone
from .context import Call, Context
from .expressions import holds_sums
from .final import Final, edits_of_answers
from .frames import Prepared
from .frozen import Freezer
from .functions import Calls, Functions
from .layout import Aligned, aligned, aligned_text
from .left_out import Fate
from .local import imported_modules, is_local, relocated
from .model import Answering
from .names import bound, free_reads, reads
from .path import Path, PathLine, Place, Unfinished
from .program import Line, Program, function_of, reads_tainted
from .records import Source
from .refusal import Refusal, in_order, refuse
from .rewrite import Rewriting
from .rules import CUT_FIX, SPLIT
from .settle import settled
from .spans import Edit, Span, span_of
from .target import only_of_target
from .texts import import_of, in_parentheses, is_spaced, segment, statement_text
from .tracer import Tracer

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
        self.target = target
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
        found = self._answer_line(line, made)
        self.found.append(found)
        own_reads = found.reads
        lines = self.final.lines if self.final else ()
        made |= {name for each in lines for name in self.program.lines[each].writes}
        inputs = self.final.inputs.names if self.final and self.final.inputs else ()
        needed |= (own_reads | self._behind(own_reads)) - made - {*inputs, "features"}

    def _answer_line(self, line: Line, made: frozenset[str]) -> PathLine:
        alone = wanted_alone(line.node, made)
        if alone:
            return self._assigned(line, alone, "answer")
        rewriter = Rewriting(self._context, line.cell.number, line.index, line.tainted)
        rewriter.statement_node(line.node, made or bound(line.node))
        self.refused += rewriter.refused
        return PathLine(
            line,
            "answer",
            statement_text(self.program, line, rewriter.edits),
            frozenset(rewriter.reads),
            bound(line.node),
            rewriter.frozen,
            tuple(rewriter.notes),
            frozenset(rewriter.helpers),
            is_spaced(self.program.texts[line.cell.number], line.node),
        )

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
            self.found += [self._table_line(table, line) for table in tables]
            needed -= {each.name for each in (*tables, *sources)}
            return
        found = self._path_line(line, writes, needed)
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

    def _table_line(self, table: Source, line: Line) -> PathLine:
        """A table that statements with rows change: a copy of it for each request."""
        node = ast.copy_location(ast.Name(table.name, ast.Load()), line.node)
        value = Prepared(table.name, line.index + 1)
        name = self._context.freezer.keep(table.name.lower(), value, node, line.cell.number)
        text = f"{table.name} = frozen.{name}.copy()"
        bound_name = frozenset({table.name})
        return PathLine(line, "step", text, frozenset(), bound_name, {name: table.name})

    def _path_line(self, line: Line, writes: frozenset[str], needed: set[str]) -> PathLine | None:
        node = line.node
        self._check_hidden(line, needed)
        if isinstance(node, ast.Import | ast.ImportFrom):
            return _import_line(line, import_of(node, writes))
        made = function_of(node)
        function = self.functions.get(made.name) if made else None
        if function and (function.takes_frozen or isinstance(node, ast.FunctionDef)):
            return PathLine(
                line,
                "definition",
                function.text,
                function.reads,
                bound(node),
                function.frozen,
                function.notes,
                function.helpers,
                selected=function.selected,
            )
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            self._check_definition(line, node)
            text = statement_text(self.program, line, self._annotations(line, node))
            return PathLine(line, "definition", text, free_reads(node), bound(node))
        if only_of_target(line, writes & frozenset(line.run.changed), self.target) and not (
            bound(node) & needed
        ):
            return None
        if self._is_split(node):
            return self._split(line, needed)
        part = aligned(node, needed)
        if part is not None and (found := self._aligned(line, part)) is not None:
            return found
        alone = wanted_alone(node, needed)
        tainted = reads_tainted(node, line.tainted, self.program.functions)
        if alone and tainted and not line.run.changed:
            return self._assigned(line, alone, "step")
        return self._statement(line, needed)

    def _annotations(self, line: Line, node: ast.FunctionDef | ast.ClassDef) -> list[Edit]:
        text = self.program.texts[line.cell.number]
        if isinstance(node, ast.ClassDef):
            return method_edits(node, text)
        return annotation_edits(node, self.tracer, text)

    def _check_hidden(self, line: Line, needed: set[str]) -> None:
        """Names that come about unseen can't be followed, and would be shared by requests."""
        hidden = sorted(line.hidden & needed)
        if hidden and isinstance(line.node, ast.ImportFrom):
            module, names = line.node.module, ", ".join(hidden)
            fix = f"Import by name: `from {module} import {names}`."
            raise refuse(line.node, line.cell.number, f"hides where {names} come from", fix)
        if hidden:
            raise refuse(
                line.node,
                line.cell.number,
                f"gives {hidden[0]!r} a value without naming it",
                f"Assign it in the cell: `{hidden[0]} = ...`.",
            )

    def _statement(self, line: Line, needed: set[str]) -> PathLine:
        rewriter = Rewriting(self._context, line.cell.number, line.index, line.tainted)
        place: Place
        tainted = reads_tainted(line.node, line.tainted, self.program.functions)
        if tainted or holds_sums(rewriter, line.node):
            rewriter.statement_node(line.node, needed)
            place = "gone" if rewriter.gone else "step"
        else:
            # Module-level code runs when the service starts: it must not read, draw or look up.
            try:
                if not _shortened(rewriter, line.node):
                    rewriter.as_written(line.node)
            except Refusal:
                read = self._read_once(line)
                if read is None:
                    raise
                return read
            place = "constant"
        self.refused += rewriter.refused
        return PathLine(
            line,
            place,
            statement_text(self.program, line, rewriter.edits),
            frozenset(rewriter.reads),
            bound(line.node),
            rewriter.frozen,
            tuple(rewriter.notes),
            frozenset(rewriter.helpers),
            is_spaced(self.program.texts[line.cell.number], line.node),
            selected=rewriter.selected,
        )

    def _read_once(self, line: Line) -> PathLine | None:
        """A plain value that a data cell read, a dict from a JSON file say: kept as it was read."""
        names = sorted(bound(line.node) & self._plain_values(line).keys())
        later = self.program.lines[line.index + 1 : self.answering.line.index]
        changed = any(names[:1] and names[0] in each.writes for each in later)
        if "data" not in line.cell.roles or len(names) != 1 or changed:
            return None
        name, value = names[0], self._plain_values(line)[names[0]]
        node = ast.copy_location(ast.Name(name, ast.Load()), line.node)
        kept = self._context.freezer.keep(name.lower(), value, node, line.cell.number)
        text = f"{name} = frozen.{kept}"
        return PathLine(line, "step", text, frozenset(), frozenset({name}), {kept: name})

    def _plain_values(self, line: Line) -> dict[str, Any]:
        """What the plain assignments in a statement gave their names, where it was kept."""
        found = {}
        for part in ast.walk(line.node):
            match part:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    span = span_of(value, line.cell.number)
                    events = self.tracer.events.get(span, [])
                    here = [each for each in events if each.statement == line.index]
                    if len(here) == 1 and here[0].kind == "aggregate":
                        found[name] = here[0].value
        return found

    def _check_definition(self, line: Line, node: ast.FunctionDef | ast.ClassDef) -> None:
        last = self.answering.line.tainted
        behind = free_reads(node) & last
        if behind:
            raise refuse_definition(line, node.name, sorted(behind)[0])

    # -- row selections

    def _is_split(self, node: ast.stmt) -> bool:
        return (
            isinstance(node, ast.Assign)
            and isinstance(node.value, ast.Call)
            and any(
                callee == SPLIT and self.program.nodes.get(span) is node.value
                for span, callee in self.tracer.callees.items()
            )
        )

    def _split(self, line: Line, needed: set[str]) -> PathLine:
        """`train_test_split` selects rows; scoring passes all of them."""
        node = line.node
        assert isinstance(node, ast.Assign)
        assert isinstance(node.value, ast.Call)
        target, arrays = node.targets[0], node.value.args
        if not isinstance(target, ast.Tuple | ast.List):
            raise refuse(node, line.cell.number, "its parts have no names", "Assign them to names.")
        wanted = {
            part.id: arrays[at // 2]
            for at, part in enumerate(target.elts)
            if isinstance(part, ast.Name) and part.id in needed and at // 2 < len(arrays)
        }
        note = "train_test_split selects rows to train on; scoring takes every row"
        return self._assigned(line, wanted, "split", (note,))

    def _assigned(
        self,
        line: Line,
        wanted: Mapping[str, ast.expr],
        place: Place,
        notes: tuple[str, ...] = (),
    ) -> PathLine:
        """One assignment for each of several names that a statement assigns."""
        cell = line.cell.number
        rewriter = Rewriting(self._context, cell, line.index, line.tainted)
        texts = []
        for name, value in wanted.items():
            rewriter.whole, rewriter.replaces, rewriter.gone = value, name, False
            rewriter.expression(value)
            if rewriter.gone:
                continue
            written = segment(self.program.texts[cell], value, rewriter.edits)
            texts.append(f"{name} = {in_parentheses(written)}")
        self.refused += rewriter.refused
        return PathLine(
            line,
            place if texts else "gone",
            "\n".join(texts),
            frozenset(rewriter.reads),
            frozenset(wanted),
            rewriter.frozen,
            (*notes, *rewriter.notes),
            frozenset(rewriter.helpers),
            selected=rewriter.selected,
        )

    def _aligned(self, line: Line, part: Aligned) -> PathLine | None:
        """The needed part of `a, b = a.align(b, axis=1)`, with its columns frozen."""
        cell = line.cell.number
        rewriter = Rewriting(self._context, cell, line.index, line.tainted)
        rewriter.expression(part.frame)
        written = segment(self.program.texts[cell], part.frame, rewriter.edits)
        text = aligned_text(rewriter, part, written)
        if text is None:
            return None
        self.refused += rewriter.refused
        return PathLine(
            line,
            "step",
            f"{part.name} = {text}",
            frozenset(rewriter.reads),
            frozenset({part.name}),
            rewriter.frozen,
            tuple(rewriter.notes),
            frozenset(rewriter.helpers),
            selected=rewriter.selected,
        )

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


def _import_line(line: Line, kept: ast.Import | ast.ImportFrom) -> PathLine:
    """An import, of local modules from where the bundle has them."""
    text = "\n".join(relocated(kept, ".local"))
    local = frozenset(name for name in imported_modules(kept) if is_local(name))
    return PathLine(line, "import", text, frozenset(), bound(kept), local=local)


def _shortened(rewriter: Rewriting, node: ast.stmt) -> bool:
    """A list of columns with a name: a request has no target among them."""
    match node:
        case ast.Assign(targets=[ast.Name()], value=value):
            return shorten(rewriter, value)
    return False


def _is_lazy(kind: type | None) -> bool:
    return kind is not None and kind.__name__ == "LazyFrame"


def refuse_definition(line: Line, name: str, behind: str) -> Refusal:
    return Refusal(
        line.cell.number,
        line.node.lineno,
        f"`{name}` reads {behind!r}, which was computed from the training rows",
        f"Pass {behind} to it as an argument.",
    )
