"""Comparison: what of a Run is not the same in another one, each difference classed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from cellmark.core.difference import Difference, Kind, Severity
from cellmark.core.fingerprint import Fingerprint
from cellmark.core.run import CellExecution, Run
from cellmark.core.value import Value, is_close, is_same
from cellmark.notebook.compare import compare_outputs
from cellmark.notebook.passing import Moment, is_clock

from .estimators import apart
from .files import compare_files
from .pictures import distance

__all__ = ["TOLERANCE", "Observed", "compare", "rows_changed"]

# Relative; for what is many numbers, of the largest.
TOLERANCE = 1e-9
_ORDER: tuple[Kind, ...] = (
    *("failure", "file", "data", "value", "metric", "estimator", "output", "picture"),
)


@dataclass(frozen=True)
class Observed:
    """A Run and what it showed. `notebook` is the executed one, None where none was kept;
    `content` gives an object of the store by its digest.
    """

    run: Run
    notebook: Any
    content: Callable[[str], bytes]

    def cells(self) -> list[tuple[int, Any]]:
        """The code cells that the author wrote, with their numbers."""
        if self.notebook is None:
            return []
        own = [
            cell
            for cell in self.notebook.cells
            if cell.cell_type == "code"
            and "injected-parameters" not in cell.metadata.get("tags", ())
        ]
        return list(enumerate(own, start=1))

    def number_of(self, cell_id: str | None) -> int | None:
        """The number of a cell in the notebook as it was executed."""
        return next((number for number, cell in self.cells() if cell.id == cell_id), None)


def compare(
    before: Observed, after: Observed, tolerance: float = TOLERANCE
) -> tuple[Difference, ...]:
    """All that differs, in the order in which the cells stand; cosmetic differences too."""
    data = list(_data(before, after))
    found = [
        *_failures(before, after),
        *compare_files(before.run, after.run, _numbers(before, after), data),
        *data,
        *_values(before, after, tolerance),
        *_metrics(before, after, tolerance),
        *_estimators(before, after, tolerance),
        *_outputs(before, after),
    ]
    found.sort(key=lambda each: (each.cell or 0, _ORDER.index(each.kind)))
    return tuple(found)


def _failures(before: Observed, after: Observed) -> Iterator[Difference]:
    one, other = before.run.failure, after.run.failure
    failed = other or one
    if failed and (one and one.error) != (other and other.error):
        yield Difference(
            what="how it ended",
            kind="failure",
            cell=failed.cell,
            name="failure",
            before=one.error if one else "all cells ran",
            after=other.error if other else "all cells ran",
            severity="real",
        )


# -- data


def _data(before: Observed, after: Observed) -> Iterator[Difference]:
    for name in sorted({*before.run.data, *after.run.data}):
        one, other = before.run.data.get(name), after.run.data.get(name)
        if one is None or other is None or one.digest != other.digest:
            yield Difference(
                what=f"data {name}",
                kind="data",
                cell=_giver(after, name, "data"),
                name=name,
                before=_shape(one),
                after=_changed(before, after, one, other) if one and other else _shape(other),
                severity="real",
            )


def _shape(data: Fingerprint | None) -> str:
    return " x ".join(map(str, data.shape)) if data else "not there"


def _changed(before: Observed, after: Observed, one: Fingerprint, other: Fingerprint) -> str:
    """The new shape, the columns that changed, and how many rows where that can be told."""
    was, now = ({c.name: (c.dtype, c.digest) for c in side.columns} for side in (one, other))
    groups = {
        "columns gone": [name for name in was if name not in now],
        "columns new": [name for name in now if name not in was],
        "changed in": [name for name in was if name in now and was[name] != now[name]],
    }
    words = [_shape(other)]
    words += [f"{about} {', '.join(names[:8])}" for about, names in groups.items() if any(names)]
    if rows := rows_changed(before, after, one, other):
        words.append(rows)
    return "; ".join(words)


def rows_changed(before: Observed, after: Observed, one: Fingerprint, other: Fingerprint) -> str:
    """How many rows changed and the first of them, "" where that was not kept or is no answer."""
    if not one.row_digests or not other.row_digests or _names(one) != _names(other):
        return ""
    sides = [
        np.frombuffer(side.content(digest), dtype="<u8")
        for side, digest in ((before, one.row_digests), (after, other.row_digests))
    ]
    was, now = sides
    if len(was) == len(now):
        places = np.flatnonzero(was != now)
        if not len(places):
            return "no row; its index or types"
        if np.array_equal(np.sort(was), np.sort(now)):
            return "the same rows in another order"
        shown = ", ".join(map(str, places[:5]))
        more = ", ..." if len(places) > 5 else ""
        return f"{len(places)} of {len(now)} rows (row {shown}{more}, from 0)"
    gone = len(np.setdiff1d(was, now))
    new = len(np.setdiff1d(now, was))
    return f"{len(now) - len(was):+d} rows ({gone} gone, {new} new)"


def _names(data: Fingerprint) -> list[str]:
    return [column.name for column in data.columns]


def _giver(observed: Observed, name: str, role: str) -> int | None:
    """The last cell with this role that mentions the name."""
    cells = [cell for cell in observed.run.cells if role in cell.roles and name in cell.source]
    return _number(observed, cells[-1]) if cells else None


def _numbers(*sides: Observed) -> dict[str, int | None]:
    """Execution -> the number of its cell."""
    return {cell.id: _number(side, cell) for side in sides for cell in side.run.cells}


def _number(observed: Observed, cell: CellExecution) -> int | None:
    return cell.number or observed.number_of(cell.cell_id)


# -- values


def _values(before: Observed, after: Observed, tolerance: float) -> Iterator[Difference]:
    was = {_place(cell): cell for cell in before.run.cells}
    for cell in after.run.cells:
        old = was.get(_place(cell))
        if old is None:
            continue
        moments = Moment(old.started, old.seconds), Moment(cell.started, cell.seconds)
        known = before.run.latest_metrics.keys() | after.run.latest_metrics.keys()
        # Runs of before values were kept have none to compare.
        for name in sorted((old.values.keys() & cell.values.keys()) - known):
            one, other = old.values[name], cell.values[name]
            if not is_same(one, other):
                severity, rule = _classed(name, one, other, moments, tolerance)
                yield Difference(
                    what=f"variable {name}",
                    kind="value",
                    cell=_number(after, cell),
                    name=name,
                    before=_told(one),
                    after=_told(other),
                    severity=severity,
                    rule=rule,
                )


def _told(value: Value) -> str:
    """The value, or its shape with the beginning of its digest: equal shapes say nothing."""
    return f"{value.text}, digest {value.digest[:8]}" if value.digest else value.text


def _place(cell: CellExecution) -> tuple[object, ...]:
    return (cell.cell_id or cell.number or cell.source, cell.injected)


def _classed(
    name: str, one: Value, other: Value, moments: tuple[Moment, Moment], tolerance: float
) -> tuple[Severity, str]:
    if is_close(one, other, tolerance):
        return "within tolerance", f"{tolerance:g}"
    told = [_told_time(name, each, at) for each, at in zip((one, other), moments, strict=True)]
    return ("cosmetic", "clock") if all(told) else ("real", "")


def _told_time(name: str, value: Value, moment: Moment) -> bool:
    """Whether a value is the time of its own cell, or how long it took."""
    if value.kind == "number":
        number = float(value.text)
        span = 0 <= number <= moment.seconds * 1.5 + 0.1 and any(
            word in name.lower() for word in ("time", "elapsed", "seconds", "duration", "took")
        )
        return span or is_clock(number, moment)
    if value.kind != "plain" or value.digest:
        return False
    found = json.loads(value.text)
    try:
        return isinstance(found, str) and is_clock(
            datetime.fromisoformat(found).timestamp(), moment
        )
    except ValueError:
        return False


# -- metrics and estimators


def _metrics(before: Observed, after: Observed, tolerance: float) -> Iterator[Difference]:
    one, other = before.run.latest_metrics, after.run.latest_metrics
    for name in dict.fromkeys([*one, *other]):
        was, now = one.get(name), other.get(name)
        if was == now and (name in one) == (name in other):
            continue
        close = (
            was is not None
            and now is not None
            and abs(was - now) <= tolerance * max(abs(was), abs(now))
        )
        yield Difference(
            what=f"metric {name}",
            kind="metric",
            cell=_metric_cell(after if name in other else before, name),
            name=name,
            before=_metric(one, name),
            after=_metric(other, name),
            severity="within tolerance" if close else "real",
            rule=f"{tolerance:g}" if close else "",
        )


def _metric(values: Mapping[str, float | None], name: str) -> str:
    return "not there" if name not in values else repr(values[name])


def _metric_cell(observed: Observed, name: str) -> int | None:
    at = [metric.at for metric in observed.run.metrics if metric.name == name and metric.latest]
    cells = [cell for cell in observed.run.cells if at and cell.started <= at[-1]]
    return _number(observed, cells[-1]) if cells else None


def _estimators(before: Observed, after: Observed, tolerance: float) -> Iterator[Difference]:
    was = {each.name: each for each in before.run.estimators}
    for now in after.run.estimators:
        old = was.get(now.name)
        if old is None or not old.object or not now.object or old.object == now.object:
            continue
        severity, part = apart(before.content(old.object), after.content(now.object), tolerance)
        yield Difference(
            what=f"estimator {now.name}",
            kind="estimator",
            cell=_giver(after, now.name, "train") or _giver(after, now.name, "preprocess"),
            name=now.name,
            before=old.type.rpartition(".")[2],
            after=part.lstrip(".") or now.type.rpartition(".")[2],
            severity=severity,
            rule="" if severity == "real" else part,
        )


# -- outputs


def _outputs(before: Observed, after: Observed) -> Iterator[Difference]:
    was = {cell.id: cell for _, cell in before.cells()}
    for number, cell in after.cells():
        old = was.get(cell.id)
        if old is None:
            continue
        moments = _moment(before, old), _moment(after, cell)
        for each in compare_outputs(old.outputs, cell.outputs, moments, distance):
            yield Difference(
                what=f"{each.name} of cell {number}",
                kind=each.kind,
                cell=number,
                name=each.name,
                before=each.before,
                after=each.after,
                severity=each.severity,
                rule=each.rule,
            )


def _moment(observed: Observed, cell: Any) -> Moment:
    """When a cell ran, as papermill wrote it down; else when its Run did."""
    told = cell.metadata.get("papermill", {})
    try:
        started = datetime.fromisoformat(told["start_time"]).astimezone().timestamp()
        return Moment(started, float(told["duration"] or 0.0), _offset(observed.run, started))
    except (KeyError, TypeError, ValueError):
        run = observed.run
        return Moment(run.started, run.seconds, _offset(run, run.started))


def _offset(run: Run, moment: float) -> float | None:
    """Seconds from UTC in the time zone that the Run had, null where it says none by name."""
    try:
        zone = ZoneInfo((run.conditions or {})["TZ"])
    except (KeyError, ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError
        return None
    offset = datetime.fromtimestamp(moment, zone).utcoffset()
    return offset.total_seconds() if offset is not None else None
