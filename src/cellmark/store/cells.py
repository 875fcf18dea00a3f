"""Cells: one record of a tagged cell's execution becomes rows, and rows of its Run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

import sqlalchemy as sa

from . import tables
from .insert import insert_new
from .spool import Record

__all__ = ["add_cell"]

_FACTS = ("parameters", "data", "estimators")


def add_cell(connection: sa.Connection, record: Record, session: str) -> set[str]:
    """Add one execution; the ids of the Runs that it changed (none if it was there before)."""
    if not _add_execution(connection, record, session) or not record["run"]:
        return set()
    _add_run(connection, record, session)
    run = record["run"]
    links = [{"run": run, "execution": one} for one in (*record["fed_by"], record["id"])]
    insert_new(connection, tables.run_execution, links)
    for facts in _facts(connection, run):
        _add_parameters(connection, run, facts.get("parameters", {}))
        _add_data(connection, run, facts.get("data", {}))
        _add_estimators(connection, run, facts.get("estimators", ()))
    _add_metrics(connection, record)
    return {run}


def _add_execution(connection: sa.Connection, record: Record, session: str) -> bool:
    digest = hashlib.sha256(record["source"].encode()).hexdigest()
    insert_new(connection, tables.source, [{"digest": digest, "text": record["source"]}])
    facts = {name: record[name] for name in _FACTS if record.get(name)}
    columns = ["id", "experiment", "cell_id", "number", "injected", "status", "started", "seconds"]
    row = {name: record[name] for name in columns}
    row |= {"session": session, "source": digest, "roles": " ".join(record["roles"])}
    row["facts"] = json.dumps(facts) if facts else None
    return insert_new(connection, tables.execution, [row]) == 1


def _add_run(connection: sa.Connection, record: Record, session: str) -> None:
    """Insert the Run, or move its end, its status and its environment forward."""
    ended = record["started"] + record["seconds"]
    failed = record["status"] == "failed"
    row = {
        "id": record["run"],
        "experiment": record["experiment"],
        "name": PurePosixPath(record["experiment"]).stem,
        "status": record["status"],
        "started": record["started"],
        "finished": ended,
        "session": session,
        "git": json.dumps(record["git"]) if record.get("git") else None,
        "failure": json.dumps(record["failure"]) if failed else None,
    }
    if record.get("environment"):
        row["environment"] = _add_environment(connection, record["environment"])
    if insert_new(connection, tables.run, [row]):
        return
    change: dict[str, Any] = {"finished": ended}
    if failed or _mended(connection, record):
        change |= {"status": row["status"], "failure": row["failure"]}
    connection.execute(sa.update(tables.run).where(tables.run.c.id == record["run"]).values(change))


def _mended(connection: sa.Connection, record: Record) -> bool:
    """Whether this execution repeats, with success, the very cell that had failed the Run."""
    latest = (
        sa.select(tables.execution.c.cell_id)
        .join(tables.run_execution)
        .where(tables.run_execution.c.run == record["run"], tables.execution.c.status == "failed")
        .order_by(tables.execution.c.started.desc())
        .limit(1)
    )
    failed_cell = connection.execute(latest).scalar()
    return failed_cell is not None and failed_cell == record["cell_id"]


def _add_environment(connection: sa.Connection, environment: Mapping[str, Any]) -> str:
    packages = json.dumps(environment["packages"], sort_keys=True)
    digest = hashlib.sha256(f"{environment['python']} {packages}".encode()).hexdigest()
    row = {"digest": digest, "python": environment["python"], "packages": packages}
    insert_new(connection, tables.environment, [row])
    return digest


def _facts(connection: sa.Connection, run: str) -> list[dict[str, Any]]:
    """What the executions of a Run brought, in the order in which they ran."""
    rows = connection.execute(
        sa.select(tables.execution.c.facts)
        .join(tables.run_execution)
        .where(tables.run_execution.c.run == run, tables.execution.c.facts.is_not(None))
        .order_by(tables.execution.c.started, tables.execution.c.id)
    )
    return [json.loads(facts) for (facts,) in rows]


def _add_parameters(connection: sa.Connection, run: str, parameters: Mapping[str, Any]) -> None:
    for name, value in parameters.items():
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        number = value if is_number else None
        row = {"run": run, "name": name, "value": json.dumps(value), "number": number}
        # The injected cell runs after the defaults, and what runs later holds.
        key = (tables.param.c.run == run) & (tables.param.c.name == name)
        connection.execute(sa.delete(tables.param).where(key))
        connection.execute(sa.insert(tables.param).values(row))


def _add_data(connection: sa.Connection, run: str, data: Mapping[str, Any]) -> None:
    for name, fingerprint in data.items():
        row = {"digest": fingerprint["digest"], "fingerprint": json.dumps(fingerprint)}
        insert_new(connection, tables.dataset, [row])
        link = {"run": run, "name": name, "dataset": fingerprint["digest"]}
        key = (tables.run_dataset.c.run == run) & (tables.run_dataset.c.name == name)
        connection.execute(sa.delete(tables.run_dataset).where(key))
        connection.execute(sa.insert(tables.run_dataset).values(link))


def _add_estimators(connection: sa.Connection, run: str, estimators: Any) -> None:
    for estimator in estimators:
        digest = estimator.get("object")
        if digest:
            stored = {"digest": digest, "bytes": estimator["bytes"]}
            insert_new(connection, tables.object_, [stored])
        row = {name: estimator[name] for name in ("name", "type", "format")}
        row |= {"run": run, "kind": "estimator", "object": digest}
        row["remark"] = estimator.get("remark")
        key = (tables.artifact.c.run == run) & (tables.artifact.c.name == row["name"])
        connection.execute(
            sa.delete(tables.artifact).where(key & (tables.artifact.c.kind == "estimator"))
        )
        connection.execute(sa.insert(tables.artifact).values(row))


def _add_metrics(connection: sa.Connection, record: Record) -> None:
    run, at = record["run"], record["started"] + record["seconds"]
    metrics = record.get("metrics") or []
    names = {metric["name"] for metric in metrics}
    if names:
        older = (tables.metric.c.run == run) & tables.metric.c.name.in_(names)
        connection.execute(sa.update(tables.metric).where(older).values(latest=False))
    last = {metric["name"]: metric["step"] for metric in metrics}
    rows = [
        {
            **metric,
            "run": run,
            "execution": record["id"],
            "at": at,
            "latest": metric["step"] == last[metric["name"]],
        }
        for metric in metrics
    ]
    insert_new(connection, tables.metric, rows)
