"""Inputs: what the models behind one answer are asked about, where it is not the same for all."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from scipy import sparse

from ..refusal import refuse
from ..text.assignments import wanted_alone
from ..text.names import bound
from ..text.spans import Edit, Span, span_of
from ..trace.program import Line, Program
from ..trace.records import EstimatorState, ModelCall
from ..trace.tracer import Tracer
from ..values.comparison import difference
from .gathering import behind
from .listed import listed_in
from .surface import surface_of

__all__ = ["Inputs", "inputs_of", "statements_of"]


class Inputs(NamedTuple):
    """The variables that models are asked about, as they stand or as something is made of them.

    The module's `features` gives these. `line` is the last statement that reads one, `asked` tells
    of each model that is asked about such a variable itself which one it is, `edits` are what to
    write in the answer's statements for the variables and for their numbers of rows.
    """

    names: tuple[str, ...]
    line: Line
    asked: Mapping[EstimatorState, int]
    edits: Mapping[Span, Edit]

    def given(self, state: EstimatorState, argument: Any) -> Any:
        """What is known of the module's features where a model was asked about `argument`."""
        at = self.asked.get(state)
        if at is None or len(self.names) == 1:
            return None if at is None else argument
        return tuple(argument if number == at else None for number in range(len(self.names)))

    def together(self, calls: Sequence[ModelCall]) -> Any:
        """The same where all the models were asked about the same rows."""
        parts = [
            next((each.argument for each in calls if self.asked.get(each.state) == at), None)
            for at in range(len(self.names))
        ]
        return parts[0] if len(parts) == 1 else tuple(parts)


def statements_of(line: Line, made: Collection[str]) -> Sequence[ast.stmt]:
    """The part of a statement that makes names in `made`: of a loop, what gathers them."""
    if isinstance(line.node, ast.For):
        return behind(line, made)
    alone = wanted_alone(line.node, made)
    return [ast.Assign([ast.Name(name)], value) for name, value in alone.items()] or [line.node]


def inputs_of(
    program: Program,
    tracer: Tracer,
    lines: Sequence[int],
    calls: Sequence[ModelCall],
    made: Collection[str],
) -> Inputs | None:
    """What models are asked about in the statements `lines`; None if it is the same for all.

    Args: `made` are the names that these statements make of the answers.
    Raises: Refusal where such a variable is changed between two of the statements.
    """
    loops = any(isinstance(program.lines[index].node, ast.For) for index in lines)
    if not loops and all(difference(each.argument, calls[0].argument) == 0.0 for each in calls):
        return None
    for line in (program.lines[index] for index in lines):
        for each in listed_in(tracer, line).values():
            raise refuse(
                each.node,
                line.cell.number,
                "asks several models about rows that are not the same for all",
                "Ask each in a statement of its own, or in a loop over the models.",
            )
    found: dict[str, list[tuple[Line, ast.Name]]] = {}
    edits: dict[Span, Edit] = {}
    counting: dict[Span, Edit] = {}
    counts = {_rows(each.argument) for each in calls}
    for line in (program.lines[index] for index in lines):
        counted = {} if _asks(line, calls) else _counted(tracer, line, counts)
        counting |= counted
        for name in _row_names(tracer, line, made, counted):
            found.setdefault(name.id, []).append((line, name))
    names = tuple(found)
    if not names:
        node = program.nodes[calls[0].span]
        raise refuse(
            node,
            calls[0].span.cell,
            "is asked about rows in a container that other statements made",
            "Make it where the model is asked: `model.predict(xgb.DMatrix(X_test))`.",
        )
    _check_unchanged(program, found)
    if len(names) == 1:
        for line, name in found[names[0]]:
            span = span_of(name, line.cell.number)
            edits[span] = Edit(span[1:3], span[3:], "features")
    first = names[0] if len(names) > 1 else "features"
    count = f"{first}.shape[0]" if sparse.issparse(calls[0].argument) else f"len({first})"
    edits |= {span: edit._replace(text=count) for span, edit in counting.items()}
    last = max((line for each in found.values() for line, _ in each), key=lambda each: each.index)
    return Inputs(names, last, _asked(program, calls, names), edits)


def _rows(argument: Any) -> int:
    shape = getattr(argument, "shape", None)
    return int(shape[0]) if shape else len(argument)


def _asks(line: Line, calls: Sequence[ModelCall]) -> bool:
    return any(call.statement == line.index for call in calls)


def _counted(tracer: Tracer, line: Line, counts: Collection[int]) -> dict[Span, Edit]:
    """`np.zeros(len(y_test))` begins an answer: as many as the request has rows."""
    found: dict[Span, Edit] = {}

    def look(node: ast.AST) -> None:
        if isinstance(node, ast.expr) and not isinstance(node, ast.Constant):
            span = span_of(node, line.cell.number)
            events = [each for each in tracer.events.get(span, []) if each.statement == line.index]
            if events and all(type(e.value) is int and e.value in counts for e in events):
                found[span] = Edit(span[1:3], span[3:], "")
                return
        for child in ast.iter_child_nodes(node):
            look(child)

    look(line.node)
    return found


def _row_names(
    tracer: Tracer, line: Line, made: Collection[str], counted: Collection[Span]
) -> Iterator[ast.Name]:
    """Variables of rows that a statement reads and none of the answer's makes, in their order."""
    kept = statements_of(line, made)
    own = {*made, *(name for each in kept for name in bound(each))}
    names = [part for each in kept for part in ast.walk(each) if isinstance(part, ast.Name)]
    for name in sorted(names, key=lambda each: (each.lineno, each.col_offset)):
        span = span_of(name, line.cell.number)
        kinds = {each.kind for each in tracer.events.get(span, []) if each.statement == line.index}
        hidden = any(_within(span, each) for each in counted)
        if kinds & {"rows", "filtered"} and name.id not in own and not hidden:
            yield name


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] == inner[0] and outer[1:3] <= inner[1:3] and inner[3:] <= outer[3:]


def _asked(
    program: Program, calls: Sequence[ModelCall], names: Sequence[str]
) -> dict[EstimatorState, int]:
    found = {}
    for call in calls:
        surface = None if call.top_level else surface_of(program, call)
        node = program.nodes[call.span]
        argument = surface.argument if surface else None
        if surface is None and isinstance(node, ast.Call):
            named = [each.value for each in node.keywords if each.arg == "X"]
            argument = next(iter([*node.args[:1], *named]), None)
        if isinstance(argument, ast.Name) and argument.id in names:
            found[call.state] = names.index(argument.id)
    return found


def _check_unchanged(
    program: Program, found: Mapping[str, Sequence[tuple[Line, ast.Name]]]
) -> None:
    for name, places in found.items():
        first, last = places[0][0], places[-1][0]
        for line in program.lines[first.index : last.index]:
            if name in line.writes:
                raise refuse(
                    line.node,
                    line.cell.number,
                    f"changes {name!r} between two models that are asked about it",
                    f"Give the changed rows a name of their own, and leave {name!r} as it is.",
                )
