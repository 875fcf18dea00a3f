"""Page: some of an experiment's Runs in an order, and what is known of all of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from cellmark.core.run import PARTS, Run

from . import tables as t
from .facts import SETTING
from .reading import runs_by_id
from .select import fitting, group_of, number_of, ordered

__all__ = ["Asked", "Group", "Page"]


class Group(msgspec.Struct, frozen=True):
    """The value that some Runs have in common, null where they lack one, and their number."""

    value: Any
    runs: int


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """`total` and `groups` are of all Runs that fit; `groups` is empty unless asked for.

    `metrics` and `parameters` are the names that any Run of the experiment has.
    """

    runs: tuple[Run, ...]
    total: int
    groups: tuple[Group, ...]
    metrics: tuple[str, ...]
    parameters: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """What a page is asked for."""

    experiment: str
    where: str | None
    sort: str | None
    group: str | None
    offset: int
    limit: int

    def nothing(self) -> Page:
        """The page of a store that does not exist yet. Raises: QueryError."""
        self._query()
        return Page(runs=(), total=0, groups=(), metrics=(), parameters=())

    def of(self, connection: sa.Connection) -> Page:
        """The page as the database has it. Raises: QueryError."""
        ids = list(connection.execute(self._query()).scalars())
        groups = self._groups(connection) if self.group else ()
        return Page(
            runs=tuple(runs_by_id(connection, ids)),
            total=sum(group.runs for group in groups) if groups else self._total(connection),
            groups=groups,
            metrics=self._names(connection, t.metric, t.metric.c.source.not_in(PARTS)),
            parameters=self._names(connection, t.param, t.param.c.source.is_distinct_from(SETTING)),
        )

    def _fitting(self) -> list[Any]:
        return [t.run.c.experiment == self.experiment, *fitting(self.where)]

    def _query(self) -> sa.Select[Any]:
        query = sa.select(t.run.c.id).where(*self._fitting())
        if self.group:
            query = query.order_by(*_by_value(group_of(self.group), number_of(self.group)))
        return query.order_by(*ordered(self.sort)).offset(self.offset).limit(self.limit)

    def _total(self, connection: sa.Connection) -> int:
        count = sa.select(sa.func.count()).select_from(t.run).where(*self._fitting())
        return connection.execute(count).scalar() or 0

    def _groups(self, connection: sa.Connection) -> tuple[Group, ...]:
        assert self.group is not None
        of_each = (
            sa.select(group_of(self.group).label("value"), number_of(self.group).label("number"))
            .where(*self._fitting())
            .subquery()
        )
        value, number = of_each.c.value, sa.func.min(of_each.c.number)
        counts = (
            sa.select(value, sa.func.count()).group_by(value).order_by(*_by_value(value, number))
        )
        return tuple(
            Group(None if text is None else json.loads(text), runs)
            for text, runs in connection.execute(counts)
        )

    def _names(self, connection: sa.Connection, table: sa.Table, *only: Any) -> tuple[str, ...]:
        names = (
            sa.select(table.c.name)
            .join(t.run, t.run.c.id == table.c.run)
            .where(t.run.c.experiment == self.experiment, t.run.c.deleted.is_(None), *only)
            .distinct()
        )
        return tuple(sorted(connection.execute(names).scalars()))


def _by_value(value: Any, number: Any) -> list[Any]:
    """Numbers by their size, then other values by their text, and without a value last."""
    return [value.is_(None), number.is_(None), number, value]
