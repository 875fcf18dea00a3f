"""Find records in a log, and the inputs that belong to them."""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec

from ..errors import CellmarkError
from .layout import Place, places

__all__ = [
    "Found",
    "Payload",
    "answers",
    "answers_to",
    "find",
    "find_all",
    "inputs_of",
    "records_of",
]


_OF_ANSWERS = {"batch", "by", "commitment", "id", "output"}


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
    for found in find_all(folder, identity):
        if found.record["id"] == identity:
            return found
    raise CellmarkError(
        identity,
        f"not in the log at {folder}",
        "the id of an answer, as the reply gave it",
        "It may be in another log, or retired.",
    )


def find_all(folder: Path, name: str) -> list[Found]:
    """The answers and refusals with this id, request or trace."""
    events = _events(folder)
    return [
        _found(place, index, line, record, _payload_of(place, record.get("id", "")), events)
        for place in places(folder)
        for index, line in _lines_with(place.lines, f'"{name}"'.encode())
        if name in _names(record := _decoded(line))
    ]


def answers(folder: Path) -> Iterator[Found]:
    """Every answer, segment by segment, in order."""
    events = _events(folder)
    for place in places(folder):
        inputs = {entry.id: entry for entry in inputs_of(place) if entry.salt}
        for index, line, record in _predictions(place):
            yield _found(place, index, line, record, inputs.get(record["id"]), events)


def answers_to(folder: Path, wanted: Callable[[dict[str, Any]], bool]) -> Iterator[Found]:
    """The answers to inputs that are wanted, in order. Records of others are not even read."""
    events = _events(folder)
    for place in places(folder):
        inputs = {
            entry.id: entry
            for entry in inputs_of(place)
            if entry.salt and wanted(msgspec.json.decode(entry.input))
        }
        for index, line, record in _predictions(place) if inputs else ():
            if record["id"] in inputs:
                yield _found(place, index, line, record, inputs[record["id"]], events)


def _predictions(place: Place) -> Iterator[tuple[int, bytes, dict[str, Any]]]:
    for index, line in records_of(place):
        record = _decoded(line)
        if record.get("kind") == "prediction" and record.keys() >= _OF_ANSWERS:
            yield index, line, record


def _found(
    place: Place,
    index: int,
    line: bytes,
    record: dict[str, Any],
    payload: Payload | None,
    events: Mapping[str, list[dict[str, Any]]],
) -> Found:
    later = events.get(record.get("id", ""), [])
    return Found(place, index, line.decode(), record, payload, later, place.checkpoint.exists())


def _names(record: dict[str, Any]) -> tuple[Any, ...]:
    batch, request = record.get("batch") or {}, record.get("request") or {}
    return record.get("id"), batch.get("id"), request.get("trace")


def _events(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """What was recorded later about answers, by their ids."""
    events: dict[str, list[dict[str, Any]]] = {}
    for place in places(folder):
        for _, line in _lines_with(place.lines, b'"of":"'):
            record = _decoded(line)
            of = (record.get("about") or {}).get("of")
            if isinstance(of, str):
                events.setdefault(of, []).append(record)
    return events


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
