"""The registry's tables: versions that never change, aliases that move, and every event."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from cellmark.core.registry import Event, ModelVersion, Sign, Standing, sealed

from . import tables as t
from .database import Database
from .errors import StoreError
from .insert import insert_new

__all__ = ["Registry"]


class Registry:
    """Reads and writes of one store's registry. Each method raises StoreError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, version: ModelVersion, event: Event, sign: Sign) -> bool:
        """Add a version and say so in the model's history. False if it was there already.

        Raises: StoreError where another bundle has that name and number.
        """
        with self._database.writing() as connection:
            if self._is_known(connection, version):
                return False
            connection.execute(sa.insert(t.model_version).values(msgspec.structs.asdict(version)))
            # A bundle from elsewhere takes its number, so that no build here gets it too.
            row = {"name": version.model, "version": version.version, "content": version.digest}
            insert_new(connection, t.bundle_version, [row])
            _append(connection, event, sign)
            return True

    def refuse_taken(self, version: ModelVersion) -> None:
        """Raises: StoreError where another bundle has that name and number."""
        with self._database.reading() as connection:
            self._is_known(connection, version)

    def note(self, event: Event, sign: Sign) -> Event:
        """Add an event that moves nothing; as it is kept."""
        with self._database.writing() as connection:
            return _append(connection, event, sign)

    def move(self, event: Event, sign: Sign) -> Event:
        """Let an alias point to the event's version; the event as it is kept."""
        of_alias = (t.alias.c.model == event.model) & (t.alias.c.name == event.alias)
        with self._database.writing() as connection:
            before = connection.execute(sa.select(t.alias.c.version).where(of_alias)).scalar()
            kept = _append(connection, msgspec.structs.replace(event, before=before), sign)
            connection.execute(sa.delete(t.alias).where(of_alias))
            row = {"model": event.model, "name": event.alias, "version": event.version}
            connection.execute(sa.insert(t.alias).values(row))
            return kept

    def versions(self, model: str | None = None) -> list[ModelVersion]:
        """The versions of a model, or of all, by name and number."""
        query = sa.select(t.model_version).order_by(
            t.model_version.c.model, t.model_version.c.version
        )
        if model is not None:
            query = query.where(t.model_version.c.model == model)
        with self._database.reading() as connection:
            return [ModelVersion(**row) for row in connection.execute(query).mappings()]

    def standing(self, model: str) -> Standing:
        """Where a model stands by the tables."""
        query = sa.select(t.alias.c.name, t.alias.c.version).where(t.alias.c.model == model)
        with self._database.reading() as connection:
            aliases = {row.name: row.version for row in connection.execute(query)}
        return Standing({each.version: each.digest for each in self.versions(model)}, aliases)

    def last(self, model: str) -> int:
        """The number of a model's last event; -1 where nothing happened yet."""
        query = sa.select(sa.func.max(t.event.c.seq)).where(t.event.c.model == model)
        with self._database.reading() as connection:
            found: int | None = connection.execute(query).scalar()
        return -1 if found is None else found

    def events(self, model: str) -> list[Event]:
        """A model's history, the oldest event first."""
        with self._database.reading() as connection:
            return _events(connection, model)

    @staticmethod
    def _is_known(connection: sa.Connection, version: ModelVersion) -> bool:
        of = t.model_version.c
        same = (of.model == version.model) & (of.version == version.version)
        known: str | None = connection.execute(sa.select(of.digest).where(same)).scalar()
        if known is not None and known != version.digest:
            raise StoreError(
                f"{version.model}@{version.version}",
                f"registered with digest {known[:12]}, and this bundle's is {version.digest[:12]}",
                "a number of its own for each bundle",
                "Package the notebook in this project: it gets the next number.",
            )
        return known is not None


def _append(connection: sa.Connection, event: Event, sign: Sign) -> Event:
    events = _events(connection, event.model)
    kept = sealed(event, events[-1] if events else None, sign)
    text = msgspec.json.encode(kept).decode()
    connection.execute(
        sa.insert(t.event).values({"model": kept.model, "seq": kept.seq, "text": text})
    )
    return kept


def _events(connection: sa.Connection, model: str) -> list[Event]:
    query = sa.select(t.event.c.text).where(t.event.c.model == model).order_by(t.event.c.seq)
    texts: Sequence[str] = connection.execute(query).scalars().all()
    try:
        return [msgspec.json.decode(text, type=Event) for text in texts]
    except msgspec.MsgspecError as problem:
        raise StoreError(
            f"history of {model}", f"an event that can't be read ({problem})", "one as written"
        ) from problem
