"""What packaging knows of single calls: by the qualified name of the function that ran.

Calls that are not in these tables stay as written; the proof shows whether that was right.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

__all__ = [
    "ANSWERS",
    "CALLER",
    "CUT_FIX",
    "FITS",
    "GROUP_STATISTICS",
    "NEIGHBOURS",
    "ORDER",
    "READS_CLOCK",
    "SPLIT",
    "TRANSFORM_FOR",
    "WHOLE",
    "draws",
    "names_today",
    "not_rowwise",
    "not_while_scoring",
    "sums_up",
]

SPLIT = "sklearn.model_selection._split.train_test_split"
ANSWERS = frozenset({"predict", "predict_proba", "decision_function", "score_samples"})
FITS = frozenset({"fit", "fit_transform", "fit_predict", "partial_fit", "fit_resample"})
TRANSFORM_FOR: Mapping[str, str] = {"fit_transform": "transform", "fit_predict": "predict"}

NEIGHBOURS = "looks at neighbouring rows, and a request may hold a single one"
WHOLE = "depends on all rows of the batch, and a request may hold a single one"
_BY_GROUP = 'Map each group to its statistic: `df["k"].map(df.groupby("k")["x"].mean())`.'
_CODES = 'Use `x.astype("category").cat.codes`; its categories are kept.'
ORDER = "Leave it out: a row's place among others is not the row's own."
CALLER = "Let the caller send the value as a column of its own."

CUT_FIX = (
    "Select rows by a condition: `df[df['x'] > 0]`, `df.dropna()`; or leave them out in the data "
    "cell, in the statement that reads the table."
)

# method or function of pandas or numpy -> (reason, fix)
NOT_ROWWISE: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("shift", "diff", "pct_change", "rolling", "expanding", "ewm", "interpolate"),
        (NEIGHBOURS, CALLER),
    ),
    **dict.fromkeys(
        ("ffill", "bfill"), (NEIGHBOURS, "Fill with a statistic: `fillna(x.median())`.")
    ),
    **dict.fromkeys(("cumsum", "cumprod", "cummax", "cummin", "cumcount"), (NEIGHBOURS, CALLER)),
    **dict.fromkeys(("rank", "duplicated"), (WHOLE, ORDER)),
    "transform": (WHOLE, _BY_GROUP),
    **dict.fromkeys(("factorize", "ngroup"), (WHOLE, _CODES)),
    **dict.fromkeys(("sort_values", "sort_index"), (WHOLE, "Leave the rows in their order.")),
    "sample": (WHOLE, "Leave the rows in their order."),
}
_SUMS = frozenset(
    ("mean", "median", "sum", "min", "max", "std", "var", "count", "size", "nunique", "quantile")
)
# What `groupby().transform` may spread over the rows: one value a group.
GROUP_STATISTICS = _SUMS | {"first", "last", "prod", "sem", "skew", "any", "all", "len"}
_ARRAY_LIBRARIES = ("pandas", "numpy")
_RANDOM = ("numpy.random", "random.", "uuid.", "secrets.")
_READING = (
    "pandas.io",
    "polars.io.",
    "_io.",
    "io.open",
    "pathlib.",
    "urllib.",
    "requests.",
    "sqlite3.",
    "sqlalchemy.",
    "getpass.",
    "glob.",
    "os.",
    "platform.",
    "posix.",
    "shutil.",
    "socket.",
    "subprocess.",
    "IPython.",
    "ipykernel.",
    "builtins.input",
)
_READERS = frozenset({"load", "loadtxt", "genfromtxt", "fromfile", "memmap"})
_STORES = ("numpy", "joblib", "pickle", "_pickle", "json")
_CLOCK = frozenset({"now", "today", "utcnow", "time"})
_CLOCK_FUNCTIONS = frozenset(
    f"time.{name}" for name in ("strftime", "localtime", "gmtime", "ctime", "asctime", "monotonic")
)
READS_CLOCK = (
    "reads the clock, so the same row gives other numbers on another day",
    "Give the date of reference in a parameters cell.",
)
_CLOCKS = ("pandas._libs.tslibs", "datetime", "time")


def not_rowwise(callee: str) -> tuple[str, str] | None:
    """Why a call on rows has no meaning for a single one, and a fix; None if it may have one."""
    module, _, name = callee.rpartition(".")
    if name == "transform" and "groupby" not in module:
        return None
    return NOT_ROWWISE.get(name) if module.startswith(_ARRAY_LIBRARIES) else None


def draws(callee: str) -> bool:
    """Whether a call draws random numbers."""
    return callee.startswith(_RANDOM)


def not_while_scoring(callee: str) -> tuple[str, str] | None:
    """Why a call may not stand in scoring at all, and a fix; None if it may."""
    if draws(callee):
        return "draws random numbers", (
            "Leave random features out; where the rows themselves are drawn, tag the cell that "
            "puts them together in a table `data` too."
        )
    module, _, name = callee.rpartition(".")
    reader = (module == "pandas" and name.startswith("read_")) or (
        name in _READERS and module.startswith(_STORES)
    )
    if reader or callee.startswith(_READING):
        return "reads while scoring", "Join it to the table in the data cell, where that is read."
    if (callee.startswith(_CLOCKS) and name in _CLOCK) or callee in _CLOCK_FUNCTIONS:
        return READS_CLOCK
    return None


def names_today(callee: str, arguments: Collection[object]) -> bool:
    """Whether a date is made of the word for the present: `pd.to_datetime("now")`."""
    makes_date = callee.rpartition(".")[2] in {"to_datetime", "Timestamp", "datetime64"}
    return makes_date and any(each in ("now", "today") for each in arguments)


def sums_up(callee: str) -> bool:
    """Whether a call gives one value a group, however many groups there are."""
    module, _, name = callee.rpartition(".")
    return name == "value_counts" or (module.startswith("pandas.core.groupby") and name in _SUMS)
