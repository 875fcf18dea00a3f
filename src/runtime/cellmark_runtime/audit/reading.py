"""Find records in a log, and the inputs that belong to them."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from ..errors import CellmarkError
from .layout import Place, places

__all__ = ["Found", "Payload", "find", "inputs_of", "predictions", "records_of", "related"]


class Payload(msgspec.Struct):
    """An input as it is kept: what the record commits to, as text, and the salt."""

    id: str
    seq: int
    input: msgspec.Raw = msgspec.Raw(b"null")
    salt: str = ""


class Found(msgspec.Struct, frozen=True):
    """One answer: its record, where it stands, its input if that is kept, later events on it."""

    place: Place
    index: int
    line: str
    record: dict[str, Any]
    payload: Payload | None
    events: list[dict[str, Any]]
    sealed: bool


def records_of(place: Place) -> Iterator[tuple[int, bytes]]:
    """Position and text of each whole line of a segment."""
    if place.lines.exists():
        yield from enumerate(place.lines.read_bytes().split(b"\n")[:-1])


def find(folder: Path, identity: str) -> Found:
    """The answer or refusal with this id. Raises: CellmarkError where there is none."""
    found: tuple[Place, int, bytes] | None = None
    events = []
    for place in places(folder):
        for index, line in _lines_with(place.lines, f'"{identity}"'.encode()):
            record = _decoded(line)
            if record.get("id") == identity:
                found = place, index, line
            elif (record.get("about") or {}).get("of") == identity:
                events.append(record)
    if found is None:
        raise CellmarkError(
            identity,
            f"not in the log at {folder}",
            "the id of an answer, as the reply gave it",
            "It may be in another log, or retired.",
        )
    place, index, line = found
    payload = _payload_of(place, identity)
    sealed = place.checkpoint.exists()
    return Found(place, index, line.decode(), _decoded(line), payload, events, sealed)


def related(folder: Path, text: str) -> list[dict[str, Any]]:
    """The records that name `text` as their id, their request, their trace or what they are of."""
    return [
        record
        for place in places(folder)
        for _, line in _lines_with(place.lines, f'"{text}"'.encode())
        if text in _names(record := _decoded(line))
    ]


def _names(record: dict[str, Any]) -> tuple[Any, ...]:
    batch, request, about = (record.get(part) or {} for part in ("batch", "request", "about"))
    return record.get("id"), batch.get("id"), request.get("trace"), about.get("of")


def predictions(folder: Path) -> Iterator[tuple[Place, dict[str, Any], Payload | None]]:
    """Every answer with its input, segment by segment."""
    for place in places(folder):
        inputs = {entry.id: entry for entry in inputs_of(place) if entry.salt}
        for _, line in records_of(place):
            record = _decoded(line)
            if record.get("kind") == "prediction":
                yield place, record, inputs.get(record["id"])


def inputs_of(place: Place) -> Iterator[Payload]:
    """The inputs of a segment, erased ones without a salt."""
    if place.payloads.exists():
        for number, line in enumerate(place.payloads.read_bytes().split(b"\n")[:-1], 1):
            yield _entry(place.payloads, number, line)


def _payload_of(place: Place, identity: str) -> Payload | None:
    head = f'{{"id":"{identity}"'.encode()
    for index, line in _lines_with(place.payloads, head):
        if line.startswith(head):
            entry = _entry(place.payloads, index + 1, line)
            return entry if entry.salt else None
    return None


def _lines_with(file: Path, wanted: bytes) -> Iterator[tuple[int, bytes]]:
    """Position and text of the whole lines that hold `wanted`; the others are passed over fast."""
    if not file.exists() or not file.stat().st_size:
        return
    with file.open("rb") as handle, mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ) as text:
        index = end = 0
        while (at := text.find(wanted, end)) >= 0:
            start = text.rfind(b"\n", end, at) + 1 or end
            # Counted in pieces, or a segment would be copied whole for each hit.
            index += text[end:start].count(b"\n")
            stop = text.find(b"\n", at)
            if stop < 0:
                return
            yield index, text[start:stop]
            index, end = index + 1, stop + 1


def _decoded(line: bytes) -> dict[str, Any]:
    """A record, or what was made of it: that is for `verify` to say."""
    try:
        record = msgspec.json.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return record if isinstance(record, dict) else {}


def _entry(file: Path, number: int, line: bytes) -> Payload:
    try:
        return msgspec.json.decode(line, type=Payload)
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise CellmarkError(
            f"{file}, line {number}",
            "an input that can't be read",
            "one that nobody changed",
            "`cellmark audit verify` says more.",
        ) from problem
