"""Verify a log: what was edited, dropped, put elsewhere or cut off is found, by file and line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec

from ..errors import CheckFailed
from .checkpoint import Sealed, read_checkpoint
from .finding import Finding, LogReport, in_lines
from .inputs import Erasures, erasures, input_findings
from .layout import Place, streams
from .merkle import Frontier
from .record import GENESIS, split

__all__ = ["sealed_holds", "verify_log"]

# The writer's own records tell its time, which is later than that of records which wait for it.
_OWN = {"start", "stop", "gap", "recovered", "retired"}

# Answers are noted as they end, each with the time at which it began: no clock went back.
_LONGEST_ANSWER = timedelta(minutes=1)


class _Head(msgspec.Struct):
    """What checking reads of a line."""

    at: str
    kind: str
    prev: str
    seq: int
    id: str | None = None
    commitment: str | None = None
    about: dict[str, Any] | None = None


class _Stream(msgspec.Struct):
    """What is known while a stream is walked: `seq` and `prev` are those of the next line."""

    seq: int | None = 0
    prev: str | None = GENESIS
    previous: str | None = GENESIS
    at: str = ""

    def lose(self) -> None:
        """What comes next can't be held against what came before."""
        self.seq = self.prev = self.previous = None


class _Walk(msgspec.Struct):
    """What all streams share. `retired`: by stream the newest segment that retention took."""

    keys: Collection[str]
    erased: Erasures
    report: LogReport
    retired: dict[str, int] = {}
    absent: list[Place] = []

    def say(self, place: Place, line: int | None, seq: int | None, problem: str) -> None:
        self.report.findings.append(in_lines(place, line, seq, problem))

    def say_of_seal(self, place: Place, problem: str) -> None:
        self.report.findings.append(Finding(str(place.checkpoint), None, None, problem))


def verify_log(
    folder: Path, *, checkpoints: Sequence[Path] = (), keys: Collection[str] = ()
) -> LogReport:
    """Check every line, seal and input.

    Args: checkpoints: kept elsewhere; the log must still hold what they signed, which shows a cut
    or a log written anew. keys: the ids of the only keys that may have signed (none: any).
    Raises: CellmarkError where there is no log.
    """
    report = LogReport(True, 0, 0, 0, [], [], [])
    walk = _Walk(keys, erasures(folder), report)
    for _, every in streams(folder):
        _walk(every, walk)
    _absences(walk)
    for file in checkpoints:
        report.findings += _against(file, folder, keys)
    if report.findings and erasures(folder) != walk.erased:
        # Somebody erased meanwhile; what seemed to be gone may be what they erased.
        return verify_log(folder, checkpoints=checkpoints, keys=keys)
    report.ok = not report.findings
    return report


def sealed_holds(place: Place) -> bool:
    """Whether a sealed segment's lines still have the root that was signed."""
    try:
        sealed = read_checkpoint(place.checkpoint).content
        # Line by line: a service looks back beside its answers, and keeps what it once took.
        with place.lines.open("rb") as lines:
            tree = _tree(line[:-1] for line in lines if line.endswith(b"\n"))
    except (CheckFailed, OSError):
        return False
    return (tree.size, tree.root().hex()) == (sealed.size, sealed.root)


def _walk(every: list[Place], walk: _Walk) -> None:
    state = _Stream()
    number = 1
    if every[0].segment > 1:
        number = every[0].segment
        state.lose()
        problem = f"segments 1 to {number - 1} of {every[0].stream} are gone, seals included"
        walk.say(every[0], None, None, problem)
    for place in every:
        while number < place.segment:
            walk.say(place._replace(segment=number), None, None, "the segment is gone")
            state.lose()
            number += 1
        number += 1
        sealed = _sealed(place, state, walk)
        if place.lines.exists():
            walk.report.segments += 1
            _segment(place, sealed, place == every[-1], state, walk)
        else:
            walk.absent.append(place)
        if sealed:
            state.seq = sealed.content.first + sealed.content.size
            state.prev, state.previous = sealed.content.head, sealed.digest


def _sealed(place: Place, state: _Stream, walk: _Walk) -> Sealed | None:
    if not place.checkpoint.exists():
        return None
    try:
        sealed = read_checkpoint(place.checkpoint)
    except CheckFailed as problem:
        walk.say_of_seal(place, problem.received)
        state.previous = None
        return None
    walk.report.sealed += 1
    walk.report.keys = sorted({*walk.report.keys, sealed.key})
    stated = (sealed.content.stream, sealed.content.segment)
    if walk.keys and sealed.key not in walk.keys:
        walk.say_of_seal(place, _signed_by(sealed.key, walk.keys))
    if stated != (place.stream, place.segment):
        walk.say_of_seal(place, f"the seal of segment {stated[1]} of {stated[0]}")
    if state.previous not in (None, sealed.content.previous):
        walk.say_of_seal(place, "follows another seal than the one before it")
    return sealed


def _signed_by(key: str, keys: Collection[str]) -> str:
    return f"signed by {key}, not by {' or '.join(sorted(keys))}"


def _segment(place: Place, sealed: Sealed | None, last: bool, state: _Stream, walk: _Walk) -> None:
    report = walk.report
    lines, torn = _lines(place)
    report.records += len(lines)
    before = len(report.findings)
    committed: dict[str, tuple[int, str]] = {}
    report.findings += _line_findings(place, lines, state, walk, committed)
    if torn and (sealed or not last):
        walk.say(place, len(lines) + 1, None, "a line that is cut off")
    elif torn:
        report.notes.append(f"{place.lines}: a last line is being written, or was cut by a crash")
    if sealed:
        changed = len(report.findings) > before
        report.findings += _seal_findings(place, sealed, lines, state, found=changed)
    elif not last:
        walk.say(place, None, None, "the segment has no seal (any more)")
    # Of a damaged record, or one that is just being written, the input stands alone.
    alone = not sealed or len(report.findings) > before
    report.findings += input_findings(place, committed, walk.erased, alone=alone)


def _line_findings(
    place: Place,
    lines: list[bytes],
    state: _Stream,
    walk: _Walk,
    committed: dict[str, tuple[int, str]],
) -> Iterator[Finding]:
    heads = [_head(line) for line in lines]
    numbers = {head.seq for head in heads if head}
    for number, (line, head) in enumerate(zip(lines, heads, strict=True), 1):
        stated, found = split(line)
        if head is None or stated != found:
            yield in_lines(place, number, state.seq, "the line was changed")
            state.seq, state.prev = None if state.seq is None else state.seq + 1, None
            continue
        if state.seq is not None and head.seq < state.seq:
            yield in_lines(place, number, head.seq, f"out of order: here {state.seq} should stand")
            continue
        if state.seq is not None and head.seq > state.seq:
            yield _jump(place, number, state.seq, head.seq, numbers)
        elif state.prev not in (None, head.prev):
            # Its own hash fits, but not the one that the next line holds of it.
            yield in_lines(place, max(number - 1, 1), head.seq - 1, "the line was written anew")
        state.seq, state.prev = head.seq + 1, stated
        _note(place, number, head, state, walk)
        if head.id and head.commitment:
            committed[head.id] = head.seq, head.commitment


def _jump(place: Place, number: int, wanted: int, stands: int, numbers: set[int]) -> Finding:
    which = str(wanted) if stands == wanted + 1 else f"{wanted} to {stands - 1}"
    how = "stands elsewhere" if wanted in numbers else "gone"
    return in_lines(place, number, wanted, f"record {which} {how}: here stands {stands}")


def _note(place: Place, number: int, head: _Head, state: _Stream, walk: _Walk) -> None:
    about, said = head.about or {}, ""
    if head.kind == "recovered":
        said = f"{about.get('bytes')} bytes torn by a crash were put aside"
    elif head.kind == "gap":
        said = f"{about.get('records')} answers were given without a record"
    elif head.kind == "retired":
        stream, segment = about.get("stream"), about.get("segment")
        said = f"segment {segment} of {stream} was retired"
        if isinstance(stream, str) and isinstance(segment, int):
            walk.retired[stream] = max(segment, walk.retired.get(stream, 0))
    elif head.kind not in _OWN:
        if _went_back(state.at, head.at):
            said = f"the clock went back to {head.at}"
            state.at = head.at
        state.at = max(state.at, head.at)
    if said:
        walk.report.notes.append(f"{place.lines}, line {number}: {said}")


def _went_back(before: str, at: str) -> bool:
    if at >= before:
        return False
    try:
        return datetime.fromisoformat(before) - datetime.fromisoformat(at) > _LONGEST_ANSWER
    except (ValueError, TypeError):  # somebody's edit, which the chain tells
        return False


def _seal_findings(
    place: Place, sealed: Sealed, lines: list[bytes], state: _Stream, *, found: bool
) -> Iterator[Finding]:
    content, tree = sealed.content, _tree(lines)
    end = content.first + content.size
    if state.seq is not None and state.seq < end:
        said = f"cut off: records {state.seq} to {end - 1} were sealed"
        yield in_lines(place, len(lines) + 1, state.seq, said)
    elif state.seq is not None and state.seq > end:
        yield in_lines(place, content.size + 1, end, "lines added behind the seal")
    elif not found and (tree.root().hex(), state.prev) != (content.root, content.head):
        # Each line follows the one before it: only a last line shows nowhere but here.
        last = state.prev != content.head and len(lines) == content.size
        line = len(lines) if last else None
        yield in_lines(place, line, None, "not what was sealed: written anew")


def _absences(walk: _Walk) -> None:
    """Retention deletes from the oldest on, so what lies before a retired segment was retired."""
    for place in walk.absent:
        if place.segment > walk.retired.get(place.stream, 0):
            walk.say(place, None, None, "the segment is gone, its seal is there")
        elif place.payloads.exists():
            said = "inputs of a segment that was retired"
            walk.report.findings.append(Finding(str(place.payloads), None, None, said))


def _against(file: Path, folder: Path, keys: Collection[str]) -> Iterator[Finding]:
    """Hold the log against a checkpoint that was kept elsewhere."""
    try:
        kept = read_checkpoint(file)
    except CheckFailed as problem:
        yield Finding(str(file), None, None, problem.received)
        return
    if keys and kept.key not in keys:
        yield Finding(str(file), None, None, _signed_by(kept.key, keys))
    content = kept.content
    place = Place(folder, content.stream, content.segment)
    end = content.first + content.size - 1
    if not place.checkpoint.exists():
        lines = _lines(place)[0] if place.lines.exists() else []
        said = f"cut off: seqs {content.first} to {end} were sealed and are not any more"
        yield in_lines(place, len(lines) + 1, content.first + len(lines), said)
        return
    try:
        here = read_checkpoint(place.checkpoint)
    except CheckFailed:
        return  # said where the stream is walked
    if here.digest != kept.digest:
        yield in_lines(place, None, None, "sealed anew: another seal was kept elsewhere")


def _lines(place: Place) -> tuple[list[bytes], bytes]:
    *lines, torn = place.lines.read_bytes().split(b"\n")
    return lines, torn


def _tree(lines: Iterable[bytes]) -> Frontier:
    tree = Frontier()
    for line in lines:
        tree.add(line)
    return tree


def _head(line: bytes) -> _Head | None:
    try:
        return msgspec.json.decode(line, type=_Head)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
