"""Store: a project's records, in its `.cellmark` folder or in a database."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from cellmark.core.run import Run

from . import objects, versions
from .database import Database
from .errors import NoSuchRun
from .fold import fold, replace_notebook
from .location import database_url, find_folder, make_folder
from .marks import Marks
from .page import Asked, Page
from .reading import runs_by_id
from .registry import Registry
from .schema import migrate
from .select import checked, fitting, ids_in_order, named_so
from .spool import Spool
from .tables import run as run_table

__all__ = ["Store", "open_store"]

_SHORTEST = 4


class Store:
    """Runs, their objects, and the version numbers of bundles.

    Nothing is made on disk before there is something to keep.
    """

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        self._url = url
        self._database: Database | None = None

    @property
    def database(self) -> Database:
        """The database, made and brought to the present schema on first use."""
        if self._database is None:
            make_folder(self.folder)
            opened = Database(self._url, "CELLMARK_STORE") if self._url else None
            opened = opened or Database.in_folder(self.folder)
            migrate(opened)
            self._database = opened
        return self._database

    def close(self) -> None:
        """Let go of the database. The next use connects again."""
        if self._database is not None:
            self._database.engine.dispose()
            self._database = None

    def fold(self) -> None:
        """Take in what kernels have spooled since. Reading methods do so themselves."""
        if self.exists:
            fold(self.database, self.folder)

    @property
    def exists(self) -> bool:
        """Whether anything was ever kept here."""
        return self._url is not None or self.folder.is_dir()

    @property
    def is_there(self) -> bool:
        """Whether its database is: opening one that is gone would make an empty one."""
        return self._url is not None or Database.file_in(self.folder).is_file()

    def runs(
        self,
        experiment: str | None = None,
        *,
        where: str | None = None,
        sort: str | None = None,
        limit: int | None = None,
    ) -> list[Run]:
        """The Runs that fit, newest first, or in the order of the field `sort` (`-metric.auc`).

        Raises: QueryError for a condition or sort key that can't be read.
        """
        clauses = fitting(where) if experiment is None else [named_so(experiment), *fitting(where)]
        checked(sort)
        if not self.exists:
            return []
        self.fold()
        with self.database.reading() as connection:
            return runs_by_id(connection, ids_in_order(connection, clauses, sort, limit))

    def page(
        self,
        experiment: str,
        *,
        where: str | None = None,
        sort: str | None = None,
        group: str | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> Page:
        """Some of the Runs of one experiment, and how many there are in all.

        `group` is a field (`param.C`): the Runs with one value of it stand together.
        Raises: QueryError for a condition, a sort key or a group that can't be read.
        """
        asked = Asked(experiment, where, sort, group, offset, limit)
        if not self.exists:
            return asked.nothing()
        self.fold()
        with self.database.reading() as connection:
            return asked.of(connection)

    def run(self, reference: str, *, deleted: bool = False) -> Run:
        """The Run that `reference` names: `latest`; a Run's id, its beginning or its end; or a
        Run's identity or the beginning of it, which is that of the newest Run with it. With
        `deleted`, Runs that were deleted are found too.

        Raises: NoSuchRun if none fits, or more than one.
        """
        self.fold()
        found = self._matching(reference, deleted) if self.exists else []
        if len(found) == 1:
            with self.database.reading() as connection:
                return runs_by_id(connection, found)[0]
        place = f"run {reference!r}"
        if found:
            shown = ", ".join(found[:5])
            raise NoSuchRun(place, f"{len(found)} runs fit ({shown}, ...)", "a longer reference")
        fix = "See `cellmark runs`." if self.exists else "Nothing has been recorded here yet."
        raise NoSuchRun(place, f"no such run in {self.folder}", fix=fix)

    def mark(self, run: str) -> Marks:
        """What people say of the Run with this id: to be said, or taken back."""
        return Marks(self.database, run)

    def delete_session(self, session: str) -> None:
        """Delete the Runs of a kernel that was stopped before it came to its end."""
        if not self.exists:
            return
        self.fold()
        key = sa.select(run_table.c.id).where(run_table.c.session == session)
        with self.database.reading() as connection:
            found = list(connection.execute(key).scalars())
        for run in found:
            self.mark(run).delete()
        Spool(self.folder, session).path.unlink(missing_ok=True)

    def registry(self) -> Registry:
        """The models that are registered here, and their history."""
        return Registry(self.database)

    def keep_notebook(self, run: str, notebook: bytes) -> None:
        """Keep `notebook` (JSON text without secrets) as the one that the Run with this id is from.

        It takes the place of one that was kept before. Raises: OSError, StoreError.
        """
        digest, size = objects.put(self.folder, notebook)
        with self.database.writing() as connection:
            replace_notebook(connection, run, digest, size)

    def content(self, digest: str) -> bytes:
        """The object (an estimator, an executed notebook) with this digest."""
        return objects.get(self.folder, digest)

    def allocate_version(self, name: str, content: str, minimum: int = 1) -> int:
        """The version number for a build of model `name` with this content digest.

        Equal content gets the number it had, other content the next one (`minimum` at least).
        """
        return versions.allocate_version(self.database, name, content, minimum)

    def _matching(self, reference: str, deleted: bool) -> list[str]:
        key = run_table.c.id
        kept = sa.true() if deleted else run_table.c.deleted.is_(None)
        newest = sa.select(key).where(kept).order_by(key.desc())
        upper, lower = reference.upper(), reference.lower()
        with self.database.reading() as connection:
            if lower == "latest":
                return list(connection.execute(newest.limit(1)).scalars())
            if len(reference) < _SHORTEST:
                return []
            begins = key.startswith(upper, autoescape=True)
            by_id = newest.where(begins | key.endswith(upper, autoescape=True))
            found = list(connection.execute(by_id).scalars())
            if found:
                return found
            alike = run_table.c.identity.startswith(lower, autoescape=True)
            identities = newest.where(alike).with_only_columns(run_table.c.identity).distinct()
            identities = identities.order_by(None)
            if len(list(connection.execute(identities))) > 1:
                return list(connection.execute(newest.where(alike)).scalars())
            return list(connection.execute(newest.where(alike).limit(1)).scalars())


def open_store(start: Path | None = None) -> Store:
    """The store at or above `start` (default: the current folder); else one to be made there.

    CELLMARK_STORE, a folder or a database URL, overrules the search.
    """
    return Store(find_folder(start or Path.cwd()), database_url())
