"""Facts: what a Run takes over from the cells that fed it, replaced where a later cell says so."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import sqlalchemy as sa

from cellmark.core.file_read import FileRead
from cellmark.core.fingerprint import Fingerprint
from cellmark.core.run import Fit, Seen
from cellmark.core.value import Value

from . import tables
from .insert import insert_new
from .keys import name_keys, text_key
from .record import CellRecord, SpooledEstimator

__all__ = ["SETTING", "Facts", "add_facts", "facts_of"]

# The source of a parameter that was chosen for an estimator.
SETTING = "estimator"
# Records of before it was said.
_ASSIGNED = Seen("assigned", 1.0)


class Facts(msgspec.Struct, frozen=True, omit_defaults=True):
    """Kept with the execution, as JSON: a data cell may feed many Runs."""

    parameters: dict[str, Any] = {}
    data: dict[str, Fingerprint] = {}
    estimators: tuple[SpooledEstimator, ...] = ()
    values: dict[str, Value] = {}
    files: tuple[FileRead, ...] = ()
    fits: tuple[Fit, ...] = ()
    seen: dict[str, Seen] = {}


def facts_of(record: CellRecord) -> str | None:
    """The facts of one execution as JSON; None if it brought none."""
    facts = Facts(*(getattr(record, name) for name in Facts.__struct_fields__))
    return None if facts == Facts() else msgspec.json.encode(facts).decode()


def add_facts(connection: sa.Connection, run: int, experiment: str) -> None:
    """Write the facts of all of the Run's executions, in the order in which they ran."""
    rows = connection.execute(
        sa.select(tables.text.c.text)
        .join(tables.execution, tables.execution.c.facts == tables.text.c.key)
        .join(tables.run_execution)
        .where(tables.run_execution.c.run == run)
        .order_by(tables.execution.c.started, tables.execution.c.id)
    )
    # A later fit of the same name may have left out what an earlier one chose.
    connection.execute(sa.delete(tables.param).where(tables.param.c.run == run))
    parameters: dict[str, dict[str, Any]] = {}
    for text in rows.scalars().all():
        facts = msgspec.json.decode(text, type=Facts)
        for name, value in facts.parameters.items():
            parameters[name] = _parameter(value, facts.seen.get(name, _ASSIGNED))
        for name, fingerprint in facts.data.items():
            _add_data(connection, run, name, fingerprint)
        for estimator in facts.estimators:
            _add_estimator(connection, run, estimator)
            parameters |= _settings(estimator)
    if parameters:
        _add_parameters(connection, run, experiment, parameters)


def _add_parameters(
    connection: sa.Connection, run: int, experiment: str, found: dict[str, dict[str, Any]]
) -> None:
    named = {name: (name, row.pop("source")) for name, row in found.items()}
    keys = name_keys(connection, tables.param_name, experiment, set(named.values()))
    rows = [{**row, "run": run, "name": keys[named[name]]} for name, row in found.items()]
    connection.execute(sa.insert(tables.param), rows)


def _parameter(value: Any, seen: Seen) -> dict[str, Any]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    number = float(value) if is_number else None
    how = {"source": seen.source, "confidence": seen.confidence}
    return {"value": json.dumps(value), "number": number, **how}


def _add_data(connection: sa.Connection, run: int, name: str, found: Fingerprint) -> None:
    content = msgspec.json.encode(found).decode()
    insert_new(connection, tables.dataset, [{"digest": found.digest, "fingerprint": content}])
    _replace(connection, tables.run_dataset, {"name": name, "dataset": found.digest}, run=run)


def _add_estimator(connection: sa.Connection, run: int, found: SpooledEstimator) -> None:
    if found.object is not None:
        stored = {"digest": found.object, "bytes": found.bytes}
        insert_new(connection, tables.object_, [stored])
    row = {name: getattr(found, name) for name in ("name", "type", "format", "object", "remark")}
    told = json.dumps([found.parameters, found.chosen]) if found.parameters else None
    row["parameters"] = text_key(connection, told)
    _replace(connection, tables.artifact, {**row, "kind": "estimator"}, run=run)


def _settings(found: SpooledEstimator) -> dict[str, dict[str, Any]]:
    seen = Seen(SETTING, 1.0)
    named = {f"{found.name}.{name}": found.parameters[name] for name in found.chosen}
    return {name: _parameter(value, seen) for name, value in named.items()}


def _replace(connection: sa.Connection, table: sa.Table, row: dict[str, Any], run: int) -> None:
    full = {**row, "run": run}
    same = [column == full[column.name] for column in table.primary_key]
    connection.execute(sa.delete(table).where(*same))
    connection.execute(sa.insert(table).values(full))
