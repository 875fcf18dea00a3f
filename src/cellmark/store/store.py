"""Store: a project's records, in its `.cellmark` folder or in a database."""

from __future__ import annotations

from pathlib import Path

from . import versions
from .database import Database
from .location import database_url, find_folder, make_folder
from .schema import migrate

__all__ = ["Store", "open_store"]


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

    def allocate_version(self, name: str, content: str, minimum: int = 1) -> int:
        """The version number for a build of model `name` with this content digest.

        Equal content gets the number it had, other content the next one (`minimum` at least).
        """
        return versions.allocate_version(self.database, name, content, minimum)


def open_store(start: Path | None = None) -> Store:
    """The store at or above `start` (default: the current folder); else one to be made there.

    CELLMARK_STORE, a folder or a database URL, overrules the search.
    """
    return Store(find_folder(start or Path.cwd()), database_url())
