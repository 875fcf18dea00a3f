"""Rows against the Signature: one quick pass, and on failure a slow one that finds every fault."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Annotated, Any, Literal

import msgspec

from ..errors import CellmarkError, RowError
from ..types.fault import Fault
from ..types.policies import Policies
from ..types.signature import Field, Signature
from .judging import Problem, describe, did_you_mean, judge, shown

__all__ = ["MAX_FAULTS", "Columns", "InvalidRows", "columns_of"]

# Enough for any person; a hostile batch must not make the reply a thousand times its size.
MAX_FAULTS = 10_000
Columns = list[list[Any]]
_STRICT = Policies()
# msgspec has no field of such a name.
_UNSAYABLE = re.compile(r'["\\\x00-\x1f]')


class InvalidRows(CellmarkError):
    """Rows that may not be scored, with every fault found in them (the first `MAX_FAULTS`)."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults[:MAX_FAULTS])
        first = self.faults[0]
        more = len(self.faults) - 1
        fix = f"{first.fix} ({more} more faults)" if more else first.fix
        where = f"row {first.row}, {first.field}" if first.field else f"row {first.row}"
        super().__init__(where, f"received {first.received}", first.expected, fix)

    def __reduce__(self) -> tuple[type[InvalidRows], tuple[tuple[Fault, ...]]]:  # type: ignore[override]
        return type(self), (self.faults,)

    @classmethod
    def from_row_error(cls, error: RowError) -> InvalidRows:
        """The same complaint, made by a generated step about one row of its batch."""
        reason: Any = "refused"
        fault = Fault(error.row, error.field, error.received, error.expected, error.fix, reason)
        return cls([fault])


def columns_of(
    rows: Sequence[object], signature: Signature, policies: Policies = _STRICT
) -> Columns:
    """The Signature's columns, in its order, as plain values; missing is None.

    Columns beyond the Signature are passed over, unless the policies say otherwise.
    Raises: InvalidRows with every fault of every row.
    """
    if not rows:
        raise InvalidRows(
            [Fault(0, "", "no rows", "at least one row", "Send one object a row.", "row")]
        )
    closed = policies.extra_column == "reject"
    quick = _quick_type(signature, closed)
    if quick is not None:
        try:
            return _transposed(msgspec.convert(rows, quick))
        except (msgspec.ValidationError, OverflowError):
            pass  # The slow pass says what is wrong, or finds that all is well (3.0 for 3).
    return _columns_slowly(rows, signature, policies)


def _transposed(rows: list[msgspec.Struct]) -> Columns:
    return [list(column) for column in zip(*map(msgspec.structs.astuple, rows), strict=True)]


@lru_cache(maxsize=16)
def _quick_type(signature: Signature, closed: bool) -> Any:
    """A list of structs that takes exactly what is right, or None where msgspec can't say it."""
    kinds = [_quick_kind(field) for field in signature.inputs]
    if not kinds or None in kinds or any(map(_UNSAYABLE.search, _names(signature))):
        return None
    # Column names need not be Python names: the structs' own are c0, c1, ...
    names = [f"c{place}" for place in range(len(kinds))]
    rename = dict(zip(names, _names(signature), strict=True))
    fields = list(zip(names, kinds, strict=True))
    row = msgspec.defstruct("Row", fields, rename=rename, forbid_unknown_fields=closed)
    return list[row]  # type: ignore[valid-type]


def _names(signature: Signature) -> tuple[str, ...]:
    return tuple(field.name for field in signature.inputs)


def _quick_kind(field: Field) -> Any:
    kind = _categories_kind(field) if field.categories else _PLAIN.get(field.kind)
    if kind is None or (field.kind in _SIZED and field.dtype.lower() != _SIZED[field.kind]):
        return None
    return kind | None if field.nullable else kind


# Other sizes have other bounds, which the slow pass knows.
_SIZED = {"integer": "int64", "number": "float64"}
_LARGEST = sys.float_info.max
_PLAIN: dict[str, Any] = {
    # The bounds turn away inf, and NaN too: it compares with nothing.
    "number": Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)],
    "integer": Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    "boolean": bool,
}


def _categories_kind(field: Field) -> Any:
    known = tuple(category for category in field.categories or () if category is not None)
    kinds = {type(category) for category in known}
    if kinds not in ({str}, {int}) or field.kind not in ("string", "integer"):
        return None
    return Literal[known]


def _columns_slowly(rows: Sequence[object], signature: Signature, policies: Policies) -> Columns:
    columns: Columns = [[] for _ in signature.inputs]
    faults = list(islice(_read_rows(rows, signature, policies, columns), MAX_FAULTS))
    if faults:
        raise InvalidRows(faults)
    return columns


def _read_rows(
    rows: Sequence[object], signature: Signature, policies: Policies, columns: Columns
) -> Iterator[Fault]:
    for place, row in enumerate(rows):
        if not isinstance(row, dict):
            yield _not_an_object(place, row, signature)
            continue
        for field, column in zip(signature.inputs, columns, strict=True):
            if field.name not in row:
                yield _missing_column(place, row, field, signature)
                continue
            read = judge(row[field.name], field, policies.unseen_category)
            if isinstance(read, Problem):
                received = shown(row[field.name])
                yield Fault(place, field.name, received, read.expected, read.fix, read.reason)
            column.append(read)
        if policies.extra_column == "reject":
            yield from _extra_columns(place, row, signature)


def _extra_columns(place: int, row: dict[str, object], signature: Signature) -> Iterator[Fault]:
    named = _names(signature)
    for name in row:
        if name not in named:
            near = did_you_mean(name, tuple(each for each in named if each not in row))
            expected = f"only the columns {', '.join(named)}"
            yield Fault(
                place, str(name), shown(row[name]), expected, near or "Leave it out.", "column"
            )


def _not_an_object(place: int, row: object, signature: Signature) -> Fault:
    names = ", ".join(_names(signature))
    return Fault(
        place,
        "",
        shown(row),
        "an object with a value for each column",
        f"Send {{{names}}}.",
        "row",
    )


def _missing_column(
    place: int, row: dict[str, object], field: Field, signature: Signature
) -> Fault:
    named = _names(signature)
    near = did_you_mean(field.name, tuple(str(key) for key in row if key not in named))
    # The question names what was sent, so it is turned round: rename that.
    fix = near.replace("Did you mean ", "Rename ").replace("?", f" to {field.name}.")
    fix = fix or f"Add {field.name}" + (", null if it is not known." if field.nullable else ".")
    return Fault(place, field.name, "nothing", describe(field), fix, "column")
