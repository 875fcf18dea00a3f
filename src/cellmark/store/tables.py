"""The tables, as they are now. How older stores get here is in `schema`."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "KEPT",
    "LATEST",
    "alias",
    "artifact",
    "bundle_version",
    "dataset",
    "environment",
    "event",
    "execution",
    "metadata",
    "metric",
    "metric_name",
    "model_version",
    "note",
    "object_",
    "param",
    "param_name",
    "run",
    "run_dataset",
    "run_execution",
    "schema_version",
    "spool_offset",
    "tag",
    "text",
]

metadata = sa.MetaData()


# Rows are named by a small number: an id of 26 characters in each of a Run's forty values, and
# again in their index, took more room than the values.
def _key() -> sa.Column[int]:
    return sa.Column("key", sa.Integer, primary_key=True)


def _run_key() -> sa.Column[int]:
    return sa.Column("run", sa.ForeignKey("run.key", ondelete="CASCADE"), primary_key=True)


schema_version = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer))

# How far each session's spool has been folded in, in bytes.
spool_offset = sa.Table(
    "spool_offset",
    metadata,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)

# A text that many rows have, kept once: a cell's source, what it brought, a kernel's conditions.
# `digest` is the beginning of its SHA-256.
text = sa.Table(
    "text",
    metadata,
    _key(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("text", sa.Text, nullable=False),
)

# One execution of a tagged cell; a data cell may feed many Runs. `facts` is JSON: what the cell
# brought that a Run takes over (parameters, data). `chance` is JSON: where random generators stood;
# `peak` the most memory that the kernel held meanwhile, in bytes.
execution = sa.Table(
    "execution",
    metadata,
    _key(),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("cell_id", sa.Text),
    sa.Column("number", sa.Integer),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("injected", sa.Boolean, nullable=False),
    sa.Column("source", sa.ForeignKey("text.key"), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("facts", sa.ForeignKey("text.key")),
    sa.Column("chance", sa.ForeignKey("text.key")),
    sa.Column("peak", sa.BigInteger),
)

environment = sa.Table(
    "environment",
    metadata,
    _key(),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("python", sa.Text, nullable=False),
    sa.Column("packages", sa.Text, nullable=False),
)

# `deleted` is when somebody deleted the Run: it is no longer found, and can be brought back.
# `inputs` is JSON: what was stale, and whether cells ran out of order.
run = sa.Table(
    "run",
    metadata,
    _key(),
    sa.Column("id", sa.Text, nullable=False, unique=True),
    sa.Column("experiment", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("finished", sa.Float, nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("identity", sa.Text),
    sa.Column("environment", sa.ForeignKey("environment.key")),
    sa.Column("git", sa.Text),
    sa.Column("failure", sa.Text),
    sa.Column("deleted", sa.Float),
    sa.Column("conditions", sa.ForeignKey("text.key")),
    sa.Column("inputs", sa.Text),
)
# The first page of a notebook's Runs, and their number, come out of this alone.
KEPT = run.c.deleted.is_(None)
sa.Index("run_kept", run.c.experiment, run.c.id, sqlite_where=KEPT, postgresql_where=KEPT)

run_execution = sa.Table(
    "run_execution",
    metadata,
    _run_key(),
    sa.Column("execution", sa.ForeignKey("execution.key"), primary_key=True),
    sqlite_with_rowid=False,
)


def _names(table: str) -> sa.Table:
    """What the values of an experiment's Runs are called and how they were seen, once each."""
    return sa.Table(
        table,
        metadata,
        _key(),
        sa.Column("experiment", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.UniqueConstraint("experiment", "name", "source"),
    )


# The `source` of a parameter is `estimator` for what was chosen for a fitted one, by names such
# as `model.C`; that of Runs of before it was recorded is "".
param_name = _names("param_name")
metric_name = _names("metric_name")

# `value` is JSON; `number` is the same for comparisons, where it is one.
param = sa.Table(
    "param",
    metadata,
    _run_key(),
    sa.Column("name", sa.ForeignKey("param_name.key"), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("number", sa.Float),
    sa.Column("confidence", sa.Float),
    sqlite_with_rowid=False,
)
sa.Index("param_value", param.c.name, param.c.number, param.c.value)

# One observation: an `evaluate` cell that runs again adds rows, it overwrites none. `latest`
# marks the newest of each name, for filters and sorting. It was made when its execution ended.
metric = sa.Table(
    "metric",
    metadata,
    _run_key(),
    sa.Column("name", sa.ForeignKey("metric_name.key"), primary_key=True),
    sa.Column("execution", sa.ForeignKey("execution.key"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("value", sa.Float),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("latest", sa.Boolean, nullable=False),
    sqlite_with_rowid=False,
)
LATEST = metric.c.latest.is_(True)
sa.Index(
    "metric_latest", metric.c.name, metric.c.value, sqlite_where=LATEST, postgresql_where=LATEST
)

object_ = sa.Table(
    "object",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)

# `parameters` is JSON: all of an estimator's, and the names of those that were chosen.
artifact = sa.Table(
    "artifact",
    metadata,
    _run_key(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("object", sa.ForeignKey("object.digest")),
    sa.Column("remark", sa.Text),
    sa.Column("parameters", sa.ForeignKey("text.key")),
    sqlite_with_rowid=False,
)

dataset = sa.Table(
    "dataset",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("fingerprint", sa.Text, nullable=False),
)

run_dataset = sa.Table(
    "run_dataset",
    metadata,
    _run_key(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("dataset", sa.ForeignKey("dataset.digest"), nullable=False),
    sqlite_with_rowid=False,
)

tag = sa.Table(
    "tag",
    metadata,
    _run_key(),
    sa.Column("name", sa.Text, primary_key=True),
    sqlite_with_rowid=False,
)

note = sa.Table(
    "note",
    metadata,
    _run_key(),
    sa.Column("at", sa.Float, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

bundle_version = sa.Table(
    "bundle_version",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("content", sa.Text, nullable=False),
    sa.UniqueConstraint("name", "content"),
)

# The registry. A version never changes; an alias points to one; `event` is all that happened, its
# text as it was signed.
model_version = sa.Table(
    "model_version",
    metadata,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False, unique=True),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("registered", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
)

alias = sa.Table(
    "alias",
    metadata,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
)

event = sa.Table(
    "event",
    metadata,
    sa.Column("model", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)
