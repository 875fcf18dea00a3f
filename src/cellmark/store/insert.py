"""Insert rows unless they are there, on every database that Cellmark knows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert_new"]


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert `rows`; those whose key exists are left as they are. The number inserted."""
    if not rows:
        return 0
    sqlite_like = connection.dialect.name == "sqlite"
    insert = sqlite.insert if sqlite_like else postgresql.insert
    return sum(
        connection.execute(insert(table).values(row).on_conflict_do_nothing()).rowcount
        for row in rows
    )
