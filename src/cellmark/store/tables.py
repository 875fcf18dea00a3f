"""The tables, as they are now. How older stores get here is in `schema`."""

from __future__ import annotations

import sqlalchemy as sa

__all__ = [
    "alias",
    "artifact",
    "bundle_version",
    "dataset",
    "environment",
    "event",
    "execution",
    "metadata",
    "metric",
    "model_version",
    "note",
    "object_",
    "param",
    "run",
    "run_dataset",
    "run_execution",
    "schema_version",
    "source",
    "spool_offset",
    "tag",
]

metadata = sa.MetaData()


def _run_key() -> sa.Column[str]:
    return sa.Column("run", sa.ForeignKey("run.id", ondelete="CASCADE"), primary_key=True)


schema_version = sa.Table("schema_version", metadata, sa.Column("version", sa.Integer))

# How far each session's spool has been folded in, in bytes.
spool_offset = sa.Table(
    "spool_offset",
    metadata,
    sa.Column("session", sa.Text, primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
)

# The text of a cell, kept once however often it runs.
source = sa.Table(
    "source",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
)

# One execution of a tagged cell; a data cell may feed many Runs. `facts` is JSON: what the cell
# brought that a Run takes over (parameters, data).
execution = sa.Table(
    "execution",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("session", sa.Text, nullable=False, index=True),
    sa.Column("experiment", sa.Text, nullable=False),
    sa.Column("cell_id", sa.Text),
    sa.Column("number", sa.Integer),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("injected", sa.Boolean, nullable=False),
    sa.Column("source", sa.ForeignKey("source.digest"), nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False),
    sa.Column("facts", sa.Text),
)

environment = sa.Table(
    "environment",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True),
    sa.Column("python", sa.Text, nullable=False),
    sa.Column("packages", sa.Text, nullable=False),
)

# `deleted` is when somebody deleted the Run: it is no longer found, and can be brought back.
# `inputs` is JSON: what was stale, and whether cells ran out of order.
run = sa.Table(
    "run",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("experiment", sa.Text, nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started", sa.Float, nullable=False),
    sa.Column("finished", sa.Float, nullable=False),
    sa.Column("session", sa.Text, nullable=False),
    sa.Column("identity", sa.Text, index=True),
    sa.Column("environment", sa.ForeignKey("environment.digest")),
    sa.Column("git", sa.Text),
    sa.Column("failure", sa.Text),
    sa.Column("deleted", sa.Float),
    sa.Column("conditions", sa.Text),
    sa.Column("inputs", sa.Text),
)

run_execution = sa.Table(
    "run_execution",
    metadata,
    _run_key(),
    sa.Column("execution", sa.ForeignKey("execution.id"), primary_key=True),
)

# `value` is JSON; `number` is the same for comparisons, where it is one. `source` is `estimator`
# for what was chosen for a fitted one, by names such as `model.C`.
param = sa.Table(
    "param",
    metadata,
    _run_key(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("number", sa.Float),
    sa.Column("source", sa.Text),
    sa.Column("confidence", sa.Float),
)

# One observation: an `evaluate` cell that runs again adds rows, it overwrites none. `latest`
# marks the newest of each name, for filters and sorting.
metric = sa.Table(
    "metric",
    metadata,
    _run_key(),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("execution", sa.ForeignKey("execution.id"), primary_key=True),
    sa.Column("step", sa.Integer, primary_key=True),
    sa.Column("value", sa.Float),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("confidence", sa.Float, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("latest", sa.Boolean, nullable=False),
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
    sa.Column("parameters", sa.Text),
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
)

tag = sa.Table("tag", metadata, _run_key(), sa.Column("name", sa.Text, primary_key=True))

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
