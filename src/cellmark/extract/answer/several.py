"""Several models answer: one is asked about the others' answers, or one answer is made of all."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from ..text.names import bound, reads
from ..trace.program import Line, Program
from ..trace.records import EstimatorState, ModelCall
from ..trace.rules import ANSWERS, FITS
from ..trace.tracer import Tracer
from ..values.kinds import length_of
from .answering import Answering, answering_at
from .final import Final
from .following import Follower
from .model import AmbiguousModel, OneATurn, answering_model
from .reading import Made
from .surface import surface_of

__all__ = ["answering_of", "joined"]


def answering_of(
    program: Program, tracer: Tracer, follower: Follower, wanted: str | None
) -> tuple[Answering, AmbiguousModel | OneATurn | None]:
    """The model that answers; of several that something is made of, one, and the problem that they
    are if that is no answer.

    Raises: AmbiguousModel or a Refusal where several do, and nothing is made of all their answers.
    """
    try:
        return answering_model(program, tracer, wanted), None
    except (AmbiguousModel, OneATurn) as several:
        if wanted is not None:
            raise
        states = _states(program, tracer, several)
        stacked = _stacked(program, tracer, states)
        blended = [made for made in follower.made if states <= {c.state for c in made.calls}]
        if stacked is not None:
            return answering_at(program, tracer, stacked), None
        if not blended:
            raise
        return answering_at(program, tracer, _plainest(program, blended[-1])), several


def joined(tracer: Tracer, answering: Answering, final: Final | None) -> Answering:
    """`answering` with the calls of all the models behind the answer."""
    if final is None or len(final.models) == 1:
        return answering
    if final.inputs is None:
        own = {id(call) for call in answering.calls}
        learnt = [
            call
            for call in tracer.watch.calls
            if id(call) in own
            or (call.top_level and call.method in FITS and call.state in final.models)
        ]
        return answering._replace(blended=True, calls=tuple(learnt))
    calls = tuple(
        call
        for call in tracer.watch.calls
        if call.state in final.models and (call.top_level or call.state == answering.state)
    )
    return answering._replace(blended=True, calls=calls)


def _states(
    program: Program, tracer: Tracer, several: AmbiguousModel | OneATurn
) -> frozenset[EstimatorState]:
    if isinstance(several, AmbiguousModel):
        return frozenset(several.named.values())
    return frozenset(
        call.state
        for call in tracer.watch.calls
        if call.top_level and call.method in ANSWERS and _answers(program.lines[call.statement])
    )


def _answers(line: Line) -> bool:
    return bool({"train", "evaluate"} & {*line.cell.roles})


def _plainest(program: Program, made: Made) -> ModelCall:
    """The call of a model that is asked about a variable as it is, if there is one."""
    plain = [call for call in made.calls if isinstance(_asked_about(program, call), ast.Name)]
    return (plain or [*made.calls])[0]


def _asked_about(program: Program, call: ModelCall) -> ast.expr | None:
    node = program.nodes[call.span]
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def _stacked(
    program: Program, tracer: Tracer, states: frozenset[EstimatorState]
) -> ModelCall | None:
    """The last call of a model whose input is made of all the others' answers."""
    call: ModelCall
    for call in reversed(tracer.watch.calls):
        if call.state not in states or call.method not in ANSWERS or not call.top_level:
            continue
        if states <= {call.state, *_behind(program, tracer, call)}:
            return call
    return None


def _behind(program: Program, tracer: Tracer, call: ModelCall) -> Iterator[EstimatorState]:
    """Models whose answers a call's input is made of."""
    asked = _asked_about(program, call)
    if asked is None:
        return
    columns = {*map(str, getattr(call.argument, "columns", ()))}
    needed = {*reads(asked)}
    inside = {part for part in ast.walk(asked) if isinstance(part, ast.Call)}
    for each in _answering_in(tracer, program.lines[call.statement]):
        surface = None if each.top_level else surface_of(program, each)
        if (surface.outer if surface else program.nodes[each.span]) in inside:
            yield each.state
    for line in reversed(program.lines[: call.statement]):
        if not line.writes & needed or _alters_others(line, columns):
            continue
        for each in _answering_in(tracer, line):
            if length_of(each.argument) == length_of(call.argument):
                yield each.state
        if isinstance(line.node, ast.Assign):
            needed -= bound(line.node)
        needed |= reads(line.node)


def _alters_others(line: Line, columns: set[str]) -> bool:
    """Whether a statement only changes columns that a table does not have."""
    altered = [parts for parts in line.run.changed.values() if parts]
    known = [str(name) for parts in altered for name in parts]
    return bool(columns and known) and not bound(line.node) and not columns & {*known}


def _answering_in(tracer: Tracer, line: Line) -> Sequence[ModelCall]:
    return [
        call
        for call in tracer.watch.calls
        if call.statement == line.index and call.method in ANSWERS
    ]
