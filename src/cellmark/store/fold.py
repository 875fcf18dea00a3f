"""Fold: take what kernels spooled into the tables. Doing it twice, or at once, does it once."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from . import tables
from .cells import add_cell
from .database import Database
from .insert import insert_new
from .reading import runs_by_id
from .spool import Record, Spool, spools

__all__ = ["fold"]


def fold(database: Database, folder: Path) -> None:
    """Fold every session's new records in, each session in one transaction.

    The database's write lock keeps a second folder waiting; it then finds the work done. The
    spool of a session that has ended is removed once its records are safe.
    """
    for spool in spools(folder):
        if _fold_session(database, spool):
            spool.path.unlink(missing_ok=True)


def _fold_session(database: Database, spool: Spool) -> bool:
    """Fold one session; whether it has ended."""
    if not _has_news(database, spool):
        return False
    key = tables.spool_offset.c.session == spool.session
    with database.writing() as connection:
        known = sa.select(tables.spool_offset.c.bytes).where(key)
        offset = connection.execute(known).scalar() or 0
        touched: set[str] = set()
        ended = False
        for record, behind in spool.after(offset):
            touched |= _apply(connection, record, spool.session)
            ended, offset = record["kind"] == "end", behind
        _identify(connection, touched)
        connection.execute(sa.delete(tables.spool_offset).where(key))
        if not ended:
            values = {"session": spool.session, "bytes": offset}
            connection.execute(sa.insert(tables.spool_offset).values(values))
    return ended


def _has_news(database: Database, spool: Spool) -> bool:
    key = tables.spool_offset.c.session == spool.session
    with database.reading() as connection:
        known = connection.execute(sa.select(tables.spool_offset.c.bytes).where(key)).scalar()
    return known is None or known < spool.path.stat().st_size


def _apply(connection: sa.Connection, record: Record, session: str) -> set[str]:
    """Apply one record; the ids of the Runs that it changed."""
    if record["kind"] == "cell":
        return add_cell(connection, record, session)
    if record["kind"] == "notebook":
        _add_notebook(connection, record)
    return set()


def _add_notebook(connection: sa.Connection, record: Record) -> None:
    stored = {"digest": record["object"], "bytes": record["bytes"]}
    insert_new(connection, tables.object_, [stored])
    about = {"name": "notebook", "kind": "notebook", "type": "ipynb", "format": "json"}
    rows = [{**about, "run": run, "object": record["object"]} for run in record["runs"]]
    insert_new(connection, tables.artifact, rows)


def _identify(connection: sa.Connection, touched: set[str]) -> None:
    for run in runs_by_id(connection, sorted(touched)):
        change = sa.update(tables.run).where(tables.run.c.id == run.id)
        connection.execute(change.values(identity=run.identity))
