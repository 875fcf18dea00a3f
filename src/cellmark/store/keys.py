"""Keys: the small numbers by which rows name a text, a Run, an execution or a value's name."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from . import tables
from .insert import insert_new

__all__ = ["key_of", "name_keys", "text_digest", "text_key"]

# Two texts of a store share this many hexadecimal digits of their SHA-256 by no chance.
_DIGITS = 32


def key_of(connection: sa.Connection, table: sa.Table, id_: str) -> int:
    """The key of the Run or the execution with this id, which must be there."""
    key: int = connection.execute(sa.select(table.c.key).where(table.c.id == id_)).scalar_one()
    return key


def text_digest(text: str) -> str:
    """By which a text is found again."""
    return hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]


def text_key(connection: sa.Connection, text: str | None) -> int | None:
    """The key of this text, which is kept if it is new; None for None."""
    if text is None:
        return None
    digest = text_digest(text)
    query = sa.select(tables.text.c.key).where(tables.text.c.digest == digest)
    known: int | None = connection.execute(query).scalar()
    if known is None:
        insert_new(connection, tables.text, [{"digest": digest, "text": text}])
        known = connection.execute(query).scalar_one()
    return known


def name_keys(
    connection: sa.Connection, table: sa.Table, experiment: str, named: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The keys of these (name, source) among an experiment's metrics or parameters.

    Those that are new are kept.
    """
    found = _known(connection, table, experiment)
    new = sorted(set(named) - found.keys())
    if new:
        rows = [{"experiment": experiment, "name": name, "source": how} for name, how in new]
        insert_new(connection, table, rows)
        found = _known(connection, table, experiment)
    return {each: found[each] for each in named}


def _known(
    connection: sa.Connection, table: sa.Table, experiment: str
) -> dict[tuple[str, str], int]:
    query = sa.select(table).where(table.c.experiment == experiment)
    rows: Iterable[Any] = connection.execute(query)
    return {(row.name, row.source): row.key for row in rows}
