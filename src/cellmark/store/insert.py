"""Insert rows unless they are there, on every database that Cellmark knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite

__all__ = ["insert_new"]


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert `rows`; those whose key exists are left as they are. The number inserted."""
    if not rows:
        return 0
    if connection.dialect.name == "sqlite":
        insert: Any = sqlite.insert
    else:
        # Takes a tenth of a second to import, which `cellmark runs` would feel.
        from sqlalchemy.dialects import postgresql

        insert = postgresql.insert
    if len(rows) > 1 and len({frozenset(row) for row in rows}) == 1:
        return connection.execute(insert(table).on_conflict_do_nothing(), list(rows)).rowcount
    return sum(
        connection.execute(insert(table).values(row).on_conflict_do_nothing()).rowcount
        for row in rows
    )
