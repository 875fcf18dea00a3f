"""Rewriter: one statement of the author's, with what its training rows gave frozen in place."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from .frozen import Freezer
from .names import bound, chain_root, is_display, reads
from .program import Program, local_taint, reads_tainted
from .refusal import refuse
from .rules import DUMMIES, TRANSFORM_FOR, not_rowwise
from .spans import Edit, Span, span_of
from .tracer import Event, Tracer

__all__ = ["Call", "Context", "Rewriter"]

_OPAQUE = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.JoinedStr)


_ALWAYS_BINDING = (ast.Assign, ast.AnnAssign, ast.Import, ast.ImportFrom)


class Context(NamedTuple):
    """What every rewriting of one notebook shares.

    `on_call` is told of each call of a notebook function with rows, and says whether that
    function's own text reads frozen values.
    """

    program: Program
    tracer: Tracer
    freezer: Freezer
    target: Collection[str]
    raw_columns: Collection[str]
    on_call: Callable[[Call], bool]


class Call(NamedTuple):
    """A call of a notebook function on the scoring path; `tainted` are its tainted parameters."""

    name: str
    statement: int
    tainted: frozenset[str]


class Rewriter:
    """Collects the edits of one statement or function body, and the names its new text reads.

    `frozen` holds the names of frozen values used, `helpers` the runtime functions, `notes` what
    was done other than freezing.
    """

    def __init__(
        self, context: Context, cell: int, statement: int, tainted: frozenset[str]
    ) -> None:
        self.context = context
        self.cell = cell
        self.statement = statement
        self.tainted = tainted
        self.loops: list[str] = []
        self.edits: list[Edit] = []
        self.reads: set[str] = set()
        self.frozen: dict[str, str] = {}
        self.helpers: set[str] = set()
        self.notes: list[str] = []
        self.passes_frozen = False

    # -- statements

    def body(self, statements: Sequence[ast.stmt], wanted: Collection[str]) -> None:
        """Rewrite nested statements, leaving out displays and what nothing reads any more."""
        done: list[tuple[ast.stmt, Rewriter]] = []
        for statement in statements:
            part = self._part()
            part.statement_node(statement, wanted)
            done.append((statement, part))
        kept = _live([pair for pair in done if not is_display(pair[0])], wanted)
        before: set[str] = set(self.loops)
        for statement, part in done:
            if (statement, part) in kept:
                part.reads -= before
                before |= bound(statement) if isinstance(statement, _ALWAYS_BINDING) else set()
                self._absorb(part)
            else:
                empty = statement is done[-1][0] and not kept
                place = span_of(statement, self.cell)
                self._replace(place, "pass" if empty else DELETED)

    def statement_node(self, node: ast.stmt, wanted: Collection[str] = ()) -> None:
        """Rewrite one statement of any kind."""
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._target(target)
                self.expression(value)
            case ast.AugAssign(target=target, value=value):
                self._target(target)
                self.reads |= {root for root in [chain_root(target)] if root}
                self.expression(value)
            case ast.AnnAssign(target=target, value=value):
                self._target(target)
                if value is not None:
                    self.expression(value)
            case ast.Expr(value=value):
                self.expression(value)
            case ast.For(target=target, iter=iterated, body=body, orelse=orelse):
                self.expression(iterated)
                names = [part.id for part in ast.walk(target) if isinstance(part, ast.Name)]
                self.loops.extend(names)
                self.body(body, wanted)
                del self.loops[len(self.loops) - len(names) :]
                if orelse:
                    self.body(orelse, wanted)
            case ast.If(test=test, body=body, orelse=orelse):
                self.expression(test)
                self.body(body, wanted)
                if orelse:
                    self.body(orelse, wanted)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._target(target)
                    self.reads |= {root for root in [chain_root(target)] if root}
            case ast.Return(value=value) if value is not None:
                self.expression(value)
            case _:
                self._children(node)

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
        """Freeze `node` if it is row-free, else look into its parts."""
        if isinstance(node, ast.Constant):
            return
        if not reads_tainted(node, self.tainted, self.context.program.functions):
            self._as_written(node)
            return
        events = self._events(node)
        kinds = {event.kind for event in events}
        if "filtered" in kinds:
            raise refuse(
                node,
                self.cell,
                "leaves out rows, and a scored batch never shrinks silently",
                "Fill missing values instead, or select training rows in the train cell, after "
                "the features are built.",
            )
        if isinstance(node, ast.Call) and self._by_rule(node):
            return
        if kinds in ({"aggregate"}, {"estimator"}) and not _about_columns_only(node, self.tainted):
            self._freeze(node, events)
            return
        if isinstance(node, _OPAQUE):
            self._as_written(node)
            return
        if isinstance(node, ast.Call):
            self._call(node, rows="rows" in kinds)
            return
        if isinstance(node, ast.Name):
            self.reads.add(node.id)
            return
        self._children(node)

    def _as_written(self, node: ast.AST) -> None:
        self.reads |= reads(node)

    def _events(self, node: ast.expr) -> list[Event]:
        known = self.context.tracer.events.get(span_of(node, self.cell), [])
        return [event for event in known if event.statement == self.statement]

    def _freeze(self, node: ast.expr, events: Sequence[Event], name: str = "") -> None:
        self._replace(span_of(node, self.cell), self._frozen_text(node, events, name))

    def _frozen_text(self, node: ast.expr, events: Sequence[Event], name: str = "") -> str:
        text = self.context.freezer.freeze(node, self.cell, events, self.loops, name)
        kept = text.removeprefix("frozen.").partition("[")[0]
        self.frozen[kept] = ast.unparse(node)
        if "[" in text:
            self.reads |= {loop for loop in self.loops if loop in text.partition("[")[2]}
        return text

    # -- calls

    def _call(self, node: ast.Call, *, rows: bool) -> None:
        callee = self.context.tracer.callees.get(span_of(node, self.cell), "")
        if rows and (why := not_rowwise(callee)):
            raise refuse(node, self.cell, *why)
        for argument in [*node.args, *(each.value for each in node.keywords)]:
            self.expression(argument)
        if isinstance(node.func, ast.Name) and node.func.id in self.context.program.functions:
            self._notebook_function(node, node.func.id)
        elif isinstance(node.func, ast.Name):
            self.reads.add(node.func.id)
        elif isinstance(node.func, ast.Attribute):
            self.expression(node.func.value)
        else:
            self.expression(node.func)

    def _notebook_function(self, node: ast.Call, name: str) -> None:
        self.reads.add(name)
        tainted = self._tainted_parameters(node, name)
        if self.context.on_call(Call(name, self.statement, tainted)):
            self.passes_frozen = True
            comma = ", " if node.args or node.keywords else ""
            self._insert_argument(node, f"{comma}frozen=frozen")

    def _tainted_parameters(self, node: ast.Call, name: str) -> frozenset[str]:
        program = self.context.program
        arguments = program.functions[name].node.args
        positional = [each.arg for each in [*arguments.posonlyargs, *arguments.args]]
        starred = any(isinstance(each, ast.Starred) for each in node.args)
        if starred or any(each.arg is None for each in node.keywords):
            return frozenset([*positional, *(each.arg for each in arguments.kwonlyargs)])
        given = [*zip(positional, node.args, strict=False)]
        named = [(each.arg, each.value) for each in node.keywords if each.arg]
        return frozenset(
            parameter
            for parameter, value in [*given, *named]
            if reads_tainted(value, self.tainted, program.functions)
        )

    def _by_rule(self, node: ast.Call) -> bool:
        """Rewrite a call that the tables know; False if they don't."""
        span = span_of(node, self.cell)
        callee = self.context.tracer.callees.get(span, "")
        method = callee.rpartition(".")[2]
        if callee in DUMMIES:
            return self._dummies(node, span)
        if method in TRANSFORM_FOR:
            return self._transform(node, span, method)
        if method == "drop" and callee.startswith("pandas."):
            return self._drop(node)
        return False

    def _dummies(self, node: ast.Call, span: Span) -> bool:
        known = self.context.tracer.categories.get(span, [])
        events = [event for event in known if event.statement == self.statement]
        if not events or not node.args or isinstance(node.args[0], ast.Starred):
            return False
        data, *others = [*node.args, *(each.value for each in node.keywords)]
        names = [part.id for part in ast.walk(data) if isinstance(part, ast.Name)]
        text = self._frozen_text(node, events, f"{'_'.join(names[:1])}_categories".lower().strip("_"))
        place = span_of(data, self.cell)
        start, end = (place.line, place.column), (place.end_line, place.end_column)
        self.edits.append(Edit(start, start, "with_categories("))
        self.edits.append(Edit(end, end, f", {text})"))
        self.helpers.add("with_categories")
        self.notes.append("one column per category of the training rows, whatever a request holds")
        self._as_written(node.func)
        for part in [data, *others]:
            self.expression(part)
        return True

    def _transform(self, node: ast.Call, span: Span, method: str) -> bool:
        fits = [
            call
            for call in self.context.tracer.calls
            if call.span == span and call.statement == self.statement
        ]
        if not fits or not isinstance(node.func, ast.Attribute) or not node.args:
            return False
        events = [Event(fit.statement, fit.key, "estimator", fit.state) for fit in fits]
        receiver, data = node.func.value, node.args[0]
        text = self._frozen_text(receiver, events)
        self._replace(span_of(node.func, self.cell), f"{text}.{TRANSFORM_FOR[method]}")
        if len(node.args) > 1 or node.keywords:
            end = span_of(data, self.cell)[3:]
            self.edits.append(Edit(end, (span.end_line, span.end_column - 1), ""))
        self.notes.append(f"{method} fitted on the training rows; scoring only applies it")
        self.expression(data)
        return True

    def _drop(self, node: ast.Call) -> bool:
        """Columns that scoring does not ask for may be absent: the target above all."""
        options = {each.arg for each in node.keywords}
        named = {
            part.value
            for part in ast.walk(node)
            if isinstance(part, ast.Constant) and isinstance(part.value, str)
        }
        optional = named & {*self.context.raw_columns, *self.context.target}
        if optional and "errors" not in options and "index" not in options:
            self._insert_argument(node, ', errors="ignore"')
            self.notes.append(f"a request need not hold {', '.join(sorted(optional))}")
        self._call(node, rows=True)
        return True

    # -- edits

    def _insert_argument(self, node: ast.Call, text: str) -> None:
        parts = [*node.args, *(each.value for each in node.keywords)]
        if parts:
            last = max(parts, key=lambda part: span_of(part, self.cell)[3:])
            end = span_of(last, self.cell)[3:]
        else:
            span = span_of(node, self.cell)
            end = (span.end_line, span.end_column - 1)
        self.edits.append(Edit(end, end, text))

    def _replace(self, place: Span, text: str) -> None:
        start, end = (place.line, place.column), (place.end_line, place.end_column)
        self.edits.append(Edit(start, end, text))

    def _part(self) -> Rewriter:
        part = Rewriter(self.context, self.cell, self.statement, self.tainted)
        part.loops = self.loops
        return part

    def _absorb(self, part: Rewriter) -> None:
        self.edits += part.edits
        self.reads |= part.reads
        self.frozen |= part.frozen
        self.helpers |= part.helpers
        self.notes += part.notes
        self.passes_frozen = self.passes_frozen or part.passes_frozen


DELETED = "\0deleted"


def function_taint(call: Call, program: Program, tainted: frozenset[str]) -> frozenset[str]:
    """Tainted names inside a notebook function: its parameters' part, then what they taint."""
    function = program.functions[call.name].node
    own = bound(ast.Module(function.body, [])) | {
        each.arg for each in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    }
    return local_taint(function.body, (tainted - own) | call.tainted, program.functions)


def _live(
    parts: list[tuple[ast.stmt, Rewriter]], wanted: Collection[str]
) -> list[tuple[ast.stmt, Rewriter]]:
    """Parts left when plain assignments that nothing reads are left out, repeatedly."""
    while True:
        read = {name for _, part in parts for name in part.reads} | set(wanted)
        kept = [pair for pair in parts if not _dead(pair[0], read)]
        if len(kept) == len(parts):
            return kept
        parts = kept


def _dead(node: ast.stmt, read: Collection[str]) -> bool:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        function = node.value.func
        return isinstance(function, ast.Attribute) and function.attr in {"fit", "partial_fit"}
    if not isinstance(node, ast.Assign):
        return False
    plain = all(isinstance(target, ast.Name) for target in node.targets)
    takes_out = any(isinstance(part, ast.Attribute) and part.attr == "pop" for part in ast.walk(node))
    return plain and not takes_out and not bound(node) & set(read)


def _about_columns_only(node: ast.expr, tainted: frozenset[str]) -> bool:
    """An expression over the names of columns alone, like `df.columns.str.lower()`.

    Such an expression is right for any rows, and right also when the target is absent.
    """
    mentions = [part for part in ast.walk(node) if isinstance(part, ast.Name) and part.id in tainted]
    of_columns = {
        id(part.value)
        for part in ast.walk(node)
        if isinstance(part, ast.Attribute) and part.attr == "columns"
    }
    return bool(mentions) and all(id(part) in of_columns for part in mentions)
