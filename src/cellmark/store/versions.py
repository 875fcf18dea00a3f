"""Version numbers of bundles: one per content, counted per model name."""

from __future__ import annotations

import sqlalchemy as sa

from .database import Database
from .tables import bundle_version as table

__all__ = ["allocate_version"]

_ATTEMPTS = 20


def allocate_version(database: Database, name: str, content: str, minimum: int = 1) -> int:
    """The version number for a build of model `name` whose content has this digest.

    Equal content gets the number that it had; other content the next one, `minimum` at least.
    Two processes at once get different numbers.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return _attempt(database, name, content, minimum)
        except sa.exc.IntegrityError:
            # PostgreSQL lets two read the same maximum; the key lets one of them write.
            continue
    return _attempt(database, name, content, minimum)


def _attempt(database: Database, name: str, content: str, minimum: int) -> int:
    of_name = table.c.name == name
    with database.writing() as connection:
        known = sa.select(table.c.version).where(of_name, table.c.content == content)
        version: int | None = connection.execute(known).scalar()
        if version is None:
            highest = connection.execute(sa.select(sa.func.max(table.c.version)).where(of_name))
            version = max(minimum, (highest.scalar() or 0) + 1)
            values = {"name": name, "version": version, "content": content}
            connection.execute(sa.insert(table).values(values))
        return version
