"""Explain: the verdict on every statement of a traced notebook, also where it can't be packaged."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path as File

import msgspec

from cellmark.core.choices import Choices
from cellmark.core.explanation import Explanation, Undecided
from cellmark.core.statement import Refused, Statement
from cellmark_runtime.errors import CellmarkError

from .answer.final import AmbiguousAnswer
from .answer.frames import AmbiguousFrame
from .answer.model import AmbiguousModel, OneATurn
from .derive import Walked, finished, summaries_of, walk
from .refusal import Refusal
from .steps.path import Unfinished
from .text.naming import model_name
from .trace.frozen import summary_of
from .trace.program import CellText, Program, program_of
from .trace.tracer import Tracer
from .verdicts import verdicts_of
from .written import verdicts, write_derived

__all__ = ["explain", "refused_of"]

_NONE = Choices()
_NO_WAY = Unfinished(None, (), frozenset(), ())


def explain(
    tracer: Tracer,
    cells: tuple[CellText, ...],
    notebook: str,
    folder: File,
    choices: Choices = _NONE,
) -> Explanation:
    """Say what packaging makes of each statement, and all that is refused.

    What would be written goes into `folder`. If several models or variables answer, the
    verdicts are those for the likeliest.
    """
    try:
        walked = walk(tracer, cells, choices)
    except (AmbiguousModel, OneATurn, AmbiguousAnswer, AmbiguousFrame) as problem:
        one = msgspec.structs.replace(choices, **problem.likeliest)
        known = explain(tracer, cells, notebook, folder, one)
        refused = (*refused_of(problem), *known.refused)
        return msgspec.structs.replace(known, refused=refused)
    except CellmarkError as problem:
        program = program_of(tracer, cells)
        return Explanation(None, _without_model(program, problem), tuple(refused_of(problem)))
    try:
        derived = finished(walked, tracer, notebook)
        write_derived(derived, folder, {})
    except CellmarkError as problem:
        refused = tuple(refused_of(problem))
        return Explanation(walked.answering.name, _verdicts(walked, tracer, problem), refused)
    return Explanation(walked.answering.name, verdicts(derived), ())


def refused_of(problem: CellmarkError) -> Iterator[Refused]:
    """What a problem refuses, each part for itself."""
    if not isinstance(problem, Refusal):
        said = f"; expected {problem.expected}" if problem.expected else ""
        reason = f"{problem.received}{said}"
        choose = dict(problem.choose) if isinstance(problem, Undecided) else {}
        yield Refused(
            cell=None, line=None, source="", reason=reason, fix=problem.fix, choose=choose
        )
        return
    for each in (problem, *problem.others):
        yield Refused(
            cell=each.cell,
            line=each.line,
            source=each.source,
            reason=each.reason,
            fix=each.fix,
            choose=dict(each.choose) if isinstance(each, OneATurn) else {},
        )


def _verdicts(walked: Walked, tracer: Tracer, problem: CellmarkError) -> tuple[Statement, ...]:
    frozen = walked.freezer.values
    answering = walked.answering
    summaries = summaries_of(walked.freezer, tracer)
    summaries[model_name(answering.name)] = summary_of(answering.estimator)
    return verdicts_of(
        walked.program, walked.path, answering, frozen, summaries, _refusals(problem)
    )


def _without_model(program: Program, problem: CellmarkError) -> tuple[Statement, ...]:
    return verdicts_of(program, _NO_WAY, None, {}, {}, _refusals(problem))


def _refusals(problem: CellmarkError) -> tuple[Refusal, ...]:
    return (problem, *problem.others) if isinstance(problem, Refusal) else ()
