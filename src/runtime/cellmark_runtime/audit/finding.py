"""What a check of a log says."""

from __future__ import annotations

import msgspec

from .layout import Place

__all__ = ["Finding", "LogReport", "in_lines"]


class Finding(msgspec.Struct, frozen=True):
    """What is wrong, and where: line counts from 1, None stands for the whole file."""

    file: str
    line: int | None
    seq: int | None
    problem: str

    def __str__(self) -> str:
        line = f", line {self.line}" if self.line else ""
        return f"{self.file}{line}: {self.problem}"


class LogReport(msgspec.Struct):
    """`notes` are no faults: torn lines recovered, gaps stated, segments retired, clock steps."""

    ok: bool
    records: int
    segments: int
    sealed: int
    keys: list[str]
    findings: list[Finding]
    notes: list[str]


def in_lines(place: Place, line: int | None, seq: int | None, problem: str) -> Finding:
    """A finding in a segment's records."""
    return Finding(str(place.lines), line, seq, problem)
