"""What packaging knows of single calls: by the qualified name of the function that ran.

Calls that are not in these tables stay as written; the proof shows whether that was right.
"""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["DUMMIES", "NOT_ROWWISE", "SPLIT", "TRANSFORM_FOR", "not_rowwise"]

SPLIT = "sklearn.model_selection._split.train_test_split"
DUMMIES = frozenset({"pandas.get_dummies", "pandas.core.reshape.encoding.get_dummies"})
TRANSFORM_FOR: Mapping[str, str] = {"fit_transform": "transform", "fit_predict": "predict"}

_NEIGHBOURS = "looks at neighbouring rows, and a request may hold a single one"
_WHOLE = "depends on all rows of the batch, and a request may hold a single one"
_KEEP_STATISTIC = "Compute the statistic in a statement of its own; it is frozen then."
_CALLER = "Let the caller send the value as a column of its own."
_EDGES = "Give the bin edges as a list: `pd.cut(x, [0, 10, 20])`."

# method or function -> (reason, fix); only asked about pandas' and numpy's own functions
NOT_ROWWISE: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        ("shift", "diff", "pct_change", "rolling", "expanding", "ewm", "interpolate"),
        (_NEIGHBOURS, _CALLER),
    ),
    **dict.fromkeys(("ffill", "bfill"), (_NEIGHBOURS, "Fill with a statistic: `fillna(x.median())`.")),
    **dict.fromkeys(("cumsum", "cumprod", "cummax", "cummin", "cumcount"), (_NEIGHBOURS, _CALLER)),
    **dict.fromkeys(("rank", "transform", "factorize", "duplicated"), (_WHOLE, _KEEP_STATISTIC)),
    **dict.fromkeys(("sort_values", "sort_index"), (_WHOLE, "Leave the rows in their order.")),
    **dict.fromkeys(("qcut",), (_WHOLE, _EDGES)),
}
_ARRAY_LIBRARIES = ("pandas", "numpy")
_RANDOM = ("numpy.random", "random")
_READING = ("pandas.io", "builtins.open", "_io", "pathlib")


def not_rowwise(callee: str) -> tuple[str, str] | None:
    """Why a call can't stand on the way from one raw row to its features, and a fix; or None."""
    if callee.startswith(_RANDOM):
        return "draws random numbers for a feature", "Leave random features out."
    if callee.startswith(_READING):
        return "reads a file while scoring", "Read it in a data cell, in a statement of its own."
    module, _, name = callee.rpartition(".")
    if module.startswith(_ARRAY_LIBRARIES):
        return NOT_ROWWISE.get(name)
    return None
