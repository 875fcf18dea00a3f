"""Schema: bring a store's tables to the present form, once, whoever comes first."""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Callable

import sqlalchemy as sa

from . import tables
from .by_key import name_by_key
from .database import PATIENCE_SECONDS, Database
from .errors import StoreError

__all__ = ["MIGRATIONS", "migrate"]

Migration = Callable[[sa.Connection], None]

_PAUSE_SECONDS = 0.05


def _deleted(connection: sa.Connection) -> None:
    _add_column(connection, "run", "deleted", "FLOAT")


def _conditions(connection: sa.Connection) -> None:
    _add_column(connection, "run", "conditions", "TEXT")


def _registry(connection: sa.Connection) -> None:
    tables.metadata.create_all(connection, [tables.model_version, tables.alias, tables.event])


def _settings(connection: sa.Connection) -> None:
    _add_column(connection, "param", "source", "TEXT")
    _add_column(connection, "param", "confidence", "FLOAT")
    _add_column(connection, "artifact", "parameters", "TEXT")
    _add_column(connection, "run", "inputs", "TEXT")


def _beginnings(connection: sa.Connection) -> None:
    _add_column(connection, "execution", "chance", "INTEGER REFERENCES text (key)")
    _add_column(connection, "execution", "peak", "BIGINT")


def _add_column(connection: sa.Connection, table: str, name: str, kind: str) -> None:
    columns = {column["name"] for column in sa.inspect(connection).get_columns(table)}
    if name not in columns:
        connection.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {name} {kind}"))


# The first of them brings a store from version 1 to version 2. A new store is made as it is today.
MIGRATIONS: tuple[Migration, ...] = (
    *(_deleted, _conditions, _registry, _settings),
    *(name_by_key, _beginnings),
)


def migrate(database: Database, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Make the tables, or apply the migrations that `database` lacks, in one transaction.

    Raises: StoreError if a newer Cellmark made the store.
    """
    latest = 1 + len(migrations)
    with database.reading() as connection:
        if _version(connection) == latest:
            return
    _keep_a_journal(database)
    with database.writing() as connection:
        version = _version(connection)
        if version > latest:
            raise StoreError(
                database.place,
                f"schema version {version}, made by a newer Cellmark",
                f"version {latest} or lower",
                "Upgrade with `pip install -U cellmark`.",
            )
        if version == 0:
            tables.metadata.create_all(connection)
        else:
            for migration in migrations[version - 1 :]:
                migration(connection)
        connection.execute(sa.delete(tables.schema_version))
        connection.execute(sa.insert(tables.schema_version).values(version=latest))
    if 0 < version < latest:
        _give_back_room(database)


def _version(connection: sa.Connection) -> int:
    if not sa.inspect(connection).has_table(tables.schema_version.name):
        return 0
    return connection.execute(sa.select(tables.schema_version.c.version)).scalar() or 0


def _keep_a_journal(database: Database) -> None:
    """Write-ahead logging lets readers go on while one writes; the file remembers the setting."""
    if database.engine.dialect.name == "sqlite":
        with database.reading() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            connection.rollback()
            _patiently(lambda: raw.execute("PRAGMA journal_mode = WAL"))


def _give_back_room(database: Database) -> None:
    """The file keeps the room of tables that were made anew until it is written anew itself."""
    if database.engine.dialect.name == "sqlite":
        # Without that room on the disk, or while others read, it stays as large as it was.
        with contextlib.suppress(sa.exc.DBAPIError), database.engine.connect() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            connection.rollback()
            with contextlib.suppress(sqlite3.OperationalError):
                raw.execute("VACUUM")


def _patiently(change: Callable[[], object]) -> None:
    """SQLite does not wait for others by itself where the journal's mode is to change."""
    give_up = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            change()
        except sqlite3.OperationalError:
            if time.monotonic() > give_up:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return
