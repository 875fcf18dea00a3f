"""Reading: rows become Runs again, a page of them in a fixed number of statements."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from cellmark.core.fingerprint import Fingerprint
from cellmark.core.run import (
    CellExecution,
    Environment,
    Estimator,
    Metric,
    Run,
    RunFailure,
    Seen,
)

from . import tables as t
from .facts import SETTING, Facts
from .inputs import inputs_of

__all__ = ["runs_by_id"]

_Rows = dict[str, list[Any]]


def runs_by_id(connection: sa.Connection, ids: Sequence[str]) -> list[Run]:
    """The Runs with these ids, in this order; ids that name none are passed over."""
    found = connection.execute(sa.select(t.run).where(t.run.c.id.in_(ids)))
    rows = {row.id: row for row in found}
    present = [one for one in ids if one in rows]
    cells, params = _cells(connection, present), _of(connection, t.param, present)
    metrics = _of(connection, t.metric, present, t.metric.c.at, t.metric.c.step)
    data, artifacts = _data(connection, present), _artifacts(connection, present)
    tags, notes = _of(connection, t.tag, present), _of(connection, t.note, present, t.note.c.at)
    environments = _environments(connection, {row.environment for row in rows.values()})
    return [
        Run(
            id=one,
            experiment=rows[one].experiment,
            name=rows[one].name,
            status=rows[one].status,
            started=rows[one].started,
            finished=rows[one].finished,
            cells=tuple(_cell(row) for row in cells[one]),
            parameters={row.name: json.loads(row.value) for row in _own(params[one])},
            seen={
                row.name: Seen(row.source, row.confidence)
                for row in _own(params[one])
                if row.source
            },
            metrics=tuple(_metric(row) for row in metrics[one]),
            data={row.name: _fingerprint(row.fingerprint) for row in data[one]},
            estimators=tuple(_estimator(a) for a in artifacts[one] if a.kind == "estimator"),
            environment=environments.get(rows[one].environment),
            git=json.loads(rows[one].git) if rows[one].git else None,
            conditions=json.loads(rows[one].conditions) if rows[one].conditions else None,
            notebook=next((a.object for a in artifacts[one] if a.kind == "notebook"), None),
            failure=_failure(rows[one].failure),
            tags=tuple(sorted(row.name for row in tags[one])),
            note=notes[one][-1].text if notes[one] else None,
            **msgspec.structs.asdict(inputs_of(rows[one].inputs)),
        )
        for one in present
    ]


def _own(rows: list[Any]) -> list[Any]:
    """The parameters that the notebook has; those of estimators come with these."""
    return [row for row in rows if row.source != SETTING]


def _grouped(connection: sa.Connection, query: Any) -> _Rows:
    groups: _Rows = defaultdict(list)
    for row in connection.execute(query):
        groups[row.run].append(row)
    return groups


def _of(connection: sa.Connection, table: sa.Table, ids: Sequence[str], *order: Any) -> _Rows:
    return _grouped(connection, sa.select(table).where(table.c.run.in_(ids)).order_by(*order))


def _cells(connection: sa.Connection, ids: Sequence[str]) -> _Rows:
    query = (
        sa.select(t.run_execution.c.run, t.execution, t.source.c.text)
        .join(t.execution, t.execution.c.id == t.run_execution.c.execution)
        .join(t.source, t.source.c.digest == t.execution.c.source)
        .where(t.run_execution.c.run.in_(ids))
        .order_by(t.execution.c.started, t.execution.c.id)
    )
    return _grouped(connection, query)


def _data(connection: sa.Connection, ids: Sequence[str]) -> _Rows:
    query = (
        sa.select(t.run_dataset.c.run, t.run_dataset.c.name, t.dataset.c.fingerprint)
        .join(t.dataset)
        .where(t.run_dataset.c.run.in_(ids))
        .order_by(t.run_dataset.c.name)
    )
    return _grouped(connection, query)


def _artifacts(connection: sa.Connection, ids: Sequence[str]) -> _Rows:
    query = (
        sa.select(t.artifact, t.object_.c.bytes)
        .outerjoin(t.object_)
        .where(t.artifact.c.run.in_(ids))
        .order_by(t.artifact.c.name)
    )
    return _grouped(connection, query)


def _environments(connection: sa.Connection, digests: set[Any]) -> dict[str, Environment]:
    query = sa.select(t.environment).where(t.environment.c.digest.in_(digests - {None}))
    return {
        row.digest: Environment(
            digest=row.digest, python=row.python, packages=json.loads(row.packages)
        )
        for row in connection.execute(query)
    }


def _cell(row: Any) -> CellExecution:
    facts = msgspec.json.decode(row.facts, type=Facts) if row.facts else Facts()
    return CellExecution(
        id=row.id,
        cell_id=row.cell_id,
        number=row.number,
        roles=tuple(row.roles.split()),
        injected=row.injected,
        source=row.text,
        status=row.status,
        started=row.started,
        seconds=row.seconds,
        values=facts.values,
        files=facts.files,
        fits=facts.fits,
    )


def _metric(row: Any) -> Metric:
    names = ("name", "value", "source", "confidence", "step", "at", "latest")
    return Metric(**{name: getattr(row, name) for name in names})


def _estimator(row: Any) -> Estimator:
    names = ("name", "type", "format", "object", "bytes", "remark")
    parameters, chosen = json.loads(row.parameters) if row.parameters else ({}, ())
    about = {"parameters": parameters, "chosen": tuple(chosen)}
    return Estimator(**{name: getattr(row, name) for name in names}, **about)


def _fingerprint(text: str) -> Fingerprint:
    return msgspec.json.decode(text, type=Fingerprint)


def _failure(text: str | None) -> RunFailure | None:
    return msgspec.json.decode(text, type=RunFailure) if text else None
