"""The database behind a store: connected, kept in one piece, its faults put in words."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from .errors import StoreError

__all__ = ["PATIENCE_SECONDS", "Database"]

# A second writer waits this long for the first; folding a kernel's spool takes milliseconds.
PATIENCE_SECONDS = 30


class Database:
    """Reads and writes of one database. `place` is how messages name it."""

    def __init__(self, url: str, place: str) -> None:
        self.place = place
        self.engine = sa.create_engine(url)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _prepare_sqlite)
            sa.event.listen(self.engine, "begin", _begin_sqlite)

    @classmethod
    def in_folder(cls, folder: Path) -> Database:
        """The SQLite database of a store's folder."""
        file = cls.file_in(folder)
        return cls(f"sqlite:///{file}", str(file))

    @staticmethod
    def file_in(folder: Path) -> Path:
        """Where that database lies."""
        return folder / "cellmark.db"

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one moment. Raises: StoreError."""
        with self._in_words(), self.engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: all of it or nothing, one writer at a time. Raises: StoreError."""
        with self._in_words(), self.engine.connect() as plain:
            connection = plain.execution_options(cellmark_writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.IntegrityError:
            raise
        except sa.exc.DBAPIError as fault:
            raise StoreError(self.place, str(fault.orig), _expected(fault), _fix(fault)) from fault


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own transaction control starts none before a SELECT; ours is in `begin`.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock first: two that read and then write can't both be right.
    writes = connection.get_execution_options().get("cellmark_writes")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _expected(fault: sa.exc.DBAPIError) -> str:
    text = str(fault.orig)
    if "readonly" in text or "unable to open" in text:
        return "a store that may be written"
    return "room on the disk" if "full" in text else ""


def _fix(fault: sa.exc.DBAPIError) -> str:
    text = str(fault.orig)
    if "readonly" in text or "unable to open" in text:
        return "Nothing was changed. Set CELLMARK_STORE to a folder that you may write."
    if "full" in text or "disk I/O" in text:
        return "Nothing was half-written. Free some space, or set CELLMARK_STORE to another disk."
    if "malformed" in text or "not a database" in text:
        return "Move the file away; a new one is made from the next run on."
    return ""
