"""Schema: bring a store's tables to the present form, once, whoever comes first."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable

import sqlalchemy as sa

from . import tables
from .database import PATIENCE_SECONDS, Database
from .errors import StoreError

__all__ = ["MIGRATIONS", "migrate"]

Migration = Callable[[sa.Connection], None]

_PAUSE_SECONDS = 0.05


def _first(connection: sa.Connection) -> None:
    tables.metadata.create_all(connection)


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


def _add_column(connection: sa.Connection, table: str, name: str, kind: str) -> None:
    columns = {column["name"] for column in sa.inspect(connection).get_columns(table)}
    if name not in columns:
        connection.execute(sa.text(f"ALTER TABLE {table} ADD COLUMN {name} {kind}"))


# Migration n brings a store from version n to n + 1. `_first` makes today's tables, so a later
# migration must pass over what is there already (`if not inspector.has_table(...)`).
MIGRATIONS: tuple[Migration, ...] = (_first, _deleted, _conditions, _registry, _settings)


def migrate(database: Database, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
    """Apply the migrations that `database` lacks, in one transaction.

    Raises: StoreError if a newer Cellmark made the store.
    """
    with database.reading() as connection:
        if _version(connection) == len(migrations):
            return
    _keep_a_journal(database)
    with database.writing() as connection:
        version = _version(connection)
        if version > len(migrations):
            raise StoreError(
                database.place,
                f"schema version {version}, made by a newer Cellmark",
                f"version {len(migrations)} or lower",
                "Upgrade with `pip install -U cellmark`.",
            )
        for migration in migrations[version:]:
            migration(connection)
        connection.execute(sa.delete(tables.schema_version))
        connection.execute(sa.insert(tables.schema_version).values(version=len(migrations)))


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
