"""Derive a scoring module and all that goes with it from a traced notebook."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from functools import partial
from typing import Any, NamedTuple

import msgspec
import numpy as np

from cellmark.core.choices import Choices
from cellmark_runtime.scoring.anyframe import is_polars, numbered, rows_at, without
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Field, Output, Signature

from .answer.answering import Answering, offered
from .answer.final import Final, final_answer
from .answer.following import followed
from .answer.frames import Prepared, calls_elsewhere, prepared, raw_source
from .answer.likeness import columns_like
from .answer.several import answering_of, joined
from .answer.target import target_columns
from .proof.apart import frames_met, joined_with
from .proof.golden import telling_rows
from .proof.left import left_by
from .proof.output import final_output, output_of
from .proof.rehearsal import accepted_rows, answers_by_line, check_observed, check_runs
from .proof.running import Features, StepsFailed, functions_of, loaded
from .proof.signature import field_of, needed_columns, widened
from .proof.truth import Truth, placed, positions_of, truth_of
from .refusal import Refusal
from .steps.definitions import OwnCode, own_code
from .steps.module import OURS, places_of, steps_module
from .steps.path import Path, Unfinished
from .steps.renaming import with_own_names
from .steps.walk import find_path
from .text.naming import model_name
from .trace.estimators import shipped, transform_output
from .trace.frozen import Freezer, Frozen, summary_of
from .trace.program import CellText, Program, program_of
from .trace.records import EstimatorState, Source
from .trace.tracer import Tracer
from .values.row_numbers import but

__all__ = [
    "Derived",
    "Walked",
    "derive",
    "finished",
    "summaries_of",
    "walk",
]

_TRIED_ROWS = 60
_REFUSED_ROWS = 2_000
_NONE = Choices()


class Walked(NamedTuple):
    """The way from the model back to the raw frame, Unfinished if something is refused.

    `elsewhere` are by call the frames that what it is about may be rows of, if not the raw one.
    """

    program: Program
    answering: Answering
    final: Final | None
    target: frozenset[Hashable]
    freezer: Freezer
    path: Path | Unfinished
    tables: tuple[Source, ...]
    policies: Policies
    elsewhere: Mapping[int, tuple[Source, ...]] = {}


class Derived(NamedTuple):
    """A scoring module (`steps`), its frozen `values`, and what the notebook itself computed.

    `met` are further frames whose rows the model met, those of a training file above all.
    """

    program: Program
    path: Path
    steps: str
    answers: tuple[str, ...]
    frozen: Mapping[str, Frozen]
    values: Mapping[str, Any]
    answering: Answering
    signature: Signature
    truth: Truth
    own: OwnCode
    tables: tuple[Source, ...]
    met: tuple[Source, ...] = ()


def derive(
    tracer: Tracer, cells: tuple[CellText, ...], notebook: str, choices: Choices = _NONE
) -> Derived:
    """Derive the scoring module of a traced notebook.

    Args: `notebook` is its file's name; `choices` decide what the notebook leaves open.
    Raises: Refusal by cell and line for what has no proven meaning for one row.
    """
    return finished(walk(tracer, cells, choices), tracer, notebook)


def walk(tracer: Tracer, cells: tuple[CellText, ...], choices: Choices = _NONE) -> Walked:
    """Find the model, what is made of its answers, and the way to it.

    Raises: CellmarkError if no model or no single answer is found, or several frames may be meant.
    """
    first = _walked(tracer, cells, choices, ())
    reached = first.path.reached if isinstance(first.path, Unfinished) else (first.path.source,)
    if not reached:
        return first
    raw = raw_source(reached, first.answering, tracer, choices.frame)
    tables = tuple(source for source in reached if source is not raw)
    walked = _with_tables(tracer, cells, choices, tables, raw) if tables else first
    elsewhere = calls_elsewhere(
        walked.answering, tracer, raw, lambda others: program_of(tracer, cells, others)
    )
    return walked._replace(elsewhere=elsewhere)


def _with_tables(
    tracer: Tracer,
    cells: tuple[CellText, ...],
    choices: Choices,
    tables: tuple[Source, ...],
    raw: Source,
) -> Walked:
    # A table as long as the rows is told apart by the names that lead to it alone.
    tracer.row_counts -= {len(table.frame) for table in tables} - {len(raw.frame)}
    return _walked(tracer, cells, choices, tables)


def _walked(
    tracer: Tracer, cells: tuple[CellText, ...], choices: Choices, tables: tuple[Source, ...]
) -> Walked:
    program = program_of(tracer, cells, tables)
    follower = followed(program, tracer)
    answering, several = answering_of(program, tracer, follower, choices.model)
    final = final_answer(program, tracer, answering, choices.answer, follower)
    if several is not None and (final is None or len(final.models) == 1):
        raise several
    answering = joined(tracer, answering, final)
    target = _target(program, tracer, answering)
    freezer = Freezer(frozenset())
    policies = choices.policies
    path = find_path(program, tracer, answering, freezer, target, policies, final, tables)
    return Walked(program, answering, final, target, freezer, path, tables, policies)


def finished(walked: Walked, tracer: Tracer, notebook: str) -> Derived:
    """The scoring module of a way that was found.

    Raises: Refusal, the first of all that are refused, or of what hinders the module itself;
    CheckFailed for a frame whose copy is not what it was.
    """
    tracer.copies.check()
    program, answering, final, target, freezer, path, tables, policies, elsewhere = walked
    if isinstance(path, Unfinished):
        first, *others = path.refused
        first.others = tuple(others)
        raise first
    path = with_own_names(path, OURS)
    name = freezer.keep(
        model_name(answering.name), answering.state, answering.argument, answering.line.cell.number
    )
    answers = offered(answering)
    asked = {each: answering.way(each).text(f"frozen.{name}") for each in answers}
    used = _frozen_names(steps_module(path, notebook, answers, name, asked))
    frozen = {key: kept for key, kept in freezer.values.items() if key in used}
    values = {key: _value(tracer, kept) for key, kept in frozen.items()}
    values |= {
        key: prepared(value, program, tables)
        for key, value in values.items()
        if isinstance(value, Prepared)
    }
    kept_values = {key: (kept, values[key]) for key, kept in frozen.items()}
    own = own_code(program, tracer, path, kept_values, notebook)
    steps = steps_module(path, notebook, answers, name, asked, own.lines, transform_output())
    raw = path.source.frame
    predict = answers_by_line(functions_of(steps, values, own.sources)("predict"), path)
    aimed = _raw_target(raw, target)
    places, kept = places_of(path), {line.line.index for line in path.lines}
    truth, apart = truth_of(
        tracer, answering, raw, aimed, places, path.selected, final, predict, elsewhere
    )
    left = partial(left_by, program, tracer, kept=kept)
    truth = truth._replace(raw=widened(raw, aimed, policies), left=left(raw))
    check_observed(truth, answering)
    run = loaded(steps, values, own.sources)
    if path.selected:
        truth = truth._replace(accepted=accepted_rows(run, truth))
    truth = _placed(run, truth)
    needed = _needed(run, path, truth, answering)
    truth = joined_with(truth, apart, run, path, needed, left)
    truth = truth._replace(unproven=(*truth.unproven, *_missed(tracer)))
    output = _output(steps, values, own, path, truth, answering)
    signature = _signature(path, truth, needed, output)
    return Derived(
        program,
        path,
        steps,
        answers,
        frozen,
        values,
        answering,
        signature,
        truth,
        own,
        tables,
        frames_met(truth, apart),
    )


def _missed(tracer: Tracer) -> list[str]:
    return [
        f"what the call in cell {span.cell}, line {span.line} did, which could not be noted ({why})"
        for span, why in tracer.watch.missed.items()
    ]


def _frozen_names(steps: str) -> set[str]:
    return {*re.findall(r"\bfrozen\.(\w+)", steps)}


def _value(tracer: Tracer, kept: Frozen) -> Any:
    """What stands behind a frozen value. Raises: Refusal if it is an estimator that is lost."""
    states = kept.value.values() if isinstance(kept.value, dict) else [kept.value]
    lost = tracer.watch.estimators.lost
    for why in [lost[each] for each in states if isinstance(each, EstimatorState) and each in lost]:
        raise Refusal(
            kept.cell,
            kept.line,
            f"was fitted again later, and there is no copy of it as it was here ({why})",
            "Fit a new estimator the second time, under another name.",
            kept.origin,
        )
    return _resolved(tracer, kept.value)


def _resolved(tracer: Tracer, value: Any) -> Any:
    if isinstance(value, EstimatorState):
        return shipped(tracer.watch.estimators.at(value))
    if isinstance(value, dict):
        return {key: _resolved(tracer, part) for key, part in value.items()}
    return value


def _target(program: Program, tracer: Tracer, answering: Answering) -> frozenset[Hashable]:
    """The target's columns, raw ones and derived ones; recognised by value if none is named."""
    named = target_columns(program, tracer, answering)
    found: set[Hashable] = set()
    for source in tracer.sources:
        if answering.learnt is not None and not _raw_target(source.frame, named):
            guesses = positions_of(tracer, answering.learnt, source.frame)
            found |= columns_like(answering.learnt, source.frame, guesses)
    return named | found


def _raw_target(raw: Any, target: frozenset[Hashable]) -> frozenset[Hashable]:
    """The raw columns of the target: by name, or but for case where the notebook renamed them."""
    lowered = {str(name).lower() for name in target}
    exact = {name for name in raw.columns if name in target}
    return frozenset(exact or {name for name in raw.columns if str(name).lower() in lowered})


# -- the signature


def _needed(run: Features, path: Path, truth: Truth, answering: Answering) -> tuple[Hashable, ...]:
    raw: Any = rows_at(truth.raw, truth.accepted)
    # Requests are numbered from 0, whatever the labels of the raw frame are.
    tried = numbered(rows_at(raw, telling_rows(raw, _TRIED_ROWS)))
    check_runs(run, tried, truth, path, answering)
    return needed_columns(run, (tried, _refused(truth)), truth.target, StepsFailed)


def _signature(path: Path, truth: Truth, needed: tuple[Hashable, ...], output: Output) -> Signature:
    raw: Any = rows_at(truth.raw, truth.accepted)
    written: Any = path.source.frame
    return Signature(
        inputs=tuple(_field(written[name], raw[name]) for name in needed),
        output=output,
        frame="polars" if is_polars(raw) else "pandas",
    )


def _field(written: Any, taken: Any) -> Field:
    """The field of a raw column, of the kind as the notebook read it."""
    field, kind = field_of(taken), field_of(written).kind
    if kind == "boolean":
        return msgspec.structs.replace(field, kind=kind, minimum=None, maximum=None)
    return msgspec.structs.replace(field, kind=kind)


def _refused(truth: Truth) -> Any:
    """Some of the rows that scoring refuses, to see which columns it refuses them by."""
    taken = np.concatenate([truth.accepted, truth.unmet])
    rest = but(len(truth.raw), taken)
    spread = np.linspace(0, max(len(rest) - 1, 0), num=min(_REFUSED_ROWS, len(rest)), dtype=int)
    return numbered(rows_at(truth.raw, rest[spread]))


def _output(
    steps: str,
    values: Mapping[str, Any],
    own: OwnCode,
    path: Path,
    truth: Truth,
    answering: Answering,
) -> Output:
    models = output_of(answering.estimator, answering.learnt, truth.last.scored)
    if path.final is None:
        return models

    def predict(estimator: Any) -> Any:
        given = {
            name: estimator if f"frozen.{name}.predict" in steps else value
            for name, value in values.items()
        }
        return functions_of(steps, given, own.sources)("predict")(None)

    scored = [each.scored.predictions for each in truth.observed]
    seen = [each for each in scored if each is not None]
    return final_output(models, seen, predict)


def _placed(run: Features, truth: Truth) -> Truth:
    if all(len(each.positions) == 1 for each in truth.observed):
        return truth
    rows = numbered(rows_at(without(truth.raw, truth.target), truth.accepted))
    try:
        return placed(truth, run(rows))
    except StepsFailed:  # the proof says where
        return truth


def summaries_of(freezer: Freezer, tracer: Tracer) -> dict[str, str]:
    """What each value is that a way froze, also where it led nowhere."""
    values = freezer.values.items()
    return {name: summary_of(_resolved(tracer, kept.value)) for name, kept in values}
