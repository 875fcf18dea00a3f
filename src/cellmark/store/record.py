"""Records: the lines of a spool as they may be folded in, parsed at the border."""

from __future__ import annotations

from typing import Any

import msgspec

from cellmark.core.file_read import FileRead
from cellmark.core.fingerprint import Fingerprint
from cellmark.core.run import Fit, RunFailure, Seen, StaleInput, Status
from cellmark.core.value import Value

__all__ = [
    "CellRecord",
    "EndRecord",
    "NotebookRecord",
    "SpooledEnvironment",
    "SpooledEstimator",
    "SpooledMetric",
    "parse_record",
]


class SpooledMetric(msgspec.Struct, frozen=True):
    name: str
    value: float | None
    source: str
    confidence: float
    step: int


class SpooledEstimator(msgspec.Struct, frozen=True):
    name: str
    type: str
    format: str
    object: str | None = None
    bytes: int | None = None
    remark: str | None = None
    parameters: dict[str, Any] = {}
    chosen: tuple[str, ...] = ()


class SpooledEnvironment(msgspec.Struct, frozen=True):
    python: str
    packages: dict[str, str]


class CellRecord(msgspec.Struct, frozen=True, kw_only=True, tag="cell", tag_field="kind"):
    """One execution of a tagged cell. `fed_by` are executions that its Run takes over."""

    id: str
    run: str | None
    fed_by: tuple[str, ...]
    experiment: str
    cell_id: str | None
    number: int | None
    injected: bool
    roles: tuple[str, ...]
    source: str
    status: Status
    started: float
    seconds: float
    failure: RunFailure | None = None
    parameters: dict[str, Any] = {}
    data: dict[str, Fingerprint] = {}
    estimators: tuple[SpooledEstimator, ...] = ()
    metrics: tuple[SpooledMetric, ...] = ()
    environment: SpooledEnvironment | None = None
    git: dict[str, Any] | None = None
    values: dict[str, Value] = {}
    files: tuple[FileRead, ...] = ()
    conditions: dict[str, str] | None = None
    fits: tuple[Fit, ...] = ()
    seen: dict[str, Seen] = {}
    stale: tuple[StaleInput, ...] = ()
    out_of_order: bool | None = None
    chance: dict[str, str] = {}
    peak: int | None = None

    @property
    def ended(self) -> float:
        return self.started + self.seconds


class NotebookRecord(msgspec.Struct, frozen=True, tag="notebook", tag_field="kind"):
    """The executed notebook that these Runs come from."""

    runs: tuple[str, ...]
    object: str
    bytes: int


class EndRecord(msgspec.Struct, frozen=True, tag="end", tag_field="kind"):
    """The session is over; nothing follows."""


_decoder = msgspec.json.Decoder(CellRecord | NotebookRecord | EndRecord)


def parse_record(line: bytes) -> CellRecord | NotebookRecord | EndRecord:
    """Parse one line. Raises: msgspec.MsgspecError if it is damaged or of another version."""
    record: CellRecord | NotebookRecord | EndRecord = _decoder.decode(line)
    return record
