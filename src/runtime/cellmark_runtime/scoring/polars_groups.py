"""The statistic of each row's group, as polars' `over` gave it of the training rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import polars as pl

__all__ = ["over_groups"]


def over_groups(statistics: pl.DataFrame, *by: Any) -> pl.Expr:
    """An expression with the statistic of each row's group; null where training had no such group.

    Args: statistics: a row for each group, its keys first and the statistic last; by: the keys, as
    `over` takes them.
    """
    import polars as pl

    *keys, value = statistics.columns

    def looked_up(rows: pl.Series) -> pl.Series:
        asked = rows.struct.unnest()
        asked.columns = keys
        found = asked.join(statistics, on=keys, how="left", nulls_equal=True, maintain_order="left")
        return found[value]

    columns = pl.struct(*by).map_batches(looked_up, return_dtype=statistics.dtypes[-1])
    return columns.alias(value)
