"""Hold kept inputs against the records that commit to them, and against the erasures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import msgspec

from .finding import Finding
from .layout import Place, places
from .reading import Payload, records_of
from .record import commitment_of

__all__ = ["Erasures", "erasures", "input_findings"]

# What replaced a commitment: others, or None for an input that was erased whole. Two only where
# a crash came between the record of an erasure and the erasing, and it was done again.
Erasures = Mapping[str, list[str | None]]
# By prediction id the record's seq and the commitment in it.
_Committed = Mapping[str, tuple[int, str]]


class _About(msgspec.Struct):
    of: str
    replaces: str
    commitment: str | None = None


class _Erasure(msgspec.Struct):
    kind: str
    about: _About


def erasures(folder: Path) -> Erasures:
    """All that were recorded, by the commitment that they replace; in any stream, at any time."""
    found: dict[str, list[str | None]] = {}
    for place in places(folder):
        for _, line in records_of(place):
            if b'"kind":"erasure"' not in line:
                continue
            try:
                about = msgspec.json.decode(line, type=_Erasure).about
            except (msgspec.MsgspecError, UnicodeDecodeError):
                continue  # damaged: said where the lines are walked
            found.setdefault(about.replaces, []).append(about.commitment)
    return found


def input_findings(
    place: Place, committed: _Committed, erased: Erasures, *, alone: bool
) -> Iterator[Finding]:
    """What is wrong with the inputs of a segment.

    Args: alone: inputs may be there without a record, since the record is damaged or just being
    written.
    """
    file = place.payloads
    if not file.exists():
        if place.lines.exists():
            yield Finding(str(file), None, None, "the inputs of this segment are gone")
        return
    missing = dict(committed)
    for number, line in enumerate(file.read_bytes().split(b"\n")[:-1], 1):
        try:
            entry = msgspec.json.decode(line, type=Payload)
            problem = _problem(entry, committed, erased, alone=alone)
        except (msgspec.MsgspecError, UnicodeDecodeError, ValueError):
            yield Finding(str(file), number, None, "the input was changed")
            continue
        if missing.pop(entry.id, None) is None and entry.id in committed:
            problem = "an input that stands here twice"
        if problem:
            yield Finding(str(file), number, entry.seq, problem)
    for seq, _ in missing.values():
        yield Finding(str(file), None, seq, "the input of this record is gone")


def _problem(entry: Payload, committed: _Committed, erased: Erasures, *, alone: bool) -> str | None:
    if entry.id not in committed:
        return None if alone else "an input without a record"
    known, last = _replaced(committed[entry.id][1], erased)
    here = commitment_of(bytes(entry.input), entry.salt) if entry.salt else None
    if here in last:
        return None
    if here is None:
        return "the input is gone, and no erasure is on record"
    if here in known:
        return "erased by the log, and still here: run redact again"
    return "not the input that the record commits to"


def _replaced(commitment: str, erased: Erasures) -> tuple[set[str | None], set[str | None]]:
    """The commitments that an input went through, and those of them that none replaced."""
    known: set[str | None] = set()
    last: set[str | None] = set()
    open_: list[str | None] = [commitment]
    while open_:
        one = open_.pop()
        if one in known:
            continue
        known.add(one)
        following = erased.get(one, []) if one is not None else []
        open_ += following
        if not following:
            last.add(one)
    return known, last
