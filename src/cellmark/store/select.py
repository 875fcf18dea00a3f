"""Select: a Condition and a sort key become SQL statements. No text of the user's enters them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from . import tables as t
from .query import Comparison, Condition, Field, Negation, QueryError, parse, parse_field

__all__ = ["checked", "fitting", "group_counts", "ids_in_order", "named_so", "with_value"]

_SECONDS = t.run.c.finished - t.run.c.started
_TABLES = {"metric": t.metric, "param": t.param, "tag": t.tag, "note": t.note}
_NAMES = {"metric": t.metric_name, "param": t.param_name}
_VALUES: dict[str, sa.Column[Any]] = {
    "metric": t.metric.c.value,
    "tag": t.tag.c.name,
    "note": t.note.c.text,
}


def named_so(experiment: str) -> Any:
    """The clause of `runs EXPERIMENT`: a notebook's path, the end of one, or its bare name."""
    ends = t.run.c.experiment.endswith(f"/{experiment}", autoescape=True)
    return (t.run.c.experiment == experiment) | (t.run.c.name == experiment) | ends


def fitting(where: str | None) -> list[Any]:
    """The clauses of a condition over Runs; a deleted Run fits none. Raises: QueryError."""
    return [t.KEPT] if where is None else [t.KEPT, _clause(parse(where))]


def checked(sort: str | None, group: str | None = None) -> None:
    """Raises: QueryError for what Runs can't be sorted or grouped by."""
    if sort is not None:
        parse_field(sort.removeprefix("-"))
    if group is not None:
        _parameter(group)


def ids_in_order(
    connection: sa.Connection,
    clauses: Sequence[Any],
    sort: str | None,
    limit: int | None,
    offset: int = 0,
    experiment: str | None = None,
) -> list[str]:
    """The ids of the Runs that fit all clauses: by the field `sort`, `-` before it for the other
    direction, those without a value last; then the newest first.

    `experiment` is that of all Runs that may fit, where it is one. Raises: QueryError.
    """
    whole = sa.select(t.run.c.id).where(*clauses)
    if sort is None:
        return _some(connection, whole.order_by(_NEWEST), limit, offset)
    field = parse_field(sort.removeprefix("-"))
    if field.kind not in _NAMES:
        column = _own(field) if field.kind == "run" else _said(field)
        in_order = whole.order_by(column.is_(None), _directed(column, sort), _NEWEST)
        return _some(connection, in_order, limit, offset)
    # In two, because an index has each in its order: those with a value, then those without.
    column = _VALUES.get(field.kind, t.param.c.number)
    same = [*_same(field, _keys(connection, field, experiment)), column.is_not(None)]
    has = whole.join(column.table, column.table.c.run == t.run.c.key).where(*same)
    found = _some(connection, has.order_by(_directed(column, sort), _NEWEST), limit, offset)
    if len(found) == limit:
        return found
    passed = _number(connection, has) if offset and not found else offset
    lacks = whole.where(t.run.c.key.not_in(sa.select(column.table.c.run).where(*same)))
    left = None if limit is None else limit - len(found)
    return found + _some(connection, lacks.order_by(_NEWEST), left, offset - passed)


def group_counts(
    connection: sa.Connection, clauses: Sequence[Any], group: str, experiment: str
) -> list[tuple[str | None, int]]:
    """Each value (JSON) of the parameter `group` with the number of Runs that fit and have it.

    Numbers by their size, then other values by their text; those without a value last, as null.
    Raises: QueryError for what is no parameter.
    """
    value, number, runs = t.param.c.value, t.param.c.number, sa.func.count()
    fits = sa.select(t.run.c.key).where(*clauses)
    keys = _keys(connection, _parameter(group), experiment)
    has = (t.param.c.name.in_(keys), value != "null", t.param.c.run.in_(fits))
    order = (number.is_(None), number, value)
    counts = sa.select(value, runs).where(*has).group_by(number, value).order_by(*order)
    found = [(text, count) for text, count in connection.execute(counts)]
    lacking = _number(connection, fits) - sum(count for _, count in found)
    return [*found, (None, lacking)] if lacking else found


def with_value(connection: sa.Connection, group: str, experiment: str, text: str | None) -> Any:
    """The clause of the Runs whose parameter `group` has this value (JSON), or lacks one."""
    keys = _keys(connection, _parameter(group), experiment)
    has = sa.select(t.param.c.run).where(t.param.c.name.in_(keys), t.param.c.value != "null")
    if text is None:
        return t.run.c.key.not_in(has)
    return t.run.c.key.in_(has.where(t.param.c.value == text))


_NEWEST = t.run.c.id.desc()


def _some(connection: sa.Connection, query: Any, limit: int | None, offset: int) -> list[str]:
    return list(connection.execute(query.limit(limit).offset(offset)).scalars())


def _number(connection: sa.Connection, query: sa.Select[Any]) -> int:
    count = sa.select(sa.func.count()).select_from(query.subquery())
    return connection.execute(count).scalar() or 0


def _said(field: Field) -> Any:
    """One of a Run's tags, or its note."""
    column = _VALUES[field.kind]
    of_run = sa.select(column).where(column.table.c.run == t.run.c.key)
    return of_run.order_by(column).limit(1).scalar_subquery()


def _directed(column: Any, sort: str) -> Any:
    return column.desc() if sort.startswith("-") else column.asc()


def _parameter(group: str) -> Field:
    field = parse_field(group)
    if field.kind != "param":
        raise QueryError("group", repr(group), "a parameter, such as param.seed")
    return field


def _keys(connection: sa.Connection, field: Field, experiment: str | None) -> list[int]:
    """The keys of a metric or a parameter: one for each experiment and way in which it was seen."""
    return list(connection.execute(_named(field, experiment)).scalars())


def _named(field: Field, experiment: str | None = None) -> sa.Select[Any]:
    names = _NAMES[field.kind].c
    named = sa.select(names.key).where(names.name == field.name)
    return named if experiment is None else named.where(names.experiment == experiment)


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
    names: Any = _named(field) if field.kind in _NAMES else ()
    having = sa.select(_TABLES[field.kind].c.run).where(*_same(field, names))
    if value is None:
        found = t.run.c.key.in_(having.where(column.is_not(None)))
        return sa.not_(found) if comparison.operator == "=" else found
    return t.run.c.key.in_(having.where(_compared(column, comparison.operator, value)))


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


def _same(field: Field, names: Any) -> list[Any]:
    """The clauses of the rows that say what a field is; `names` are the keys of its names."""
    if field.kind in {"tag", "note"}:
        return []
    same = [_TABLES[field.kind].c.name.in_(names)]
    return [*same, t.LATEST] if field.kind == "metric" else same


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
