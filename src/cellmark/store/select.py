"""Select: a Condition and a sort key become one SQL statement. No text of the user's enters it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from . import tables as t
from .query import Comparison, Condition, Field, Negation, QueryError, parse, parse_field

__all__ = ["fitting", "group_of", "number_of", "ordered", "select_ids"]

_SECONDS = t.run.c.finished - t.run.c.started
_TABLES = {"metric": t.metric, "param": t.param, "tag": t.tag, "note": t.note}
_VALUES: dict[str, sa.Column[Any]] = {
    "metric": t.metric.c.value,
    "tag": t.tag.c.name,
    "note": t.note.c.text,
}


def select_ids(
    *, experiment: str | None, where: str | None, sort: str | None, limit: int | None
) -> sa.Select[Any]:
    """The ids of the Runs that fit, the newest first unless `sort` names another order.

    `sort` is a field; `-` before it turns the order round. Raises: QueryError.
    """
    query = sa.select(t.run.c.id).where(*fitting(where))
    if experiment is not None:
        ends = t.run.c.experiment.endswith(f"/{experiment}", autoescape=True)
        same = (t.run.c.experiment == experiment) | (t.run.c.name == experiment)
        query = query.where(same | ends)
    return query.order_by(*ordered(sort)).limit(limit)


def fitting(where: str | None) -> list[Any]:
    """The clauses of a condition over Runs; a deleted Run fits none. Raises: QueryError."""
    kept = t.run.c.deleted.is_(None)
    return [kept] if where is None else [kept, _clause(parse(where))]


def ordered(sort: str | None) -> list[Any]:
    """What to order by for a sort key, the newest first within it. Raises: QueryError."""
    return [*([] if sort is None else _order(sort)), t.run.c.id.desc()]


def group_of(group: str) -> Any:
    """A column with the value, as JSON, by which Runs are grouped; null where a Run has none.

    Raises: QueryError for what is no parameter.
    """
    value = sa.func.nullif(t.param.c.value, "null")
    return sa.select(value).where(*_same(_grouping(group))).limit(1).scalar_subquery()


def number_of(group: str) -> Any:
    """As `group_of`, the value where it is a number."""
    return _scalar(_grouping(group))


def _grouping(group: str) -> Field:
    field = parse_field(group)
    if field.kind != "param":
        raise QueryError("group", repr(group), "a parameter, such as param.seed")
    return field


def _clause(condition: Condition) -> Any:
    if isinstance(condition, Comparison):
        return _comparison(condition)
    if isinstance(condition, Negation):
        return sa.not_(_clause(condition.inner))
    join = sa.and_ if condition.word == "and" else sa.or_
    return join(*map(_clause, condition.parts))


def _comparison(comparison: Comparison) -> Any:
    """Whether the field compares so; a Run that lacks the field compares as null."""
    field, value = comparison.field, comparison.value
    if field.kind == "run":
        return sa.func.coalesce(_compared(_own(field), comparison.operator, value), False)
    if isinstance(value, bool):
        value = str(value).lower() if field.kind == "param" else float(value)
    column = _column(field, value)
    exists = sa.exists().where(*_same(field))
    if value is None:
        found = exists.where(column.is_not(None))
        return sa.not_(found) if comparison.operator == "=" else found
    return exists.where(_compared(column, comparison.operator, value))


def _compared(column: Any, operator: str, value: Any) -> Any:
    if operator == "contains":
        return sa.cast(column, sa.Text).icontains(str(value), autoescape=True)
    if value is None:
        return column.is_(None) if operator == "=" else column.is_not(None)
    compare = {
        "=": column.__eq__,
        "!=": column.__ne__,
        "<": column.__lt__,
        "<=": column.__le__,
        ">": column.__gt__,
        ">=": column.__ge__,
    }
    return compare[operator](value)


def _own(field: Field) -> Any:
    return _SECONDS if field.name == "seconds" else t.run.c[field.name]


def _same(field: Field) -> list[Any]:
    table = _TABLES[field.kind]
    if field.kind in {"tag", "note"}:
        return [table.c.run == t.run.c.id]
    same = [table.c.run == t.run.c.id, table.c.name == field.name]
    return [*same, t.metric.c.latest] if field.kind == "metric" else same


def _column(field: Field, value: Any) -> Any:
    """The column to compare: numbers with numbers, other values with the parameter's text."""
    if field.kind in _VALUES:
        return _VALUES[field.kind]
    if isinstance(value, float):
        return t.param.c.number
    # The value is kept as JSON: text stands in quotes there, null and true as such.
    if isinstance(value, str):
        return sa.func.trim(t.param.c.value, '"')
    return sa.func.nullif(t.param.c.value, "null") if value is None else t.param.c.value


def _order(sort: str) -> list[Any]:
    field = parse_field(sort.removeprefix("-"))
    column = _own(field) if field.kind == "run" else _scalar(field)
    ordered = column.desc() if sort.startswith("-") else column.asc()
    # Runs without the value come last in either direction.
    return [column.is_(None), ordered]


def _scalar(field: Field) -> Any:
    column = _VALUES.get(field.kind, t.param.c.number)
    return sa.select(column).where(*_same(field)).limit(1).scalar_subquery()
