"""The verdict on each statement of the tagged cells, with its reason in words."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import metadata
from typing import NamedTuple

from packaging.requirements import Requirement

from cellmark.core.statement import NOT_JUDGED, Statement, Verdict
from cellmark.notebook.installs import installs

from .answer.answering import Answering
from .answer.frames import size_of
from .refusal import Refusal
from .steps.path import Path, PathLine, Unfinished
from .text.names import bound, chain_root, is_display
from .text.naming import model_name
from .trace.frozen import Frozen
from .trace.program import Line, Program
from .trace.records import EstimatorState, Source
from .trace.rules import ANSWERS, FITS
from .trace.texts import source_of

__all__ = ["verdicts_of"]

_SHOWS = "only shows something"
_UNJUDGED = f"{NOT_JUDGED}: what is refused below leaves open what scoring needs"
_CHOOSE = {"query", "filter", "dropna", "drop_nulls", "drop_duplicates", "unique", "sample", "head"}
_REASONS = {
    "import": "scoring needs it",
    "definition": "scoring calls it",
    "constant": "does not depend on the rows",
    "step": "follows the rows",
    "split": "selects rows; scoring takes every row",
    "answer": "is part of the bundle's answer",
}


def verdicts_of(
    program: Program,
    path: Path | Unfinished,
    answering: Answering | None,
    frozen: Mapping[str, Frozen],
    summaries: Mapping[str, str],
    refused: Iterable[Refusal] = (),
    defined: Collection[int] = (),
    tables: Collection[Source] = (),
) -> tuple[Statement, ...]:
    """One verdict per top-level statement of the cells that have a role, in document order.

    `summaries` says in a line what each frozen value is, `answering` is None if no way to a model
    was found: then most statements can't be judged;
    `defined` numbers the statements that fitted estimators need, `tables` are only looked up in.
    """
    on_path = {line.line.index: line for line in path.lines}
    by_origin = {value.origin: value.name for value in frozen.values()}
    refusals = _by_line(program, refused)
    read = {table.statement: table for table in tables}
    asked = len(program.lines)
    models = {each.origin for each in frozen.values() if isinstance(each.value, EstimatorState)}
    if answering is not None:
        models.add(answering.name)
        by_origin[answering.name] = model_name(answering.name)
        asked = answering.asked

    def judged(line: Line) -> _Judged:
        if line.index in refusals:
            return _refused(line, refusals[line.index])
        if line.index in read:
            names = (by_origin[each] for each in (read[line.index].name,) if each in by_origin)
            size = size_of(read[line.index].frame)
            return _Judged("frozen", f"a table to look things up in: {size}", tuple(names))
        if line.index in on_path:
            return _on_path(on_path[line.index], getattr(path, "final", None))
        if line.index < asked and answering and line.index == answering.line.index:
            return _Judged("dropped", "hands the model its rows, as the service will")
        if line.index in defined:
            return _Judged("kept", "a fitted estimator needs it")
        if line.index >= asked:
            return _late(line, asked, models)
        return _off_path(line, path, by_origin, models) if answering else _unjudged(line)

    return tuple(
        _statement(line, program, judged(line), summaries)
        for line in program.lines
        if line.cell.roles
        or line.index in on_path
        or line.index in defined
        or line.index in refusals
        or installs(line.node) is not None
    )


class _Judged(NamedTuple):
    verdict: Verdict
    reason: str
    names: tuple[str, ...] = ()
    fix: str = ""


def _statement(
    line: Line, program: Program, judged: _Judged, summaries: Mapping[str, str]
) -> Statement:
    return Statement(
        cell=line.cell.number,
        line=line.first,
        source=source_of(line.cell, program.texts[line.cell.number], line.node),
        verdict=judged.verdict,
        reason=judged.reason,
        frozen={name: summaries.get(name, "") for name in judged.names},
        fix=judged.fix,
    )


def _by_line(program: Program, refused: Iterable[Refusal]) -> dict[int, list[Refusal]]:
    """Refusals by the number of the statement that they stand in."""
    found: dict[int, list[Refusal]] = {}
    for each in refused:
        here = [
            line
            for line in program.lines
            if line.cell.number == each.cell
            and line.first <= each.line <= (line.node.end_lineno or each.line)
        ]
        # `a = 1; b = 2`: of several statements on a line, the one that holds what is refused.
        holds = [line for line in here if each.source in ast.unparse(line.node)]
        for line in (holds or here)[:1]:
            found.setdefault(line.index, []).append(each)
    return found


def _refused(line: Line, refusals: Sequence[Refusal]) -> _Judged:
    whole = ast.unparse(line.node)
    said = []
    for each in refusals:
        place = f"line {each.line}, " if each.line != line.first else ""
        quoted = f"`{each.source}`: " if each.source and each.source != whole else ""
        said.append(f"{place}{quoted}{each.reason}")
    fixes = dict.fromkeys(each.fix for each in refusals if each.fix)
    return _Judged("refused", "; ".join(said), fix=" ".join(fixes))


def _late(line: Line, asked: int, models: Collection[str]) -> _Judged:
    if line.index == asked:
        # A notebook that never asks its model ends where it fits it.
        fits = _calls(line.node, FITS) and not _calls(line.node, ANSWERS)
        asks = "asks the model, as the service will"
        return _Judged("dropped", _fitted(line.node, models) if fits else asks)
    shows = is_display(line.node)
    return _Judged("dropped", _SHOWS if shows else "comes after the model's answer")


def _on_path(found: PathLine, final: str | None) -> _Judged:
    names = tuple(found.frozen)
    answer = f"`{final}` is the bundle's answer; " if _holds_answer(found, final) else ""
    if found.notes:
        return _Judged("rewritten", answer + "; ".join(dict.fromkeys(found.notes)), names)
    if found.frozen:
        origins = [f"`{origin}`" for origin in dict.fromkeys(found.frozen.values())]
        keep = "keeps its value" if len(origins) == 1 else "keep their values"
        reason = f"{answer}{', '.join(origins)} {keep} from the training rows"
        return _Judged("frozen", reason, names)
    reason = "the service computes it as the notebook does" if answer else _REASONS[found.place]
    return _Judged("kept", answer + reason)


def _holds_answer(found: PathLine, final: str | None) -> bool:
    return found.place == "answer" and final in found.line.writes


def _unjudged(line: Line) -> _Judged:
    """A statement where no way to a model is found: only what it is by itself can be said."""
    if (named := installs(line.node)) is not None:
        return _Judged("dropped", _installed(named))
    return _Judged("dropped", _SHOWS if is_display(line.node) else _UNJUDGED)


def _off_path(
    line: Line, path: Path | Unfinished, by_origin: Mapping[str, str], models: Collection[str]
) -> _Judged:
    kept = tuple(
        by_origin[name]
        for name in sorted(bound(line.node) & by_origin.keys())
        if name not in models or _is_model(line.run.types.get(name))
    )
    if path.source is not None and line.index == path.source.statement:
        return _Judged("dropped", "reads the raw frame; a request brings its own rows")
    if kept:
        return _Judged("frozen", "its value from the training rows is kept", kept)
    if isinstance(path, Path) and line.index in path.passed:
        return _Judged("dropped", path.passed[line.index])
    if line.index in path.dropped_for_target:
        return _Judged("dropped", "concerns the target alone, which is absent at scoring")
    if (named := installs(line.node)) is not None:
        return _Judged("dropped", _installed(named))
    if _calls(line.node, {"set_config"}):
        return _Judged("rewritten", "the setting holds inside the scoring functions alone")
    if is_display(line.node):
        return _Judged("dropped", _SHOWS)
    if _calls(line.node, FITS):
        return _Judged("dropped", _fitted(line.node, models))
    if _chooses_rows(line):
        return _Judged("dropped", "chooses among rows that scoring is not asked about")
    return _Judged("dropped", "scoring does not need it")


def _is_model(kind: type | None) -> bool:
    """`best = None` names the variable, and makes no model of it."""
    return kind is None or hasattr(kind, "fit") or hasattr(kind, "predict")


def _chooses_rows(line: Line) -> bool:
    """`train = train[train["age"] > 0]`, where the way to the model goes past it."""
    match line.node:
        case ast.Assign(value=ast.Subscript(value=ast.Name(id=rows), slice=condition)):
            plain = any(isinstance(part, ast.Compare | ast.Slice) for part in ast.walk(condition))
        case ast.Assign(value=ast.Call(func=ast.Attribute(value=ast.Name(id=rows), attr=method))):
            plain = method in _CHOOSE
        case _:
            return False
    return plain and rows in line.tainted


def _fitted(node: ast.stmt, models: Collection[str]) -> str:
    """What becomes of a fit: scoring has what was fitted, or nothing asks for it."""
    roots = {name.partition(".")[0] for name in models}
    fitted = {
        chain_root(part.func)
        for part in ast.walk(node)
        if isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in FITS
    }
    if fitted & roots:
        return "fits on the training rows; scoring has the fitted estimator"
    return "fits on the training rows what scoring does not ask"


def _installed(named: Collection[str]) -> str:
    """What the kernel had of the packages that a statement would install."""
    had = []
    for requirement in map(Requirement, named):
        try:
            version = metadata.version(requirement.name)
        except metadata.PackageNotFoundError:
            had.append(f"{requirement.name} is not installed")
            continue
        fits = requirement.specifier.contains(version, prereleases=True)
        had.append(f"{requirement.name} {version}" + ("" if fits else f", not {requirement}"))
    said = f" ({'; '.join(had)})" if had else ""
    return f"installs packages, which was not done again: the lock has what the kernel had{said}"


def _calls(node: ast.stmt, names: Collection[str]) -> bool:
    called = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(getattr(each, "attr", getattr(each, "id", "")) in names for each in called)
