"""Explain: the verdict on each statement of a notebook, without building anything."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec

from cellmark.core.progress import Tell, untold
from cellmark.core.statement import Refused, Statement
from cellmark.notebook import Notebook
from cellmark.store.redaction import redact_text, secret_values

from .hidden_state import HiddenState
from .run import store_for
from .source import find_source
from .tracing import trace_to_explain

__all__ = ["ExplainedCell", "ExplainedNotebook", "explain", "without_secrets"]


class ExplainedCell(msgspec.Struct, frozen=True):
    """A cell that statements come from, by its number among the code cells."""

    cell: int
    roles: tuple[str, ...]
    heading: str | None


class ExplainedNotebook(msgspec.Struct, frozen=True, kw_only=True):
    """What packaging would make of a notebook. It can be derived if nothing is `refused`.

    The verdicts are those for `model`, the author's name for it; null if none was found.
    `hidden_state` are cells that showed other things when the notebook was saved.
    """

    notebook: str
    run: str | None
    model: str | None
    derivable: bool
    statements: tuple[Statement, ...]
    refused: tuple[Refused, ...]
    cells: tuple[ExplainedCell, ...]
    hidden_state: tuple[HiddenState, ...]


def explain(
    source: str | Path,
    *,
    parameters: Mapping[str, object] | None = None,
    model: str | None = None,
    frame: str | None = None,
    answer: str | None = None,
    policies: Mapping[str, str] | None = None,
    note: Callable[[str], None] = lambda _: None,
    progress: Tell = untold,
) -> ExplainedNotebook:
    """Run a notebook (a path) or a Run (its reference) clean, and judge each of its statements.

    The options are those of `package`, which also proves it. Nothing is written but the Run.
    Raises: CellmarkError for bad input, CheckFailed where a cell raises. A statement that is
    refused is no error here.
    """
    with tempfile.TemporaryDirectory(prefix="cellmark-explain-") as scratch:
        here = Path(scratch)
        found = find_source(str(source), parameters or {}, here)
        names = {"model": model, "frame": frame, "answer": answer}
        choices = found.notebook.choices.overruled(names, policies or {}, "the command line")
        store = store_for(found.shown)
        note(f"running {found.shown.name} clean, traced")
        traced = trace_to_explain(
            found, here, store=store.folder, choices=choices, note=note, progress=progress
        )
    explanation = traced.explanation
    statements = tuple(map(without_secrets, explanation.statements))
    return ExplainedNotebook(
        notebook=str(found.shown),
        run=traced.execution.runs[-1] if traced.execution.runs else None,
        model=explanation.model,
        derivable=not explanation.refused,
        statements=statements,
        refused=explanation.refused,
        cells=_cells(found.notebook, statements),
        hidden_state=traced.hidden,
    )


def without_secrets(statement: Statement) -> Statement:
    """The statement with secrets in its text made unreadable."""
    known = secret_values()
    return msgspec.structs.replace(
        statement,
        source=redact_text(statement.source, known),
        reason=redact_text(statement.reason, known),
    )


def _cells(notebook: Notebook, statements: tuple[Statement, ...]) -> tuple[ExplainedCell, ...]:
    numbers = {statement.cell for statement in statements}
    return tuple(
        ExplainedCell(cell.number, cell.roles, cell.heading)
        for cell in notebook.cells
        if cell.number in numbers
    )
