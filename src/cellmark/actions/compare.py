"""Compare: what differs between Runs. Parameters, metrics, code, data, packages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from cellmark.core.file_read import FileRead
from cellmark.core.fingerprint import Column, Fingerprint
from cellmark.core.run import CellExecution, Run

from .summary import RunSummary, summary_of

__all__ = ["ComparedCell", "ComparedValue", "Comparison", "compare"]


class ComparedValue(msgspec.Struct, frozen=True):
    """A value by its name in each of the Runs, in their order; null where a Run lacks it.

    Of data, `column` names the column, and is null where the frame as a whole is compared.
    """

    name: str
    values: tuple[Any, ...]
    same: bool
    column: str | None = None


class ComparedCell(msgspec.Struct, frozen=True):
    """A tagged cell's code in each of the Runs; null where it did not run."""

    cell_id: str | None
    roles: tuple[str, ...]
    sources: tuple[str | None, ...]
    same: bool


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Everything is named, what is the same too. `environment` are Python and the packages;
    `files` those that were read. Equal digests of samples are not the same content. `chance` are
    digests of where the random generators stood as training began.
    """

    runs: tuple[RunSummary, ...]
    parameters: tuple[ComparedValue, ...]
    metrics: tuple[ComparedValue, ...]
    code: tuple[ComparedCell, ...]
    data: tuple[ComparedValue, ...]
    files: tuple[ComparedValue, ...]
    environment: tuple[ComparedValue, ...]
    chance: tuple[ComparedValue, ...]


def compare(runs: Sequence[Run]) -> Comparison:
    """What differs between `runs`."""
    return Comparison(
        runs=tuple(map(summary_of, runs)),
        parameters=tuple(_values(_parameters(runs))),
        metrics=tuple(_values([run.latest_metrics for run in runs])),
        code=tuple(_code(runs)),
        data=tuple(_data(runs)),
        files=tuple(_values([{p: _content(f) for p, f in run.files.items()} for run in runs])),
        environment=tuple(_values([_environment(run) for run in runs])),
        chance=tuple(_values([_chance(run) for run in runs])),
    )


def _values(sides: Sequence[Mapping[str, Any]]) -> Iterable[ComparedValue]:
    """Each name of any side, those of the first side in its order."""
    for name in dict.fromkeys(name for side in sides for name in side):
        values = tuple(side.get(name) for side in sides)
        # Absent is not the same as present and null.
        same = all(name in side and side[name] == values[0] for side in sides)
        yield ComparedValue(name, values, same)


def _parameters(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """The notebook's own, and what any Run chose for an estimator: a default there is a value."""
    chosen = dict.fromkeys(name for run in runs for name in run.settings)
    sides = []
    for run in runs:
        told = {
            f"{e.name}.{name}": value
            for e in run.estimators
            for name, value in e.parameters.items()
        }
        sides.append({**run.parameters, **{name: told[name] for name in chosen if name in told}})
    return sides


def _environment(run: Run) -> dict[str, str]:
    if run.environment is None:
        return {}
    return {"python": run.environment.python, **run.environment.packages}


def _chance(run: Run) -> dict[str, str]:
    trained = (cell.chance for cell in run.cells if "train" in cell.roles)
    return next(trained, {})


def _data(runs: Sequence[Run]) -> Iterable[ComparedValue]:
    """Each frame, and the columns of those that differ."""
    for name in dict.fromkeys(name for run in runs for name in run.data):
        frames = [run.data.get(name) for run in runs]
        same = len({frame and frame.digest for frame in frames}) == 1
        yield ComparedValue(
            name, tuple(None if frame is None else _shape(frame) for frame in frames), same
        )
        if not same:
            columns = [
                {c.name: _told(c) for c in frame.columns} if frame else {} for frame in frames
            ]
            for column in _values(columns):
                yield ComparedValue(name, column.values, column.same, column.name)


def _shape(frame: Fingerprint) -> str:
    return f"{frame.rows} x {frame.width}"


def _told(column: Column) -> str:
    return f"{column.dtype} {column.digest[:8]}"


def _content(file: FileRead) -> str:
    how = ", sampled" if file.sampled else ""
    return f"{file.bytes} bytes, {file.digest[:8]}{how}"


def _code(runs: Sequence[Run]) -> Iterable[ComparedCell]:
    """By cell, each as it ran last in its Run; papermill's own cell says what parameters say."""
    sides = [{_key(cell): cell for cell in run.cells if not cell.injected} for run in runs]
    for key in dict.fromkeys(key for side in sides for key in side):
        cells = [side.get(key) for side in sides]
        first = next(cell for cell in cells if cell is not None)
        sources = tuple(None if cell is None else cell.source for cell in cells)
        yield ComparedCell(first.cell_id, first.roles, sources, len(set(sources)) == 1)


def _key(cell: CellExecution) -> str:
    return cell.cell_id or cell.source
