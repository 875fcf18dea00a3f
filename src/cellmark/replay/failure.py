"""Failure: find the cell that stopped a replay and put it in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .execution import Failure
from .session import Session
from .traceback import line_of, plain

__all__ = ["died", "failure_in"]


def failure_in(notebook: Any, numbers: Mapping[str, int]) -> Failure | None:
    """The failure that stopped this executed notebook, or None."""
    for cell in notebook.cells:
        if cell.metadata.get("papermill", {}).get("exception"):
            return _of_cell(cell, numbers.get(cell.id))
    return None


def died(session: Session) -> Failure:
    """The failure of a kernel that was gone before its cell was done."""
    error = (
        "the kernel died while this cell ran: it was killed, ran out of memory, "
        "crashed in native code, or the cell ended its process"
    )
    return Failure(
        session.numbers.get(session.current or ""),
        None,
        f"KernelDied: {error}",
        session.last_words(),
    )


def _of_cell(cell: Any, number: int | None) -> Failure:
    errors = [output for output in cell.outputs if output.output_type == "error"]
    if not errors:
        return Failure(number, None, "the cell failed and said nothing", "")
    error = errors[-1]
    text = plain("\n".join(error.traceback))
    line = line_of(text, cell.execution_count)
    return Failure(number, line, plain(f"{error.ename}: {error.evalue}"), text)
