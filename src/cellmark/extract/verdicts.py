"""The verdict on each statement of the tagged cells, with its reason in words."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from importlib import metadata

from packaging.requirements import Requirement

from cellmark.core.statement import Statement, Verdict
from cellmark.notebook.installs import installs

from .frozen import Frozen
from .model import Answering
from .names import bound, is_display
from .path import Path, PathLine
from .program import Line, Program

__all__ = ["verdicts_of"]

_FITS = {"fit", "fit_transform", "fit_predict", "partial_fit"}
_REASONS = {
    "import": "scoring needs it",
    "definition": "scoring calls it",
    "constant": "does not depend on the rows",
    "step": "follows the rows",
    "split": "",
}


def verdicts_of(
    program: Program,
    path: Path,
    answering: Answering,
    frozen: Mapping[str, Frozen],
    summaries: Mapping[str, str],
) -> tuple[Statement, ...]:
    """One verdict per top-level statement of the cells that have a role, in document order.

    `summaries` says in a line what each frozen value is.
    """
    on_path = {line.line.index: line for line in path.lines}
    by_origin = {value.origin: value.name for value in frozen.values()}
    by_origin[answering.name] = answering.name.lower()
    asked = answering.line.index
    return tuple(
        _verdict(line, on_path.get(line.index), path, by_origin, summaries)
        if line.index < asked
        else _after_the_answer(line, asked)
        for line in program.lines
        if line.cell.roles or line.index in on_path or installs(line.node) is not None
    )


def _verdict(
    line: Line,
    found: PathLine | None,
    path: Path,
    by_origin: Mapping[str, str],
    summaries: Mapping[str, str],
) -> Statement:
    names: tuple[str, ...] = ()
    if found is not None:
        verdict, reason = _on_path(found)
        names = tuple(found.frozen)
    else:
        verdict, reason, names = _off_path(line, path, by_origin)
    return Statement(
        cell=line.cell.number,
        line=line.node.lineno,
        source=ast.unparse(line.node),
        verdict=verdict,
        reason=reason,
        frozen={name: summaries.get(name, "") for name in names},
    )


def _after_the_answer(line: Line, asked: int) -> Statement:
    asks = "asks the model, as the service will"
    reason = "only shows something" if is_display(line.node) else "comes after the model's answer"
    return Statement(
        cell=line.cell.number,
        line=line.node.lineno,
        source=ast.unparse(line.node),
        verdict="dropped",
        reason=asks if line.index == asked else reason,
    )


def _on_path(found: PathLine) -> tuple[Verdict, str]:
    if found.notes:
        return "rewritten", "; ".join(dict.fromkeys(found.notes))
    if found.frozen:
        origins = ", ".join(f"`{origin}`" for origin in found.frozen.values())
        return "frozen", f"{origins} keeps its value from the training rows"
    return "kept", _REASONS[found.place]


def _off_path(
    line: Line, path: Path, by_origin: Mapping[str, str]
) -> tuple[Verdict, str, tuple[str, ...]]:
    kept = tuple(by_origin[name] for name in sorted(bound(line.node)) if name in by_origin)
    if line.index == path.source.statement:
        return "dropped", "reads the raw frame; a request brings its own rows", ()
    if kept:
        return "frozen", "its value from the training rows is kept", kept
    if line.index in path.dropped_for_target:
        return "dropped", "concerns the target alone, which is absent at scoring", ()
    if (named := installs(line.node)) is not None:
        return "dropped", _installed(named), ()
    if is_display(line.node):
        return "dropped", "only shows something", ()
    if _fits(line.node):
        return "dropped", "fits on the training rows; scoring has the fitted estimator", ()
    return "dropped", "the model's answer does not depend on it", ()


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
    return any(
        isinstance(part, ast.Call)
        and isinstance(part.func, ast.Attribute)
        and part.func.attr in _FITS
        for part in ast.walk(node)
    )
