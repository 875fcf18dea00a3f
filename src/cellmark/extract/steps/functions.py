"""The notebook's own functions, rewritten for scoring as its statements are."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from ..refusal import Refusal, refuse
from ..rewriting.context import Call, Context, function_taint
from ..rewriting.rewrite import Rewriting
from ..text.names import bound, reads
from ..text.spans import Span
from ..trace.left_out import Fate
from ..trace.program import Function, is_lambda, reads_tainted
from ..trace.sites import telling
from ..trace.texts import frozen_parameter, statement_text
from .annotate import annotation_edits

__all__ = ["Calls", "FunctionText", "Functions"]

Calls = Mapping[str, Collection[Call]]

_OUTSIDE = "Compute them outside the function and pass them in."


class FunctionText(NamedTuple):
    """A definition as scoring has it; `frozen` maps frozen names to the author's expressions."""

    text: str
    reads: frozenset[str]
    frozen: Mapping[str, str]
    notes: tuple[str, ...]
    helpers: frozenset[str]
    takes_frozen: bool
    selected: Mapping[Span, Fate]


class Functions:
    """Writes each function that the scoring path calls with rows. Set `context` before use.

    A function has one text for all its calls, so all must be `known`; until they are, the text is
    that for the calls met so far.
    """

    context: Context

    def __init__(self, known: Calls | None = None) -> None:
        self.texts: dict[str, FunctionText] = {}
        self.calls: dict[str, set[Call]] = {}
        self._known = known or {}
        self._being_written: set[str] = set()
        self._recursive: set[str] = set()

    def on_call(self, call: Call) -> bool:
        """A call on the path: whether the function's own text reads frozen values.

        Raises: Refusal for one whose frozen values differ from call to call.
        """
        if call.name in self._being_written:
            self._recursive.add(call.name)
            return False
        calls = self.calls.setdefault(call.name, set())
        calls.add(call)
        self._being_written.add(call.name)
        try:
            written = self._written(_joined({*calls, *self._known.get(call.name, ())}))
        finally:
            self._being_written.remove(call.name)
        if written.takes_frozen and call.name in self._recursive:
            raise self._refused(call, "calls itself, and computes values from the rows each time")
        self.texts[call.name] = written
        return written.takes_frozen

    def _refused(self, call: Call, reason: str) -> Refusal:
        function = self.context.program.functions[call.name]
        return Refusal(
            function.cell.number, function.node.lineno, f"`{call.name}` {reason}", _OUTSIDE
        )

    def _written(self, call: Call) -> FunctionText:
        program = self.context.program
        function = program.functions[call.name]
        self._check_defaults(function)
        outside = frozenset().union(*(program.lines[at].tainted for at in call.statements))
        tainted = function_taint(call, program, outside)
        rewriter = Rewriting(self.context, function.cell.number, max(call.statements), tainted)
        body = function.node.body
        rewriter.statements = call.statements
        rewriter.telling = telling(function.node.args, body)
        rewriter.by_row = call.by_row
        rewriter.row_names = _own(function.node) if call.by_row else frozenset()
        documented = ast.get_docstring(function.node) is not None
        rewriter.body(body[documented:], ())
        self.context.refused.extend(rewriter.refused)
        takes_frozen = bool(rewriter.frozen) or rewriter.passes_frozen
        text = program.texts[function.cell.number]
        if not is_lambda(program, function):
            rewriter.edits += annotation_edits(function.node, self.context.tracer, text)
        if takes_frozen:
            rewriter.edits.append(frozen_parameter(program, function))
        return FunctionText(
            statement_text(program, program.lines[function.index], rewriter.edits),
            frozenset(rewriter.reads - _own(function.node)) | _read_by_definition(function.node),
            rewriter.frozen,
            tuple(rewriter.notes),
            frozenset(rewriter.helpers),
            takes_frozen,
            rewriter.selected,
        )

    def _check_defaults(self, function: Function) -> None:
        program = self.context.program
        tainted = program.lines[function.index].tainted
        for default in _defaults(function.node.args):
            if reads_tainted(default, tainted, program.functions):
                raise refuse(
                    default,
                    function.cell.number,
                    f"is a default of `{function.node.name}` computed from the training rows",
                    "Pass the value in where the function is called.",
                )


def _joined(calls: Collection[Call]) -> Call:
    """All calls of a function as one: a text that is right for each."""
    return Call(
        min(call.name for call in calls),
        frozenset().union(*(call.statements for call in calls)),
        frozenset().union(*(call.tainted for call in calls)),
        all(call.by_row for call in calls),
    )


def _defaults(arguments: ast.arguments) -> Iterator[ast.expr]:
    yield from arguments.defaults
    yield from (default for default in arguments.kw_defaults if default is not None)


def _own(node: ast.FunctionDef) -> frozenset[str]:
    parameters = {each.arg for each in ast.walk(node.args) if isinstance(each, ast.arg)}
    return bound(ast.Module(node.body, [])) | parameters


def _read_by_definition(node: ast.FunctionDef) -> frozenset[str]:
    return reads(node.args).union(*map(reads, node.decorator_list))
