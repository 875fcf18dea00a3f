"""Raw rows to a polars frame in the training schema. polars is imported when the first row comes.

A null stays null, which polars tells apart from NaN; whole numbers with a gap stay whole numbers.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..types.policies import Policies
from ..types.signature import Field, Signature
from .anyframe import is_polars
from .checking import columns_of

if TYPE_CHECKING:
    import polars as pl

__all__ = ["dtype_text", "polars_frame_of"]

_TIMES = re.compile(r"Datetime\[(ms|us|ns)(?:, (.+))?\]")


def polars_frame_of(rows: Any, signature: Signature, policies: Policies) -> pl.DataFrame:
    """The rows as the notebook's own read would give them: dtypes, nulls, column order.

    Args: rows: dicts as decoded from JSON, or a polars frame; more columns may be there and are
    left out, unless the policies say otherwise.
    Raises: InvalidRows with every fault of every row.
    """
    import polars as pl

    if is_polars(rows):
        extra = policies.extra_column == "reject" and len(rows.columns) > len(signature.inputs)
        if _is_right(rows, signature) and not extra:
            right: pl.DataFrame = rows.select([field.name for field in signature.inputs])
            return right
        rows = rows.to_dicts()
    columns = columns_of(rows, signature, policies)
    return pl.DataFrame(
        [_series(values, field) for field, values in zip(signature.inputs, columns, strict=True)]
    )


def dtype_text(dtype: pl.DataType) -> str:
    """A dtype as the Signature writes it: `Int64`, `Datetime[us, UTC]`, `Enum`."""
    unit, zone = getattr(dtype, "time_unit", None), getattr(dtype, "time_zone", None)
    name = dtype.base_type().__name__
    if name != "Datetime":
        return name if name in ("Enum", "Decimal", "Duration") else str(dtype)
    return f"Datetime[{unit}, {zone}]" if zone else f"Datetime[{unit}]"


def _dtype_of(field: Field) -> Any:
    import polars as pl

    if field.dtype == "Enum":
        return pl.Enum([str(category) for category in field.categories or ()])
    times = _TIMES.fullmatch(field.dtype)
    if times:
        return pl.Datetime(times[1], times[2])  # type: ignore[arg-type]
    return getattr(pl, field.dtype)


def _is_right(frame: Any, signature: Signature) -> bool:
    """Whether the frame's own columns may be taken as they are."""
    return len(frame) > 0 and all(
        field.name in frame.columns and _is_right_column(frame[field.name], field)
        for field in signature.inputs
    )


def _is_right_column(column: Any, field: Field) -> bool:
    if column.dtype != _dtype_of(field) or (column.null_count() and not field.nullable):
        return False
    if column.dtype.is_float() and not column.drop_nulls().is_finite().all():
        return False
    if field.categories is None or field.dtype == "Enum":
        return True
    return bool(column.drop_nulls().is_in(list(field.categories)).all())


def _series(values: list[Any], field: Field) -> pl.Series:
    import polars as pl

    read = _READ.get(field.dtype.partition("[")[0])
    if read is not None:
        return read(values, field)
    return pl.Series(field.name, values, dtype=_dtype_of(field))


def _dates(values: list[Any], field: Field) -> pl.Series:
    import polars as pl

    days = [None if value is None else value.date() for value in values]
    return pl.Series(field.name, days, dtype=pl.Date)


def _moments(values: list[Any], field: Field) -> pl.Series:
    import polars as pl

    dtype = _dtype_of(field)
    if dtype.time_zone is None:
        return pl.Series(field.name, values, dtype=dtype)
    # Each row may come with an offset of its own.
    moments = [
        None if value is None else value.astimezone(dt.UTC).replace(tzinfo=None) for value in values
    ]
    series = pl.Series(field.name, moments, dtype=pl.Datetime(dtype.time_unit))
    zoned: pl.Series = series.dt.replace_time_zone("UTC").dt.convert_time_zone(dtype.time_zone)
    return zoned


_READ: dict[str, Callable[[list[Any], Field], pl.Series]] = {"Date": _dates, "Datetime": _moments}
