"""Where each answer and its last label stand in a log: an index, made from the log, kept beside it.

It may be thrown away at any time, and is made anew where it does not fit the log.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from .layout import Place, places

__all__ = ["FILE", "AnswersIndex", "Known"]

FILE = "answers.index"
# A text inside a record has its quotes escaped, so it can't look like this.
_ANSWER = re.compile(rb'"id":"([0-9A-Z]{26})","kind":"prediction"')
_LABEL = b'"kind":"label"'
_TABLES = """
CREATE TABLE IF NOT EXISTS segment (name TEXT PRIMARY KEY, upto INTEGER);
CREATE TABLE IF NOT EXISTS answer (id TEXT PRIMARY KEY, segment TEXT, start INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS label
  (id TEXT PRIMARY KEY, segment TEXT, start INTEGER, turn INTEGER) WITHOUT ROWID;
"""
_PUT_LABEL = """
INSERT INTO label VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
SET segment = excluded.segment, start = excluded.start, turn = excluded.turn
WHERE excluded.turn >= turn
"""


class Known(NamedTuple):
    """An answer's record, and that of the last label given to it."""

    record: dict[str, Any]
    label: dict[str, Any] | None


class _Misfit(Exception):
    """The index tells of another log than the one that is there."""


class AnswersIndex:
    """Looks answers up by id. One caller at a time: whoever holds the lock on labels."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def known(self, identities: list[str]) -> dict[str, Known]:
        """The answers with these ids that are in the log now; others are left out."""
        try:
            return self._known(identities)
        except (_Misfit, sqlite3.DatabaseError):
            for file in self._folder.glob(f"{FILE}*"):
                file.unlink()
            return self._known(identities)

    def _known(self, identities: list[str]) -> dict[str, Known]:
        with closing(sqlite3.connect(self._folder / FILE, timeout=30)) as index, index:
            index.executescript(_TABLES)
            for place in places(self._folder):
                self._follow(index, place)
            found = {each: self._lookup(index, each) for each in identities}
        return {each: known for each, known in found.items() if known}

    def _follow(self, index: sqlite3.Connection, place: Place) -> None:
        """Take in what was added to a segment."""
        (upto,) = index.execute(
            "SELECT max(upto) FROM segment WHERE name = ?", (place.name,)
        ).fetchone()
        size = place.lines.stat().st_size if place.lines.exists() else None
        if size is None or size == upto:
            return
        if size < (upto or 0):
            raise _Misfit
        answers: list[tuple[str, str, int]] = []
        labels: list[tuple[str, str, int, int]] = []
        end = upto or 0
        for start, line in _lines(place.lines, end):
            end = start + len(line)
            if _LABEL in line and (about := _about(line)):
                labels.append((about["of"], place.name, start, about["turn"]))
            elif match := _ANSWER.search(line):
                answers.append((match[1].decode(), place.name, start))
        index.executemany("INSERT OR REPLACE INTO answer VALUES (?, ?, ?)", answers)
        index.executemany(_PUT_LABEL, labels)
        index.execute("INSERT OR REPLACE INTO segment VALUES (?, ?)", (place.name, end))

    def _lookup(self, index: sqlite3.Connection, identity: str) -> Known | None:
        where = "SELECT segment, start FROM {} WHERE id = ?"
        answer = index.execute(where.format("answer"), (identity,)).fetchone()
        record = self._record(*answer) if answer else None
        if record is None:
            return None
        if record.get("id") != identity:
            raise _Misfit
        given = index.execute(where.format("label"), (identity,)).fetchone()
        label = self._record(*given) if given else None
        if label and label.get("about", {}).get("of") != identity:
            raise _Misfit
        return Known(record, label)

    def _record(self, segment: str, start: int) -> dict[str, Any] | None:
        """The record at that place; None where its segment was retired."""
        stream, _, number = segment.partition("-")
        file = Place(self._folder, stream, int(number)).lines
        if not file.exists():
            return None
        with file.open("rb") as lines:
            lines.seek(start)
            return _decoded(lines.readline())


def _lines(file: Path, start: int) -> Iterator[tuple[int, bytes]]:
    """Each whole line from there on, with its place."""
    with file.open("rb") as lines:
        lines.seek(start)
        for line in lines:
            if line.endswith(b"\n"):
                yield start, line
            start += len(line)


def _about(line: bytes) -> dict[str, Any] | None:
    about = _decoded(line).get("about")
    if not isinstance(about, dict):
        return None
    fits = isinstance(about.get("of"), str) and isinstance(about.get("turn"), int)
    return about if fits else None


def _decoded(line: bytes) -> dict[str, Any]:
    """A record, or nothing of what was made of it: that is for `verify` to say."""
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return record if isinstance(record, dict) else {}
