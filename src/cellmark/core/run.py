"""Run: one training, with the code that ran, what it was given and what came of it."""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import msgspec

from .file_read import FileRead
from .fingerprint import Fingerprint
from .value import Value

__all__ = [
    "PARTS",
    "CellExecution",
    "Environment",
    "Estimator",
    "Fit",
    "Metric",
    "Run",
    "RunFailure",
    "Seen",
    "StaleInput",
    "Status",
]

Status = Literal["ok", "failed"]
# Sources of metrics that are one of several: no value of the whole.
PARTS = ("fold", "candidate")


class Fit(msgspec.Struct, frozen=True, kw_only=True):
    """One training: `parameters` are those that were chosen, defaults apart.

    `estimator` is the name that had what it made when the cell ended, null where another training
    took it.
    """

    estimator: str | None
    type: str
    parameters: dict[str, Any]
    seconds: float


class Seen(msgspec.Struct, frozen=True):
    """How a parameter was seen: `assigned` in a `parameters` cell, or `injected` by papermill.

    `confidence` is 0 to 1: a literal is surer to be a setting than what was computed.
    """

    source: str
    confidence: float


class StaleInput(msgspec.Struct, frozen=True, kw_only=True):
    """The cell that ran as `used_by` used `name` before another cell, run anew as `changed_by`,
    gave it another value. Both are ids of executions ("" of a cell without a role); `was` and
    `now` are values where they are plain.
    """

    name: str
    used_by: str
    changed_by: str
    was: Any = None
    now: Any = None


class CellExecution(msgspec.Struct, frozen=True, kw_only=True):
    """A tagged cell as it ran. `number` counts code cells from 1, where the notebook was known.

    `started` is in seconds since 1970 (UTC). `injected` marks papermill's own parameters cell.
    `values` is what is remembered of the variables that it left; `files` are those that it read,
    `fits` the trainings that it asked for, in their order. `chance` are digests of where the shared
    random generators stood as it began; `peak` is the most memory that the kernel held while it
    ran, in bytes, and null where the system does not tell.
    """

    id: str
    cell_id: str | None
    number: int | None
    roles: tuple[str, ...]
    injected: bool
    source: str
    status: Status
    started: float
    seconds: float
    values: dict[str, Value] = {}
    files: tuple[FileRead, ...] = ()
    fits: tuple[Fit, ...] = ()
    chance: dict[str, str] = {}
    peak: int | None = None


class Metric(msgspec.Struct, frozen=True, kw_only=True):
    """One observation. `value` is None for NaN and the infinities.

    `source` is how it was seen: `call:<function>`, `assigned`, `shown` (a cell's last
    expression), `search` and `rounds` (told by the estimator), `fold` or `candidate` (one of
    several, told apart by `step`); `confidence`, 0 to 1, how sure it is that the number is a
    metric.
    """

    name: str
    value: float | None
    source: str
    confidence: float
    step: int
    at: float
    latest: bool


class Estimator(msgspec.Struct, frozen=True, kw_only=True):
    """A fitted estimator; `object` is the digest of its content in the store, if it has one.

    `parameters` are all of its plain ones, `chosen` the names of those that are no defaults.
    """

    name: str
    type: str
    format: str
    object: str | None
    bytes: int | None
    remark: str | None
    parameters: dict[str, Any] = {}
    chosen: tuple[str, ...] = ()


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """The Python, and the distributions that were imported, with their versions."""

    digest: str
    python: str
    packages: dict[str, str]


class RunFailure(msgspec.Struct, frozen=True, kw_only=True):
    """Where a Run failed (code cell and line, from 1, where known) and with which error."""

    cell: int | None
    line: int | None
    error: str
    traceback: str


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """A Run whole. `notebook` is the digest of the executed notebook in the store, if kept.

    `conditions` are time zone, locale, threads, hash seed and processor; null in Runs of before
    they were recorded. `seen` says how each parameter was seen. `stale` are inputs that had changed
    when they were used; `out_of_order` says whether cells ran in another order than they stand in,
    and is null where that order was not known. `tags` and `note` are what people said of it later,
    and no part of its identity.
    """

    id: str
    experiment: str
    name: str
    status: Status
    started: float
    finished: float
    cells: tuple[CellExecution, ...]
    parameters: dict[str, Any]
    metrics: tuple[Metric, ...]
    data: dict[str, Fingerprint]
    estimators: tuple[Estimator, ...]
    environment: Environment | None
    git: dict[str, Any] | None
    conditions: dict[str, str] | None = None
    notebook: str | None
    failure: RunFailure | None
    tags: tuple[str, ...] = ()
    note: str | None = None
    seen: dict[str, Seen] = {}
    stale: tuple[StaleInput, ...] = ()
    out_of_order: bool | None = None

    @property
    def seconds(self) -> float:
        """From the training cell's begin to the end of the last cell that belongs to the Run."""
        return self.finished - self.started

    @property
    def latest_metrics(self) -> dict[str, float | None]:
        """The newest value of each metric; one of several is left to `metrics`."""
        return {m.name: m.value for m in self.metrics if m.latest and m.source not in PARTS}

    @property
    def settings(self) -> dict[str, Any]:
        """What was chosen for the estimators, by names such as `model.C`."""
        return {
            f"{one.name}.{name}": one.parameters[name]
            for one in self.estimators
            for name in one.chosen
            if name in one.parameters
        }

    @property
    def files(self) -> dict[str, FileRead]:
        """Path -> the file that the Run read, as it was when it was last read."""
        return {file.path: file for cell in self.cells for file in cell.files}

    @property
    def identity(self) -> str:
        """The same for every execution of the same training (SHA-256, hex).

        Covers the code of the tagged cells that trained, in the order in which they ran, the
        parameters, the data and the packages; not `evaluate` cells, which look and change
        nothing, nor papermill's injected cell, which says what the parameters say.
        """
        code = [
            [cell.roles, cell.source]
            for cell in self.cells
            if cell.roles != ("evaluate",) and not cell.injected
        ]
        packages = self.environment and self.environment.digest
        data = {name: fingerprint.digest for name, fingerprint in self.data.items()}
        content = msgspec.json.encode([code, self.parameters, data, packages], order="sorted")
        return hashlib.sha256(content).hexdigest()
