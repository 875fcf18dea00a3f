"""What packaging knows of polars' own calls, by the qualified name of the function that ran."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from .rules import CALLER, NEIGHBOURS, ORDER, WHOLE

__all__ = [
    "CATEGORICAL",
    "DUMMIES",
    "EVALUATES",
    "FILL_STRATEGY",
    "MANY_COLUMNS",
    "OVER",
    "fills_from_batch",
    "not_rowwise_in_polars",
    "sums_up_groups",
]

_EXPR = "polars.expr.expr.Expr"
_SERIES = "polars.series.series.Series"
_FRAME = "polars.dataframe.frame.DataFrame"
_HOMES = (_EXPR, _SERIES, _FRAME)

# Methods of a frame that work out expressions for each row.
EVALUATES = frozenset(
    f"{_FRAME}.{name}"
    for name in ("filter", "select", "select_seq", "with_columns", "with_columns_seq")
)
OVER = f"{_EXPR}.over"
DUMMIES = frozenset({f"{_FRAME}.to_dummies", f"{_SERIES}.to_dummies"})

_GROUPS = (
    'Join each group\'s statistic: `means = df.group_by("k").agg(m=pl.col("x").mean())`, then '
    '`df.join(means, on="k", how="left")`.'
)
_QUANTILES = (
    "Compute the edges first, `edges = [df['x'].quantile(q) for q in (0.25, 0.5, 0.75)]`, and cut "
    "by them: `pl.col('x').cut(edges)`."
)
_LEVELS = (
    "Name the levels first, `levels = df['x'].unique().drop_nulls().sort()`, and cast to "
    "`pl.Enum(levels)`: their codes are always the same."
)
CATEGORICAL = (
    "numbers texts in the order in which a process meets them, and a request may hold a single one",
    _LEVELS,
)
_LATER = "Leave the rows in their order."
_STATISTIC = 'Fill with a statistic: `pl.col("x").fill_null(pl.col("x").median())`.'

FILL_STRATEGY = (WHOLE, _STATISTIC)
MANY_COLUMNS = (
    "sums up several columns at once, and what it gives can't be kept under one name",
    "Write it for one column, in a loop over names: "
    "`for c in columns: df = df.with_columns(pl.col(c).fill_null(pl.col(c).median()))`.",
)
_STRATEGIES = frozenset({"forward", "backward", "min", "max", "mean"})

_NOT_ROWWISE: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        [
            "shift",
            "diff",
            "pct_change",
            "rolling",
            "interpolate",
            "interpolate_by",
            "rle",
            "rle_id",
            "peak_max",
            "peak_min",
            "cumulative_eval",
        ],
        (NEIGHBOURS, CALLER),
    ),
    **dict.fromkeys(("forward_fill", "backward_fill"), (NEIGHBOURS, _STATISTIC)),
    **dict.fromkeys(
        [
            "rank",
            "is_duplicated",
            "is_unique",
            "is_first_distinct",
            "is_last_distinct",
            "with_row_index",
            "with_row_count",
            "arg_sort",
            "hist",
        ],
        (WHOLE, ORDER),
    ),
    **dict.fromkeys(("qcut", "bin_quantiles", "bin_ranks"), (WHOLE, _QUANTILES)),
    **dict.fromkeys(["sort", "sort_by", "reverse", "shuffle", "sample"], (WHOLE, _LATER)),
    "over": (WHOLE, _GROUPS),
}
_FAMILIES = ("rolling_", "ewm_", "cum_")


def not_rowwise_in_polars(callee: str) -> tuple[str, str] | None:
    """Why a call on a polars frame, series or expression has no meaning for a single row; a fix."""
    home, _, name = callee.rpartition(".")
    if home not in _HOMES:
        return None
    if name.startswith(_FAMILIES):
        return NEIGHBOURS, CALLER
    return _NOT_ROWWISE.get(name)


def fills_from_batch(callee: str, arguments: Collection[object]) -> bool:
    """Whether missing values are filled from other rows: `fill_null(strategy="mean")`."""
    home, _, name = callee.rpartition(".")
    strategies = {each for each in arguments if isinstance(each, str)} & _STRATEGIES
    return home in _HOMES and name == "fill_null" and bool(strategies)


def sums_up_groups(callee: str) -> bool:
    """Whether a call gives one row a group, however many groups there are."""
    return callee.startswith("polars.dataframe.group_by.GroupBy.")
