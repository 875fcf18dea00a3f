"""Execution: what became of one replay of a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Execution", "Failure"]


@dataclass(frozen=True)
class Failure:
    """Where a notebook stopped: the source notebook's code cell and the line in it, from 1.

    `cell` is None for the cell that papermill injected; `line` is None where no line is to blame
    (a kernel that died). `error` is the exception's name and text on one line.
    """

    cell: int | None
    line: int | None
    error: str
    traceback: str


@dataclass(frozen=True)
class Execution:
    """`runs` are the ids of the Runs begun, in order; `output` the notebook written, if asked."""

    status: Literal["ok", "failed"]
    runs: tuple[str, ...]
    notebook: NotebookNode
    output: Path | None
    failure: Failure | None
