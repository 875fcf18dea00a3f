"""Marks: what people say of a Run afterwards. A tag, a note, or that it may go."""

from __future__ import annotations

import time

import sqlalchemy as sa

from . import tables
from .database import Database
from .insert import insert_new
from .keys import key_of

__all__ = ["RERUN", "STARRED", "Marks"]

# The tag of a Run that somebody starred.
STARRED = "starred"
# The tag of a Run that `cellmark reproduce` made.
RERUN = "rerun"


class Marks:
    """Of the Run with the id `run`, which must exist. Each method raises StoreError."""

    def __init__(self, database: Database, run: str) -> None:
        self._database = database
        self._run = run

    def add_tag(self, name: str) -> None:
        """Give the Run a tag, unless it has it."""
        with self._database.writing() as connection:
            run = key_of(connection, tables.run, self._run)
            insert_new(connection, tables.tag, [{"run": run, "name": name}])

    def remove_tag(self, name: str) -> None:
        """Take a tag away, if the Run has it."""
        with self._database.writing() as connection:
            run = key_of(connection, tables.run, self._run)
            same = (tables.tag.c.run == run) & (tables.tag.c.name == name)
            connection.execute(sa.delete(tables.tag).where(same))

    def write_note(self, text: str) -> None:
        """Write the Run's note in place of the one before; an empty text leaves it without one."""
        with self._database.writing() as connection:
            run = key_of(connection, tables.run, self._run)
            connection.execute(sa.delete(tables.note).where(tables.note.c.run == run))
            if text:
                row = {"run": run, "at": time.time(), "text": text}
                connection.execute(sa.insert(tables.note).values(row))

    def delete(self) -> None:
        """Delete the Run: it is not found any more. All of it is kept, for `bring_back`."""
        self._set_deleted(time.time())

    def bring_back(self) -> None:
        """Make the Run as if it had not been deleted."""
        self._set_deleted(None)

    def _set_deleted(self, at: float | None) -> None:
        change = sa.update(tables.run).where(tables.run.c.id == self._run).values(deleted=at)
        with self._database.writing() as connection:
            connection.execute(change)
