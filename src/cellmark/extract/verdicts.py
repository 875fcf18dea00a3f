"""The verdict on each statement of the tagged cells, with its reason in words."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib import metadata
from typing import NamedTuple

from packaging.requirements import Requirement

from cellmark.core.statement import Statement, Verdict
from cellmark.notebook.installs import installs

from .frames import size_of
from .frozen import Frozen
from .model import Answering
from .names import bound, is_display
from .path import Path, PathLine, Unfinished
from .program import Line, Program
from .records import Source
from .refusal import Refusal
from .texts import source_of

__all__ = ["verdicts_of"]

_SHOWS = "only shows something"
_FITS = {"fit", "fit_transform", "fit_predict", "partial_fit"}
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

    `summaries` says in a line what each frozen value is, `answering` is None if no model was found,
    `defined` numbers the statements that fitted estimators need, `tables` are only looked up in.
    """
    on_path = {line.line.index: line for line in path.lines}
    by_origin = {value.origin: value.name for value in frozen.values()}
    refusals = _by_line(program, refused)
    read = {table.statement: table for table in tables}
    asked = len(program.lines)
    if answering is not None:
        by_origin[answering.name] = answering.name.lower()
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
        return _off_path(line, path, by_origin) if line.index < asked else _late(line, asked)

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


def _late(line: Line, asked: int) -> _Judged:
    if line.index == asked:
        return _Judged("dropped", "asks the model, as the service will")
    shows = is_display(line.node)
    return _Judged("dropped", _SHOWS if shows else "comes after the model's answer")


def _on_path(found: PathLine, final: str | None) -> _Judged:
    names = tuple(found.frozen)
    answer = f"`{final}` is the bundle's answer; " if _holds_answer(found, final) else ""
    if found.notes:
        return _Judged("rewritten", answer + "; ".join(dict.fromkeys(found.notes)), names)
    if found.frozen:
        origins = ", ".join(f"`{origin}`" for origin in dict.fromkeys(found.frozen.values()))
        return _Judged("frozen", f"{answer}{origins} keeps its value from the training rows", names)
    reason = "the service computes it as the notebook does" if answer else _REASONS[found.place]
    return _Judged("kept", answer + reason)


def _holds_answer(found: PathLine, final: str | None) -> bool:
    return found.place == "answer" and final in found.line.writes


def _off_path(line: Line, path: Path | Unfinished, by_origin: Mapping[str, str]) -> _Judged:
    kept = tuple(by_origin[name] for name in sorted(bound(line.node)) if name in by_origin)
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
    if _fits(line.node):
        return _Judged("dropped", "fits on the training rows; scoring has the fitted estimator")
    return _Judged("dropped", "scoring does not need it")


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


def _fits(node: ast.stmt) -> bool:
    return _calls(node, _FITS)


def _calls(node: ast.stmt, names: Collection[str]) -> bool:
    called = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
    return any(getattr(each, "attr", getattr(each, "id", "")) in names for each in called)
