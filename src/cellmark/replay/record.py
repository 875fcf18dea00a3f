"""What a replay adds to its kernel's record: how it ended, and the executed notebook."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import nbformat

from cellmark.core.tags import roles_of
from cellmark.store.errors import StoreError
from cellmark.store.location import experiment_of
from cellmark.store.objects import put
from cellmark.store.redaction import redact, secret_values
from cellmark.store.spool import Record, Spool, new_id

from .execution import Failure
from .session import Session

__all__ = ["close_record"]


def close_record(
    spool: Spool, session: Session, executed: Any, failure: Failure | None
) -> tuple[str, ...]:
    """Complete the session's record; the ids of the Runs that it holds, in order.

    A failure that the kernel could not record itself (it died, or the cell has no tag) is
    recorded here, so that it is kept as a failed Run like any other.
    Raises: StoreError if the kernel could not record a cell that it ran.
    """
    records = spool.records()
    if failure is None:
        _check_recorded(spool, records, executed)
    if failure is not None and not any(r["status"] == "failed" and r["run"] for r in records):
        spool.append(_failed(spool, session, executed, failure))
    runs = tuple(dict.fromkeys(r["run"] for r in spool.records() if r.get("run")))
    if runs:
        safe = nbformat.from_dict(redact(executed, secret_values()))
        digest, size = put(spool.folder, nbformat.writes(safe).encode())
        spool.append({"kind": "notebook", "runs": runs, "object": digest, "bytes": size})
    spool.append({"kind": "end"})
    return runs


def _check_recorded(spool: Spool, records: Iterable[Record], executed: Any) -> None:
    """A fault in recording never stops a user's cell; here is where it is told."""
    roles = [
        roles_of(cell.metadata.get("tags", ()))
        for cell in executed.cells
        if cell.cell_type == "code" and cell.source.strip()
    ]
    expected = sum(bool(each) and "skip" not in each for each in roles)
    found = sum(record["kind"] == "cell" for record in records)
    if found < expected:
        raise StoreError(
            str(spool.folder),
            f"only {found} of {expected} tagged cells could be recorded",
            "a folder with room that can be written to",
            "Make room on the disk, or name another folder in CELLMARK_STORE, and run again.",
        )


def _failed(spool: Spool, session: Session, executed: Any, failure: Failure) -> Record:
    records = spool.records()
    notebook = Path(session.environment["CELLMARK_NOTEBOOK"])
    cell = next((c for c in executed.cells if c.id == session.current), None)
    begun = [record["run"] for record in records if record.get("run")]
    return {
        "kind": "cell",
        "id": new_id(),
        "run": begun[-1] if begun else new_id(),
        "begins": not begun,
        "fed_by": [record["id"] for record in records],
        "experiment": experiment_of(notebook, spool.folder),
        "cell_id": session.current,
        "number": failure.cell,
        "injected": failure.cell is None,
        "roles": roles_of(cell.metadata.get("tags", ())) if cell else (),
        "source": cell.source if cell else "",
        "status": "failed",
        "started": time.time(),
        "seconds": 0.0,
        "failure": asdict(failure),
    }
