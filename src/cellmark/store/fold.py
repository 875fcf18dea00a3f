"""Fold: take what kernels spooled into the tables. Doing it twice, or at once, does it once."""

from __future__ import annotations

from pathlib import Path

import msgspec
import sqlalchemy as sa

from . import tables
from .cells import add_cell
from .database import Database
from .insert import insert_new
from .reading import runs_by_id
from .record import CellRecord, EndRecord, NotebookRecord, parse_record
from .spool import Spool, spools

__all__ = ["fold", "replace_notebook"]

# A statement takes no more ids than a database allows variables.
_BATCH = 500
_NOTEBOOK = {"name": "notebook", "kind": "notebook", "type": "ipynb", "format": "json"}


def fold(database: Database, folder: Path) -> None:
    """Fold every session's new records in, each session in one transaction.

    The database's write lock keeps a second folder waiting; it then finds the work done. The
    spool of a session that has ended is removed once its records are safe. A line that can't be
    read (damaged, or of another version) is set aside in a `.rejected` file beside it: one bad
    line must not keep all later Runs out.
    """
    for spool in spools(folder):
        if _fold_session(database, spool):
            spool.path.unlink(missing_ok=True)


def _fold_session(database: Database, spool: Spool) -> bool:
    """Fold one session; whether it has ended."""
    if not _has_news(database, spool):
        return False
    key = tables.spool_offset.c.session == spool.session
    rejected: list[bytes] = []
    with database.writing() as connection:
        known = sa.select(tables.spool_offset.c.bytes).where(key)
        offset = connection.execute(known).scalar() or 0
        lines = spool.lines_after(offset)
        ended = _fold_lines(connection, lines, spool.session, rejected)
        connection.execute(sa.delete(tables.spool_offset).where(key))
        if not ended:
            values = {"session": spool.session, "bytes": offset + sum(map(len, lines))}
            connection.execute(sa.insert(tables.spool_offset).values(values))
        # Before the commit: a line that was passed over is never lost.
        _set_aside(spool.path.with_suffix(".rejected"), rejected)
    return ended


def _set_aside(file: Path, rejected: list[bytes]) -> None:
    """Append the lines that are not there yet: another process may just have folded the same."""
    known = set(file.read_bytes().splitlines(keepends=True)) if file.exists() else set()
    new = [line for line in rejected if line not in known]
    if new:
        with file.open("ab") as aside:
            aside.writelines(new)


def _has_news(database: Database, spool: Spool) -> bool:
    key = tables.spool_offset.c.session == spool.session
    with database.reading() as connection:
        known = connection.execute(sa.select(tables.spool_offset.c.bytes).where(key)).scalar()
    return (known or 0) < spool.size


def _fold_lines(
    connection: sa.Connection, lines: list[bytes], session: str, rejected: list[bytes]
) -> bool:
    """Apply the lines; whether the last one ends the session."""
    touched: set[str] = set()
    ended = False
    for line in lines:
        try:
            record = parse_record(line)
        except msgspec.MsgspecError:
            rejected.append(line)
            continue
        touched |= _apply(connection, record, session)
        ended = isinstance(record, EndRecord)
    _identify(connection, touched)
    return ended


def _apply(
    connection: sa.Connection, record: CellRecord | NotebookRecord | EndRecord, session: str
) -> set[str]:
    """Apply one record; the ids of the Runs that it changed."""
    if isinstance(record, CellRecord):
        return add_cell(connection, record, session)
    if isinstance(record, NotebookRecord):
        _add_notebook(connection, record)
    return set()


def replace_notebook(connection: sa.Connection, run: str, digest: str, size: int) -> None:
    """Make the object with this digest the executed notebook of a Run."""
    key = sa.select(tables.run.c.key).where(tables.run.c.id == run).scalar_subquery()
    kept = (tables.artifact.c.run == key) & (tables.artifact.c.kind == _NOTEBOOK["kind"])
    connection.execute(sa.delete(tables.artifact).where(kept))
    _add_notebook(connection, NotebookRecord((run,), digest, size))


def _add_notebook(connection: sa.Connection, record: NotebookRecord) -> None:
    stored = {"digest": record.object, "bytes": record.bytes}
    insert_new(connection, tables.object_, [stored])
    known = connection.execute(sa.select(tables.run.c.key).where(tables.run.c.id.in_(record.runs)))
    rows = [{**_NOTEBOOK, "run": run, "object": record.object} for run in known.scalars().all()]
    insert_new(connection, tables.artifact, rows)


def _identify(connection: sa.Connection, touched: set[str]) -> None:
    ids = sorted(touched)
    for at in range(0, len(ids), _BATCH):
        for run in runs_by_id(connection, ids[at : at + _BATCH]):
            change = sa.update(tables.run).where(tables.run.c.id == run.id)
            connection.execute(change.values(identity=run.identity))
