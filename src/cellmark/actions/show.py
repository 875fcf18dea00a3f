"""Show: one Run whole."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import nbformat

from cellmark.core.run import Run
from cellmark.store import Store, open_store

__all__ = ["CellOutputs", "ShownRun", "show", "shown"]


class CellOutputs(msgspec.Struct, frozen=True, kw_only=True):
    """What a cell showed, as nbformat outputs."""

    cell: int | None
    cell_id: str
    outputs: list[dict[str, Any]]


class ShownRun(msgspec.Struct, frozen=True, kw_only=True):
    """`run` and what is derived from it; `outputs` are those of its cells, in their order."""

    run: Run
    identity: str
    seconds: float
    metrics: dict[str, float | None]
    outputs: tuple[CellOutputs, ...]


def show(reference: str, *, start: Path | None = None) -> ShownRun:
    """The Run that `reference` names: `latest`, an id, its beginning or end, or an identity.

    Raises: NoSuchRun.
    """
    store = open_store(start)
    return shown(store.run(reference), store)


def shown(run: Run, store: Store) -> ShownRun:
    """`run` with what is derived from it, and from the notebook that was kept with it."""
    return ShownRun(
        run=run,
        identity=run.identity,
        seconds=run.seconds,
        metrics=run.latest_metrics,
        outputs=_outputs(store, run),
    )


def _outputs(store: Store, run: Run) -> tuple[CellOutputs, ...]:
    """From the notebook as executed, where one was kept."""
    if run.notebook is None:
        return ()
    notebook = nbformat.reads(store.content(run.notebook).decode(), as_version=4)
    shown = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    return tuple(
        CellOutputs(
            cell=cell.number,
            cell_id=cell.cell_id,
            outputs=[dict(output) for output in shown[cell.cell_id]],
        )
        for cell in run.cells
        if cell.cell_id is not None and shown.get(cell.cell_id)
    )
