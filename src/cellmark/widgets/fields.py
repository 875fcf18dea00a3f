"""The fields of one form for several models: what any of them takes can be entered."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.model import Model
from cellmark_runtime.types.policies import Policies
from cellmark_runtime.types.signature import Field, Kind

__all__ = ["common_fields", "common_policies", "golden_values"]

_NUMBERS: frozenset[Kind] = frozenset({"number", "integer"})


def common_fields(models: Sequence[Model]) -> tuple[Field, ...]:
    """Each column of any model, those of the first in its order.

    Raises: CellmarkError where two models mean different kinds of values by one name.
    """
    fields: dict[str, Field] = {}
    for model in models:
        for field in model.accepts.inputs:
            known = fields.get(field.name)
            fields[field.name] = field if known is None else _wider(known, field)
    return tuple(fields.values())


def common_policies(models: Sequence[Model]) -> Policies:
    """Those that a form goes by: where one model takes a new category, it can be written."""
    taking = (model.policies for model in models if model.policies.unseen_category != "reject")
    return next(taking, models[0].policies)


def golden_values(models: Sequence[Model]) -> dict[str, list[object]]:
    """The values of each column in the golden rows, in order, without missing ones."""
    values: dict[str, list[object]] = {}
    for row in (row for model in models for row in model.golden.rows):
        for name, value in row.items():
            if value is not None:
                values.setdefault(name, []).append(value)
    return values


def _wider(one: Field, other: Field) -> Field:
    kind = _common_kind(one, other)
    either = one.categories is None or other.categories is None
    known = None if either else dict.fromkeys((*(one.categories or ()), *(other.categories or ())))
    return msgspec.structs.replace(
        one,
        kind=kind,
        nullable=one.nullable or other.nullable,
        minimum=_outer(min, one.minimum, other.minimum),
        maximum=_outer(max, one.maximum, other.maximum),
        categories=None if known is None else tuple(known),
    )


def _common_kind(one: Field, other: Field) -> Kind:
    if one.kind == other.kind:
        return one.kind
    if {one.kind, other.kind} == _NUMBERS:
        return "number"
    raise CellmarkError(
        one.name,
        f"a column of kind {one.kind} in one model, {other.kind} in the other",
        "models that mean the same by a column",
        "Try them one at a time: `try_model(bundle)`.",
    )


def _outer(
    choose: Callable[[float, float], float], one: float | None, other: float | None
) -> float | None:
    """The outer of two ends; none where one model knows none."""
    return None if one is None or other is None else choose(one, other)
