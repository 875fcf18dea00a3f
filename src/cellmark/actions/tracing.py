"""Trace: run a notebook clean while its scoring module is derived inside its kernel."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import msgspec

from cellmark.bundle.requirements import installed_pins, requirements_of, runtime_requirements
from cellmark.core.choices import Choices
from cellmark.core.explanation import Explanation, StatementsRefused, Undecided
from cellmark.core.extraction import Extraction
from cellmark.core.progress import Tell
from cellmark.core.statement import Refused
from cellmark.notebook.files import load
from cellmark.replay import Execution, execute
from cellmark_runtime.errors import CellmarkError, CheckFailed

from .hidden_state import HiddenState, hidden_state, where_set
from .source import Source

__all__ = [
    "Explained",
    "Traced",
    "derive_in_kernel",
    "explain_in_kernel",
    "trace",
    "trace_to_explain",
]

Note = Callable[[str], None]

_EXTRACTION, _PROBLEM, _EXPLANATION = "extraction.json", "problem.json", "explanation.json"


class Needs(msgspec.Struct, frozen=True):
    """`requirements` of the scoring module, `installed` pins of the notebook's kernel."""

    requirements: tuple[str, ...]
    installed: tuple[str, ...]
    interpreter: str


class _Written(msgspec.Struct, frozen=True):
    extraction: Extraction
    needs: Needs


class _Problem(msgspec.Struct, frozen=True):
    where: str
    received: str
    expected: str
    fix: str
    exit_code: int
    refused: tuple[Refused, ...]
    choose: dict[str, tuple[str, ...]]


class Explained(NamedTuple):
    """`hidden` are cells that showed other things when the notebook was saved."""

    execution: Execution
    explanation: Explanation
    hidden: tuple[HiddenState, ...]


class Traced(NamedTuple):
    """`folder` holds model/ (frozen values) and truth.pickle; `hidden` are cells that showed other
    things when the notebook was saved.
    """

    execution: Execution
    extraction: Extraction
    needs: Needs
    folder: Path
    hidden: tuple[HiddenState, ...]


def trace(
    source: Source, folder: Path, *, store: Path, choices: Choices, note: Note, progress: Tell
) -> Traced:
    """Execute the source's notebook and derive its scoring module into `folder`.

    Raises: CheckFailed if a cell raises; StatementsRefused and others for what can't be derived.
    """
    finish = f"derive_in_kernel({str(folder)!r}, {source.shown.name!r}, {_text(choices)!r})"
    execution = _executed(source, finish, store, note, progress)
    written = _read(folder)
    return Traced(execution, written.extraction, written.needs, folder, _hidden(source, execution))


def trace_to_explain(
    source: Source, folder: Path, *, store: Path, choices: Choices, note: Note, progress: Tell
) -> Explained:
    """Execute the source's notebook and say what packaging would make of it.

    Raises: CheckFailed if a cell raises.
    """
    finish = f"explain_in_kernel({str(folder)!r}, {source.shown.name!r}, {_text(choices)!r})"
    execution = _executed(source, finish, store, note, progress)
    content = (folder / _EXPLANATION).read_bytes()
    explanation = msgspec.json.decode(content, type=Explanation)
    return Explained(execution, explanation, _hidden(source, execution))


def _executed(source: Source, finish: str, store: Path, note: Note, progress: Tell) -> Execution:
    notebook = source.notebook
    headings = {cell.number: cell.heading for cell in notebook.cells if cell.heading}
    data_cells = sorted(cell.number for cell in notebook.tagged("data"))
    begin = f"begin(get_ipython(), {headings!r}, frozenset({data_cells!r}))"
    execution = execute(
        notebook.path,
        parameters=source.parameters,
        known_as=source.shown,
        store=store,
        prelude=_run("cellmark.extract.kernel", begin),
        epilogue=_run("cellmark.actions.tracing", finish),
        progress=lambda cell, cells: progress("cell", cell, cells),
        before_epilogue=lambda: note("deriving the scoring module"),
    )
    if execution.failure is not None:
        raise _failed(source, execution)
    return execution


def _hidden(source: Source, execution: Execution) -> tuple[HiddenState, ...]:
    if source.parameters:  # other parameters may well show other things
        return ()
    return hidden_state(load(source.notebook.path), execution.notebook)


def derive_in_kernel(folder: str, notebook: str, choices: str) -> None:
    """Inside the kernel, after the last cell: derive, and leave the result or the problem.

    `choices` are a Choices as JSON text.
    """
    from cellmark.extract.explain import refused_of
    from cellmark.extract.kernel import finish
    from cellmark.extract.refusal import Refusal

    here = Path(folder)
    try:
        extraction = finish(here, notebook, msgspec.json.decode(choices, type=Choices))
        needs = Needs(_requirements(extraction), installed_pins(), sys.executable)
        (here / _EXTRACTION).write_bytes(msgspec.json.encode(_Written(extraction, needs)))
    except CellmarkError as problem:
        written = _Problem(
            problem.where,
            problem.received,
            problem.expected,
            problem.fix,
            problem.exit_code,
            tuple(refused_of(problem)) if isinstance(problem, Refusal) else (),
            dict(problem.choose) if isinstance(problem, Undecided) else {},
        )
        (here / _PROBLEM).write_bytes(msgspec.json.encode(written))


def explain_in_kernel(folder: str, notebook: str, choices: str) -> None:
    """Inside the kernel, after the last cell: say what packaging would make of the notebook."""
    from cellmark.extract.kernel import explained

    here = Path(folder)
    explanation = explained(here, notebook, msgspec.json.decode(choices, type=Choices))
    (here / _EXPLANATION).write_bytes(msgspec.json.encode(explanation))


def _requirements(extraction: Extraction) -> tuple[str, ...]:
    own = requirements_of(extraction.modules)
    pins = [f"{name}=={version}" for name, version in own.items()]
    return tuple(sorted({*pins, *runtime_requirements(extraction.persisted)}))


def _run(module: str, call: str) -> str:
    """Code that calls a function of ours in the kernel and leaves no name behind."""
    function = call.partition("(")[0]
    return f"__import__({module!r}, fromlist=[{function!r}]).{call}"


def _text(choices: Choices) -> str:
    return msgspec.json.encode(choices).decode()


def _read(folder: Path) -> _Written:
    problem = folder / _PROBLEM
    if problem.is_file():
        raise _raised(msgspec.json.decode(problem.read_bytes(), type=_Problem))
    return msgspec.json.decode((folder / _EXTRACTION).read_bytes(), type=_Written)


def _raised(problem: _Problem) -> CellmarkError:
    if problem.refused:
        return StatementsRefused(problem.refused)
    if problem.choose:
        undecided = Undecided(problem.where, problem.received, problem.expected, problem.fix)
        undecided.choose = problem.choose
        return undecided
    kind = CheckFailed if problem.exit_code == CheckFailed.exit_code else CellmarkError
    return kind(problem.where, problem.received, problem.expected, problem.fix)


def _failed(source: Source, execution: Execution) -> CheckFailed:
    failure = execution.failure
    assert failure is not None
    place = "parameters" if failure.cell is None else f"cell {failure.cell}"
    line = f", line {failure.line}" if failure.line else ""
    kept = (
        f" The Run is kept as failed: cellmark show {execution.runs[-1]}." if execution.runs else ""
    )
    missing = where_set(failure.error, failure.cell, load(source.notebook.path))
    return CheckFailed(
        f"{source.shown}, {place}{line}",
        failure.error,
        "cells that run one after the other in a new kernel",
        f"{missing or 'Mend the cell.'}{kept}",
    )
