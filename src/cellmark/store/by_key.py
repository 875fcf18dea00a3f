"""By key: bring a store in which rows named each other by id to the tables of today.

An id of 26 characters stood in each of a Run's values and in their index, and each execution had
its texts to itself: 7 kB a Run of 20 parameters and 20 metrics, where 2.6 are enough.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from . import tables as t
from .insert import insert_new
from .keys import text_digest

__all__ = ["name_by_key"]

_REBUILT = (
    *("run_execution", "param", "metric", "artifact", "run_dataset", "tag", "note"),
    *("execution", "run", "source", "environment"),
)
_OF_OLD = ("ix_execution_session", "ix_run_experiment", "ix_run_identity")
_MADE = (
    *(t.text, t.environment, t.execution, t.run, t.run_execution, t.param_name, t.param),
    *(t.metric_name, t.metric, t.artifact, t.run_dataset, t.tag, t.note),
)
_BATCH = 500

# Small enough to be copied by the database itself, once executions and Runs have keys.
_COPIES = (
    """INSERT INTO run_execution (run, execution)
    SELECT r.key, e.key FROM old_run_execution o
    JOIN run r ON r.id = o.run JOIN execution e ON e.id = o.execution""",
    """INSERT INTO param_name (experiment, name, source)
    SELECT DISTINCT r.experiment, o.name, coalesce(o.source, '')
    FROM old_param o JOIN run r ON r.id = o.run""",
    """INSERT INTO param (run, name, value, number, confidence)
    SELECT r.key, n.key, o.value, o.number, o.confidence
    FROM old_param o JOIN run r ON r.id = o.run
    JOIN param_name n
    ON n.experiment = r.experiment AND n.name = o.name AND n.source = coalesce(o.source, '')
    ORDER BY r.key, n.key""",
    """INSERT INTO metric_name (experiment, name, source)
    SELECT DISTINCT r.experiment, o.name, o.source
    FROM old_metric o JOIN run r ON r.id = o.run""",
    """INSERT INTO metric (run, name, execution, step, value, confidence, latest)
    SELECT r.key, n.key, e.key, o.step, o.value, o.confidence, o.latest
    FROM old_metric o JOIN run r ON r.id = o.run JOIN execution e ON e.id = o.execution
    JOIN metric_name n
    ON n.experiment = r.experiment AND n.name = o.name AND n.source = o.source
    ORDER BY r.key, n.key""",
    """INSERT INTO run_dataset (run, name, dataset)
    SELECT r.key, o.name, o.dataset FROM old_run_dataset o JOIN run r ON r.id = o.run""",
    "INSERT INTO tag (run, name) SELECT r.key, o.name FROM old_tag o JOIN run r ON r.id = o.run",
    """INSERT INTO note (run, at, text)
    SELECT r.key, o.at, o.text FROM old_note o JOIN run r ON r.id = o.run""",
)


def name_by_key(connection: sa.Connection) -> None:
    """Make the tables anew from what they hold."""
    for index in _OF_OLD:
        connection.execute(sa.text(f"DROP INDEX IF EXISTS {index}"))
    for name in _REBUILT:
        connection.execute(sa.text(f"ALTER TABLE {name} RENAME TO old_{name}"))
    t.metadata.create_all(connection, list(_MADE))
    _copy_texts(connection)
    for statement in _COPIES:
        connection.execute(sa.text(statement))
    # Those that point to others first.
    for name in _REBUILT:
        connection.execute(sa.text(f"DROP TABLE old_{name}"))


def _copy_texts(connection: sa.Connection) -> None:
    """Copy what holds texts, which are kept once from now on, and by that what has a key."""
    _copy(connection, t.environment, "SELECT digest, python, packages FROM old_environment")
    environments = _keys(connection, t.environment)
    _copy(
        connection,
        t.execution,
        """SELECT e.id, cell_id, number, roles, injected, s.text AS source, status, started,
        seconds, facts FROM old_execution e JOIN old_source s ON s.digest = e.source
        ORDER BY e.id""",
        texts=("source", "facts"),
    )
    _copy(
        connection,
        t.run,
        """SELECT id, experiment, name, status, started, finished, session, identity, environment,
        git, failure, deleted, conditions, inputs FROM old_run ORDER BY id""",
        texts=("conditions",),
        environment=environments,
    )
    _copy(
        connection,
        t.artifact,
        """SELECT r.key AS run, o.name, kind, type, format, object, remark, parameters
        FROM old_artifact o JOIN run r ON r.id = o.run""",
        texts=("parameters",),
    )


def _copy(
    connection: sa.Connection,
    table: sa.Table,
    query: str,
    texts: tuple[str, ...] = (),
    **keys: Mapping[str, int],
) -> None:
    """Insert into `table` what `query` finds, keys in place of texts and of those in `keys`."""
    for batch in connection.execute(sa.text(query)).mappings().partitions(_BATCH):
        known = _text_keys(connection, {row[name] for row in batch for name in texts} - {None})
        by_name = {**dict.fromkeys(texts, known), **keys}
        rows = [
            {
                name: by_name[name].get(value) if name in by_name else value
                for name, value in row.items()
            }
            for row in batch
        ]
        connection.execute(sa.insert(table), rows)


def _text_keys(connection: sa.Connection, texts: set[Any]) -> dict[str, int]:
    if not texts:
        return {}
    digests = {text: text_digest(text) for text in sorted(texts)}
    insert_new(connection, t.text, [{"digest": d, "text": text} for text, d in digests.items()])
    query = sa.select(t.text.c.digest, t.text.c.key).where(t.text.c.digest.in_(digests.values()))
    keys = {row.digest: row.key for row in connection.execute(query)}
    return {text: keys[digest] for text, digest in digests.items()}


def _keys(connection: sa.Connection, table: sa.Table) -> dict[str, int]:
    found = connection.execute(sa.select(table.c.digest, table.c.key))
    return {row.digest: row.key for row in found}
