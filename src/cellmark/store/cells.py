"""Cells: one record of a tagged cell's execution becomes rows, and rows of its Run."""

from __future__ import annotations

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

import msgspec
import sqlalchemy as sa

from . import tables
from .facts import add_facts, facts_of
from .inputs import joined
from .insert import insert_new
from .keys import key_of, name_keys, text_key
from .record import CellRecord, SpooledEnvironment

__all__ = ["add_cell"]

_COPIED = ("id", "cell_id", "number", "injected", "status", "started", "seconds", "peak")


def add_cell(connection: sa.Connection, record: CellRecord, session: str) -> set[str]:
    """Add one execution; the ids of the Runs that it changed (none if it was there before)."""
    if not _add_execution(connection, record) or record.run is None:
        return set()
    _add_run(connection, record, record.run, session)
    run = key_of(connection, tables.run, record.run)
    _link(connection, record, run)
    add_facts(connection, run, record.experiment)
    _add_metrics(connection, record, run)
    return {record.run}


def _add_execution(connection: sa.Connection, record: CellRecord) -> bool:
    row = {name: getattr(record, name) for name in _COPIED}
    row["roles"] = " ".join(record.roles)
    row["source"] = text_key(connection, record.source)
    row["facts"] = text_key(connection, facts_of(record))
    row["chance"] = text_key(connection, json.dumps(record.chance) if record.chance else None)
    return insert_new(connection, tables.execution, [row]) == 1


def _add_run(connection: sa.Connection, record: CellRecord, run: str, session: str) -> None:
    """Insert the Run, or move its end and its status forward."""
    failure = record.failure and msgspec.json.encode(record.failure).decode()
    conditions = json.dumps(record.conditions) if record.conditions else None
    row = {
        "id": run,
        "experiment": record.experiment,
        "name": PurePosixPath(record.experiment).stem,
        "status": record.status,
        "started": record.started,
        "finished": record.ended,
        "session": session,
        "environment": _add_environment(connection, record.environment),
        "git": json.dumps(record.git) if record.git else None,
        "conditions": text_key(connection, conditions),
        "failure": failure,
        "inputs": joined(None, record),
    }
    if insert_new(connection, tables.run, [row]):
        return
    change: dict[str, Any] = {"finished": record.ended}
    if record.stale or record.out_of_order:
        known = connection.execute(sa.select(tables.run.c.inputs).where(tables.run.c.id == run))
        change["inputs"] = joined(known.scalar(), record)
    if record.status == "failed" or _mended(connection, record, run):
        change |= {"status": record.status, "failure": failure}
    connection.execute(sa.update(tables.run).where(tables.run.c.id == run).values(change))


def _link(connection: sa.Connection, record: CellRecord, run: int) -> None:
    """Give the Run the executions that fed it, those of them that were ever recorded."""
    of = tables.execution.c
    known = connection.execute(sa.select(of.key).where(of.id.in_((*record.fed_by, record.id))))
    links = [{"run": run, "execution": one} for one in known.scalars().all()]
    insert_new(connection, tables.run_execution, links)


def _mended(connection: sa.Connection, record: CellRecord, run: str) -> bool:
    """Whether this execution repeats, with success, the very cell that had failed the Run."""
    latest = (
        sa.select(tables.execution.c.cell_id)
        .select_from(tables.execution)
        .join(tables.run_execution)
        .join(tables.run, tables.run.c.key == tables.run_execution.c.run)
        .where(tables.run.c.id == run, tables.execution.c.status == "failed")
        .order_by(tables.execution.c.started.desc())
        .limit(1)
    )
    failed_cell = connection.execute(latest).scalar()
    return failed_cell is not None and failed_cell == record.cell_id


def _add_environment(connection: sa.Connection, found: SpooledEnvironment | None) -> int | None:
    if found is None:
        return None
    packages = json.dumps(found.packages, sort_keys=True)
    digest = hashlib.sha256(f"{found.python} {packages}".encode()).hexdigest()
    row = {"digest": digest, "python": found.python, "packages": packages}
    insert_new(connection, tables.environment, [row])
    of = tables.environment.c
    key: int = connection.execute(sa.select(of.key).where(of.digest == digest)).scalar_one()
    return key


def _add_metrics(connection: sa.Connection, record: CellRecord, run: int) -> None:
    last = {metric.name: metric.step for metric in record.metrics}
    if not last:
        return
    named = {(metric.name, metric.source) for metric in record.metrics}
    keys = name_keys(connection, tables.metric_name, record.experiment, named)
    names = tables.metric_name.c
    same = (names.experiment == record.experiment) & names.name.in_(last)
    older = (tables.metric.c.run == run, tables.metric.c.name.in_(sa.select(names.key).where(same)))
    connection.execute(sa.update(tables.metric).where(*older).values(latest=False))
    execution = key_of(connection, tables.execution, record.id)
    rows = [
        {
            "run": run,
            "name": keys[metric.name, metric.source],
            "execution": execution,
            "step": metric.step,
            "value": metric.value,
            "confidence": metric.confidence,
            "latest": metric.step == last[metric.name],
        }
        for metric in record.metrics
    ]
    insert_new(connection, tables.metric, rows)
