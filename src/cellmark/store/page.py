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
from .select import checked, fitting, group_counts, ids_in_order, with_value

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
        self._clauses()
        checked(self.sort, self.group)
        return Page(runs=(), total=0, groups=(), metrics=(), parameters=())

    def of(self, connection: sa.Connection) -> Page:
        """The page as the database has it. Raises: QueryError."""
        clauses = self._clauses()
        if self.group is None:
            count = sa.select(sa.func.count()).select_from(t.run).where(*clauses)
            total, groups = connection.execute(count).scalar() or 0, []
            ids = self._ids(connection, clauses, self.limit, self.offset)
        else:
            groups = group_counts(connection, clauses, self.group, self.experiment)
            total, ids = sum(number for _, number in groups), self._of_groups(connection, groups)
        return Page(
            runs=tuple(runs_by_id(connection, ids)),
            total=total,
            groups=tuple(Group(text and json.loads(text), number) for text, number in groups),
            metrics=self._names(connection, t.metric_name, t.metric_name.c.source.not_in(PARTS)),
            parameters=self._names(connection, t.param_name, t.param_name.c.source != SETTING),
        )

    def _ids(
        self, connection: sa.Connection, clauses: list[Any], limit: int, offset: int
    ) -> list[str]:
        return ids_in_order(connection, clauses, self.sort, limit, offset, self.experiment)

    def _clauses(self) -> list[Any]:
        return [t.run.c.experiment == self.experiment, *fitting(self.where)]

    def _of_groups(
        self, connection: sa.Connection, groups: list[tuple[str | None, int]]
    ) -> list[str]:
        """The ids on the page, from the groups that it shows a part of."""
        assert self.group is not None
        found: list[str] = []
        offset, left = self.offset, self.limit
        for text, number in groups:
            if offset < number and left:
                same = with_value(connection, self.group, self.experiment, text)
                found += self._ids(connection, [*self._clauses(), same], left, offset)
                left = self.limit - len(found)
            offset = max(0, offset - number)
        return found

    def _names(self, connection: sa.Connection, table: sa.Table, *only: Any) -> tuple[str, ...]:
        names = sa.select(table.c.name).where(table.c.experiment == self.experiment, *only)
        return tuple(sorted(set(connection.execute(names).scalars())))
