"""Path lines: each statement on the way from the raw frame to the answer, as the module has it."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Mapping
from typing import Any

from ..answer.answering import Answering
from ..answer.frames import Prepared
from ..answer.target import only_of_target
from ..refusal import Refusal, refuse
from ..rewriting.absent import shorten
from ..rewriting.context import Context
from ..rewriting.layout import Aligned, aligned, aligned_text
from ..rewriting.rewrite import Rewriting
from ..rewriting.sums import holds_sums
from ..text.assignments import wanted_alone
from ..text.names import bound, free_reads
from ..text.spans import Edit, span_of
from ..trace.program import Line, function_of, reads_tainted
from ..trace.records import Source
from ..trace.rules import SPLIT
from ..trace.texts import import_of, in_parentheses, is_spaced, segment, statement_text
from ..values.local import imported_modules, is_local, relocated
from .annotate import annotation_edits, method_edits
from .functions import FunctionText
from .path import PathLine, Place

__all__ = ["PathLines"]


class PathLines:
    """Writes statements of the path, each as one line of it.

    `functions` are the texts of the notebook's functions that are known so far.
    """

    def __init__(
        self,
        context: Context,
        functions: Mapping[str, FunctionText],
        answering: Answering,
        target: frozenset[Hashable],
    ) -> None:
        self.context = context
        self.program = context.program
        self.tracer = context.tracer
        self.refused = context.refused
        self.functions = functions
        self.answering = answering
        self.target = target

    def table(self, table: Source, line: Line) -> PathLine:
        """A table that statements with rows change: a copy of it for each request."""
        node = ast.copy_location(ast.Name(table.name, ast.Load()), line.node)
        value = Prepared(table.name, line.index + 1)
        name = self.context.freezer.keep(table.name.lower(), value, node, line.cell.number)
        text = f"{table.name} = frozen.{name}.copy()"
        bound_name = frozenset({table.name})
        return PathLine(line, "step", text, frozenset(), bound_name, {name: table.name})

    def answer(self, line: Line, made: frozenset[str]) -> PathLine:
        alone = wanted_alone(line.node, made)
        if alone:
            return self._assigned(line, alone, "answer")
        rewriter = Rewriting(self.context, line.cell.number, line.index, line.tainted)
        rewriter.statement_node(line.node, made or bound(line.node))
        return self._made(line, "answer", rewriter)

    def written(self, line: Line, writes: frozenset[str], needed: set[str]) -> PathLine | None:
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

    # -- any statement

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

    def _check_definition(self, line: Line, node: ast.FunctionDef | ast.ClassDef) -> None:
        last = self.answering.line.tainted
        behind = free_reads(node) & last
        if behind:
            raise _refused_definition(line, node.name, sorted(behind)[0])

    def _statement(self, line: Line, needed: set[str]) -> PathLine:
        rewriter = Rewriting(self.context, line.cell.number, line.index, line.tainted)
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
        return self._made(line, place, rewriter)._replace(selected=rewriter.selected)

    def _made(self, line: Line, place: Place, rewriter: Rewriting) -> PathLine:
        """A statement as it was rewritten, and what was refused of it."""
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
        kept = self.context.freezer.keep(name.lower(), value, node, line.cell.number)
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

    # -- several names at once

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
        rewriter = Rewriting(self.context, cell, line.index, line.tainted)
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
        rewriter = Rewriting(self.context, cell, line.index, line.tainted)
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


def _refused_definition(line: Line, name: str, behind: str) -> Refusal:
    return Refusal(
        line.cell.number,
        line.node.lineno,
        f"`{name}` reads {behind!r}, which was computed from the training rows",
        f"Pass {behind} to it as an argument.",
    )
