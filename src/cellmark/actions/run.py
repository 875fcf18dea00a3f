"""Run: execute a notebook through papermill and log its Runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from cellmark.replay import Failure, Progress, execute, quiet
from cellmark.store import Store, open_store
from cellmark.store.location import absolute, find_folder

from .summary import RunSummary, summary_of

__all__ = ["RunResult", "run", "store_for"]


class RunResult(msgspec.Struct, frozen=True, kw_only=True):
    """`output` is the executed notebook's path, null where none was asked for: the store keeps
    one with each Run in any case. `failure` is null, or where the notebook stopped and why.
    """

    runs: tuple[RunSummary, ...]
    output: str | None
    failure: Failure | None


def run(
    notebook: Path | str,
    parameters: Mapping[str, object] | None = None,
    *,
    output: Path | None = None,
    progress: Progress = quiet,
) -> RunResult:
    """Execute `notebook`, write it to `output` if given, and log what its tagged cells did.

    Raises: CellmarkError for what can't be executed. A cell that raises is no error here: its
    Run is kept, as failed.
    """
    path = Path(notebook)
    store = store_for(path)
    execution = execute(
        path, parameters=parameters or {}, output=output, store=store.folder, progress=progress
    )
    return RunResult(
        runs=tuple(summary_of(store.run(one)) for one in execution.runs),
        output=str(execution.output) if execution.output else None,
        failure=execution.failure,
    )


def store_for(notebook: Path) -> Store:
    """The store of the project that `notebook` is in.

    A new one goes to the current folder if the notebook is below it, as the project's root is
    where people stand when they type; else beside the notebook.
    """
    home, here = absolute(notebook).parent, Path.cwd()
    if not find_folder(home).is_dir() and home.is_relative_to(here):
        return open_store(here)
    return open_store(home)
