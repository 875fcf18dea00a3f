"""Open a stream where its last writer left it, whether it ended well or was killed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import msgspec

from ..errors import CellmarkError
from .checkpoint import read_checkpoint
from .disk import sync_folder
from .layout import Place, places
from .merkle import Frontier
from .reading import Payload
from .record import GENESIS, split

__all__ = ["Tail", "recovered"]


class Tail(msgspec.Struct):
    """Where the next record goes: its segment, seq and `prev`, and what the segment holds."""

    place: Place
    seq: int = 0
    prev: str = GENESIS
    previous: str = GENESIS
    first: int = 0
    tree: Frontier = msgspec.field(default_factory=Frontier)
    torn: dict[str, Any] | None = None


def recovered(folder: Path, stream: str) -> Tail:
    """The stream's tail. A torn last line was never acknowledged: it is put aside and said.

    Raises: CellmarkError where whole records are damaged: nothing is written on top of that.
    """
    found = places(folder, stream)
    if not found:
        return Tail(Place(folder, stream, 1))
    last = found[-1]
    tail = _behind(found)
    if last.checkpoint.exists():
        return tail
    if last != tail.place:
        # No crash leaves a gap, or two segments without a seal.
        raise _damaged(last, tail)
    _read(last, tail)
    return tail


def _behind(found: list[Place]) -> Tail:
    """The tail behind the last sealed segment."""
    sealed = [place for place in found if place.checkpoint.exists()]
    if not sealed:
        return Tail(Place(found[0].folder, found[0].stream, 1))
    kept = read_checkpoint(sealed[-1].checkpoint)
    seq = kept.content.first + kept.content.size
    place = Place(found[0].folder, found[0].stream, kept.content.segment + 1)
    return Tail(place, seq, kept.content.head, kept.digest, seq)


def _read(place: Place, tail: Tail) -> None:
    content = place.lines.read_bytes() if place.lines.exists() else b""
    good = 0
    for line in content.split(b"\n")[:-1]:
        stated, found = split(line)
        if stated != found or f'"prev":"{tail.prev}"'.encode() not in line:
            break
        tail.tree.add(line)
        tail.prev, tail.seq = stated, tail.seq + 1
        good += len(line) + 1
    rest = content[good:]
    if any(_whole(line) for line in rest.split(b"\n")[:-1]):
        raise _damaged(place, tail)
    if rest:
        _put_aside(place, good, rest)
        tail.torn = {"bytes": len(rest), "sha256": hashlib.sha256(rest).hexdigest()}
    _cut_payloads(place.payloads, tail.seq)


def _whole(line: bytes) -> bool:
    stated, found = split(line)
    return bool(line) and stated == found


def _put_aside(place: Place, good: int, rest: bytes) -> None:
    aside = place.lines.with_suffix(f".torn-{good}")
    aside.write_bytes(rest)
    with place.lines.open("r+b") as file:
        file.truncate(good)
    sync_folder(place.folder)


def _cut_payloads(file: Path, seq: int) -> None:
    """Inputs are written before their records; of a record that never was, nothing is kept.

    Looks from the end: what stands before an input that has its record is not touched, be it
    damaged or not.
    """
    if not file.exists():
        return
    lines = file.read_bytes().split(b"\n")[:-1]
    while lines and not _has_record(lines[-1], seq):
        lines.pop()
    with file.open("r+b") as kept:
        kept.truncate(sum(len(line) + 1 for line in lines))


def _has_record(line: bytes, seq: int) -> bool:
    try:
        return msgspec.json.decode(line, type=Payload).seq < seq
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False


def _damaged(place: Place, tail: Tail) -> CellmarkError:
    return CellmarkError(
        f"{place.lines}, line {tail.tree.size + 1}",
        "a record that does not follow the one before it, with whole records behind it",
        "an unbroken chain",
        "Keep the folder as evidence (`cellmark audit verify` says more) and name a new one.",
    )
