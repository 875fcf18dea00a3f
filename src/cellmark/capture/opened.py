"""Opened: the paths that a cell opens, heard while it runs and looked at once it has."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from .readers import hear_readers, paths_in_sql

__all__ = ["Opened", "opened"]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Opened:
    """One for the process: an audit hook can't be taken out again. It hears between two calls.

    Of each path the first thing that happened to it counts: what a notebook wrote itself before
    it read it is no input.
    """

    def __init__(self) -> None:
        self._first: dict[str, tuple[str, int]] | None = None
        self._settled: dict[str, tuple[str, bool]] = {}
        self._written: set[str] = set()
        self._listens = False
        # Others that hear of what readers are given, whatever cell runs.
        self.others: list[Callable[[str], None]] = []

    def begin(self) -> None:
        """Hear from now on."""
        if not self._listens:
            self._listens = True
            sys.addaudithook(self._hook)
        hear_readers(self.given)
        self._settled = {}
        self._first = {}

    def take(self, source: str = "") -> dict[str, str]:
        """Absolute path -> how it was seen, of what was read since `begin`; hear no more.

        `source` is the cell's text, which may name files in SQL.
        """
        if self._first is None:
            return {}
        for path in paths_in_sql(source):
            self.given(path, "sql")
        self._settle()
        self._first = None
        found, self._settled = self._settled, {}
        return {path: source for path, (source, reads) in found.items() if reads}

    def given(self, path: str, source: str) -> None:
        """A reader was given this path, and opens it where no hook hears of it."""
        if self._first is not None:
            self._first.setdefault(path, (source, 0))
        for other in self.others:
            other(path)

    def _hook(self, event: str, arguments: tuple[Any, ...]) -> None:
        # At each event of the interpreter: what is not wanted must be passed over at once.
        first = self._first
        if first is None:
            return
        if event == "open":
            path = arguments[0]
            if type(path) is str:
                first.setdefault(path, ("open", arguments[2]))
            elif isinstance(path, bytes | os.PathLike):
                first.setdefault(os.fsdecode(path), ("open", arguments[2]))
        elif event == "sqlite3.connect" and isinstance(arguments[0], str | os.PathLike):
            first.setdefault(os.fspath(arguments[0]), ("sqlite3", 0))
        elif event == "os.chdir":
            self._settle()

    def _settle(self) -> None:
        """Make the paths absolute: the folder that they are relative to may be left."""
        first, self._first = self._first, {}
        try:
            here = os.getcwd()  # noqa: PTH109
        except FileNotFoundError:  # it was removed
            return
        for path, (source, flags) in (first or {}).items():
            full = os.path.normpath(os.path.join(here, path))  # noqa: PTH118
            writes = bool(flags & _WRITING)
            self._settled.setdefault(full, (source, not writes and full not in self._written))
            if writes:
                self._written.add(full)


# Every kernel is one process; tests have several trackers in one, and one of them runs a cell.
opened = Opened()
