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

_Rows = dict[int, list[Any]]


def runs_by_id(connection: sa.Connection, ids: Sequence[str]) -> list[Run]:
    """The Runs with these ids, in this order; ids that name none are passed over."""
    found = connection.execute(sa.select(t.run).where(t.run.c.id.in_(ids)))
    by_id = {row.id: row for row in found}
    rows = {by_id[one].key: by_id[one] for one in ids if one in by_id}
    keys = list(rows)
    cells, params = _cells(connection, keys), _params(connection, keys)
    metrics = _metrics(connection, keys)
    data, artifacts = _data(connection, keys), _artifacts(connection, keys)
    tags, notes = _of(connection, t.tag, keys), _of(connection, t.note, keys, t.note.c.at)
    environments = _environments(connection, {row.environment for row in rows.values()})
    conditions = _texts(connection, {row.conditions for row in rows.values()})
    return [
        Run(
            id=rows[one].id,
            experiment=rows[one].experiment,
            name=rows[one].name,
            status=rows[one].status,
            started=rows[one].started,
            finished=rows[one].finished,
            cells=tuple(_cell(row) for row in cells[one]),
            parameters={row.called: json.loads(row.value) for row in _own(params[one])},
            seen={
                row.called: Seen(row.source, row.confidence)
                for row in _own(params[one])
                if row.source
            },
            metrics=tuple(_metric(row) for row in metrics[one]),
            data={row.name: _fingerprint(row.fingerprint) for row in data[one]},
            estimators=tuple(_estimator(a) for a in artifacts[one] if a.kind == "estimator"),
            environment=environments.get(rows[one].environment),
            git=json.loads(rows[one].git) if rows[one].git else None,
            conditions=conditions.get(rows[one].conditions),
            notebook=next((a.object for a in artifacts[one] if a.kind == "notebook"), None),
            failure=_failure(rows[one].failure),
            tags=tuple(sorted(row.name for row in tags[one])),
            note=notes[one][-1].text if notes[one] else None,
            **msgspec.structs.asdict(inputs_of(rows[one].inputs)),
        )
        for one in keys
    ]


def _own(rows: list[Any]) -> list[Any]:
    """The parameters that the notebook has; those of estimators come with these."""
    return [row for row in rows if row.source != SETTING]


def _grouped(connection: sa.Connection, query: Any) -> _Rows:
    groups: _Rows = defaultdict(list)
    for row in connection.execute(query):
        groups[row.run].append(row)
    return groups


def _of(connection: sa.Connection, table: sa.Table, keys: Sequence[int], *order: Any) -> _Rows:
    return _grouped(connection, sa.select(table).where(table.c.run.in_(keys)).order_by(*order))


def _cells(connection: sa.Connection, keys: Sequence[int]) -> _Rows:
    source, facts, chance = t.text.alias(), t.text.alias(), t.text.alias()
    query = (
        sa.select(
            t.run_execution.c.run,
            t.execution,
            source.c.text.label("source_text"),
            facts.c.text.label("facts_text"),
            chance.c.text.label("chance_text"),
        )
        .join(t.execution, t.execution.c.key == t.run_execution.c.execution)
        .join(source, source.c.key == t.execution.c.source)
        .outerjoin(facts, facts.c.key == t.execution.c.facts)
        .outerjoin(chance, chance.c.key == t.execution.c.chance)
        .where(t.run_execution.c.run.in_(keys))
        .order_by(t.execution.c.started, t.execution.c.id)
    )
    return _grouped(connection, query)


def _params(connection: sa.Connection, keys: Sequence[int]) -> _Rows:
    query = (
        sa.select(t.param, t.param_name.c.name.label("called"), t.param_name.c.source)
        .join(t.param_name, t.param_name.c.key == t.param.c.name)
        .where(t.param.c.run.in_(keys))
        .order_by(t.param.c.run, t.param_name.c.name)
    )
    return _grouped(connection, query)


def _metrics(connection: sa.Connection, keys: Sequence[int]) -> _Rows:
    at = t.execution.c.started + t.execution.c.seconds
    query = (
        sa.select(
            t.metric, t.metric_name.c.name.label("called"), t.metric_name.c.source, at.label("at")
        )
        .join(t.metric_name, t.metric_name.c.key == t.metric.c.name)
        .join(t.execution, t.execution.c.key == t.metric.c.execution)
        .where(t.metric.c.run.in_(keys))
        .order_by(at, t.metric.c.step, t.metric_name.c.name)
    )
    return _grouped(connection, query)


def _data(connection: sa.Connection, keys: Sequence[int]) -> _Rows:
    query = (
        sa.select(t.run_dataset.c.run, t.run_dataset.c.name, t.dataset.c.fingerprint)
        .join(t.dataset)
        .where(t.run_dataset.c.run.in_(keys))
        .order_by(t.run_dataset.c.name)
    )
    return _grouped(connection, query)


def _artifacts(connection: sa.Connection, keys: Sequence[int]) -> _Rows:
    query = (
        sa.select(t.artifact, t.object_.c.bytes, t.text.c.text.label("told"))
        .outerjoin(t.object_)
        .outerjoin(t.text, t.text.c.key == t.artifact.c.parameters)
        .where(t.artifact.c.run.in_(keys))
        .order_by(t.artifact.c.name)
    )
    return _grouped(connection, query)


def _texts(connection: sa.Connection, keys: set[Any]) -> dict[int, Any]:
    query = sa.select(t.text.c.key, t.text.c.text).where(t.text.c.key.in_(keys - {None}))
    return {row.key: json.loads(row.text) for row in connection.execute(query)}


def _environments(connection: sa.Connection, keys: set[Any]) -> dict[int, Environment]:
    query = sa.select(t.environment).where(t.environment.c.key.in_(keys - {None}))
    return {
        row.key: Environment(
            digest=row.digest, python=row.python, packages=json.loads(row.packages)
        )
        for row in connection.execute(query)
    }


def _cell(row: Any) -> CellExecution:
    facts = msgspec.json.decode(row.facts_text, type=Facts) if row.facts_text else Facts()
    return CellExecution(
        id=row.id,
        cell_id=row.cell_id,
        number=row.number,
        roles=tuple(row.roles.split()),
        injected=row.injected,
        source=row.source_text,
        status=row.status,
        started=row.started,
        seconds=row.seconds,
        values=facts.values,
        files=facts.files,
        fits=facts.fits,
        chance=json.loads(row.chance_text) if row.chance_text else {},
        peak=row.peak,
    )


def _metric(row: Any) -> Metric:
    names = ("value", "source", "confidence", "step", "at", "latest")
    return Metric(name=row.called, **{name: getattr(row, name) for name in names})


def _estimator(row: Any) -> Estimator:
    names = ("name", "type", "format", "object", "bytes", "remark")
    parameters, chosen = json.loads(row.told) if row.told else ({}, ())
    about = {"parameters": parameters, "chosen": tuple(chosen)}
    return Estimator(**{name: getattr(row, name) for name in names}, **about)


def _fingerprint(text: str) -> Fingerprint:
    return msgspec.json.decode(text, type=Fingerprint)


def _failure(text: str | None) -> RunFailure | None:
    return msgspec.json.decode(text, type=RunFailure) if text else None
