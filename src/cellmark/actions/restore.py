"""Restore: the notebook as a Run ran it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import nbformat

from cellmark.core.run import CellExecution, Run
from cellmark.store import Store, open_store
from cellmark.store.errors import NoSuchRun
from cellmark.store.redaction import redact, secret_values
from cellmark_runtime.errors import CellmarkError

from .notebook_runs import NotebookRuns

__all__ = [
    "ExecutedNotebook",
    "KeptNotebook",
    "Restored",
    "RestoredNotebook",
    "keep_notebook",
    "notebook_of",
    "restore",
    "restored",
]

_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
# A cell that just ran belongs to one of the newest Runs.
_RECENT = 20


class ExecutedNotebook(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A notebook (nbformat 4) right after its tagged cell `cell_id` ran."""

    cell_id: str
    content: dict[str, Any]


class KeptNotebook(msgspec.Struct, frozen=True):
    """The Run that a notebook was kept with."""

    run: str


class Restored(msgspec.Struct, frozen=True):
    """The new notebook, by its path from the folder that is served."""

    notebook: str


class RestoredNotebook(msgspec.Struct, frozen=True):
    """The new notebook's path, and the id of the Run that it is from.

    `whole` says whether it is the notebook as executed; else it has the Run's tagged cells alone.
    """

    run: str
    notebook: str
    whole: bool


def notebook_of(run: Run, store: Store) -> Any:
    """The notebook (an nbformat node) that `run` is from; where none was kept, its tagged cells."""
    if run.notebook is not None:
        return nbformat.reads(store.content(run.notebook).decode(), as_version=4)
    cells = [_cell(each) for each in run.cells]
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": _KERNEL})


def restore(
    reference: str, destination: Path | str, *, start: Path | None = None
) -> RestoredNotebook:
    """Write the notebook as the Run that `reference` names ran it to `destination`, a new file.

    Raises: NoSuchRun; CellmarkError if there is a file already, or no folder to write into.
    """
    store = open_store(start)
    run = store.run(reference)
    written = restored(run, store, Path(destination))
    return RestoredNotebook(run.id, str(written), run.notebook is not None)


def restored(run: Run, store: Store, destination: Path) -> Path:
    """Write the notebook as `run` ran it to `destination`, a new file.

    Raises: CellmarkError if there is a file already, or no folder to write into.
    """
    if destination.suffix != ".ipynb":
        raise CellmarkError("destination", repr(str(destination)), "a name that ends in .ipynb")
    text = nbformat.writes(notebook_of(run, store))
    try:
        with destination.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        place, expected = str(destination), "the name of a new one"
        raise CellmarkError(place, "a file that exists", expected) from None
    except FileNotFoundError:
        place, expected = str(destination.parent), "a folder to write into"
        raise CellmarkError(place, "no such folder", expected) from None
    return destination


def keep_notebook(runs: NotebookRuns, executed: ExecutedNotebook) -> Run:
    """Keep a notebook, as a front end has it, with the Run that its cell just ran for.

    Its tagged cells are kept with the code that ran, whatever was typed there since; secrets are
    redacted. Raises: NoSuchRun if no Run has the cell, CellmarkError for what is no notebook.
    """
    run = _run_of(runs, executed.cell_id)
    text = json.dumps(redact(executed.content, secret_values()))
    try:
        notebook = nbformat.reads(text, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, TypeError, AttributeError, KeyError, nbformat.ValidationError) as fault:
        first = f"{type(fault).__name__}: {fault}".splitlines()[0]
        raise CellmarkError("the notebook's content", first, "a notebook in nbformat 4") from fault
    _set_back(notebook, run.cells)
    runs.store.keep_notebook(run.id, nbformat.writes(notebook).encode())
    return run


def _run_of(runs: NotebookRuns, cell_id: str) -> Run:
    recent = runs.store.page(runs.experiment, limit=_RECENT).runs
    having = [run for run in recent if any(cell.cell_id == cell_id for cell in run.cells)]
    if not having:
        raise NoSuchRun(f"cell {cell_id!r}", "no run has it", "a tagged cell that has run")
    return max(having, key=lambda run: run.finished)


def _set_back(notebook: Any, ran: Sequence[CellExecution]) -> None:
    """Give the tagged cells the code that ran; the outputs of another code are taken out."""
    sources = {cell.cell_id: cell.source for cell in ran}
    for cell in notebook.cells:
        source = sources.get(cell.get("id"), cell.source)
        if cell.source != source:
            cell.source = source
            cell.outputs, cell.execution_count = [], None


def _cell(cell: CellExecution) -> Any:
    made = nbformat.v4.new_code_cell(cell.source, metadata={"tags": list(cell.roles)})
    if cell.cell_id is not None:
        made.id = cell.cell_id
    return made
