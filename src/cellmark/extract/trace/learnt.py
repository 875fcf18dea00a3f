"""What calls of pandas learn from the rows they are given: categories, edges, codes, statistics.

Such a call gives other values for other rows. Scoring makes the same call with what the training
rows taught it. What teaches nothing lasting is left to the proof.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Hashable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pandas.tseries.api import guess_datetime_format

from ..values.categories import dummy_categories, levels_of
from ..values.polars_dummies import dummies_of
from .polars_rules import DUMMIES as POLARS_DUMMIES
from .rules import GROUP_STATISTICS

__all__ = ["Called", "Dummies", "Learner", "Standard", "given_to", "group_of", "learner_of"]

Learner = Callable[["Called"], Any]


class Called(NamedTuple):
    """A call that has been made: `owner` is what its method belongs to, `given` binds arguments."""

    function: Callable[..., Any]
    owner: Any
    given: Mapping[str, Any]
    result: Any


class Dummies(NamedTuple):
    """What `get_dummies` learns: categories by column, or of one series; and the columns made."""

    categories: Mapping[Hashable, list[Any]] | list[Any]
    columns: list[Hashable]


class Standard(NamedTuple):
    """What `zscore` measures values by: one number each, or one a column."""

    mean: Any
    spread: Any


def learner_of(name: str) -> Learner | None:
    """What reads the lesson from a call of the function with this qualified name; None if none."""
    root, _, method = name.rpartition(".")
    if name in POLARS_DUMMIES:
        return _polars_dummies
    if root.startswith("scipy.stats") and method == "zscore":
        return _standard
    if not root.startswith("pandas"):
        return None
    return _BY_GROUP.get(method) if "groupby" in root else _LEARNERS.get(method)


def given_to(function: Callable[..., Any], arguments: Any, options: Any) -> Mapping[str, Any]:
    """The arguments of a call by their parameters' names."""
    return inspect.signature(function).bind(*arguments, **options).arguments


def group_of(key: Hashable) -> Hashable:
    """A group's key, whether pandas puts a single one into a tuple or not."""
    return key[0] if isinstance(key, tuple) and len(key) == 1 else key


def _dummies(call: Called) -> Dummies:
    found = dummy_categories(call.given["data"], call.given.get("columns"))
    return Dummies(found, call.result.columns.tolist())


def _polars_dummies(call: Called) -> dict[str, dict[Any, Any]]:
    separator = call.given.get("separator", "_")
    return dummies_of(call.owner, call.given.get("columns"), separator, call.result)


def _edges(call: Called) -> Any:
    """The edges of bins that were given by their number, or as quantiles."""
    bins = call.given.get("bins", call.given.get("q"))
    if "bins" in call.given and np.iterable(bins):
        return None
    _, edges = call.function(**{**call.given, "retbins": True})
    return edges.tolist() if isinstance(edges, np.ndarray) else edges


def _uniques(call: Called) -> Any:
    return call.result[1]


def _categories(call: Called) -> list[Any] | None:
    """The categories of a `Categorical`, or a series made with `dtype="category"`."""
    given = call.given
    told = given.get("categories") is not None or not _finds_categories(
        given.get("dtype", "category" if "values" in given else None)
    )
    return None if told else levels_of(pd.Series(call.result))


def _astype(call: Called) -> Any:
    """Categories by column of a frame, or of a series."""
    wanted = call.given.get("dtype")
    if isinstance(call.owner, pd.Series):
        return levels_of(call.owner) if _finds_categories(wanted) else None
    if not isinstance(call.owner, pd.DataFrame):
        return None
    kinds = wanted if isinstance(wanted, Mapping) else dict.fromkeys(call.owner.columns, wanted)
    found = {name: levels_of(call.owner[name]) for name in kinds if _finds_categories(kinds[name])}
    return found or None


def _finds_categories(dtype: Any) -> bool:
    if isinstance(dtype, pd.CategoricalDtype):
        return dtype.categories is None
    return isinstance(dtype, str) and dtype == "category"


def _date_format(call: Called) -> str | None:
    """The format that pandas infers from the first text of a column, and reads the others by."""
    data = call.given["arg"]
    if not isinstance(data, pd.Series) or call.given.get("format") is not None:
        return None
    texts = data.dropna()
    if texts.empty or not isinstance(texts.iloc[0], str):
        return None
    day_first = bool(call.given.get("dayfirst"))
    with warnings.catch_warnings(action="ignore"):  # pandas has said it already
        found: str | None = guess_datetime_format(texts.iloc[0], dayfirst=day_first)
    return found


def _group_statistic(call: Called) -> Any:
    """The statistic that `groupby().transform` spread over the rows, as a table by group."""
    by = call.given["func"]
    if (by if isinstance(by, str) else getattr(by, "__name__", "")) not in GROUP_STATISTICS:
        return None
    rows = call.owner.indices
    first = call.result.iloc[[places[0] for places in rows.values() if len(places)]]
    keys = [group_of(key) for key, places in rows.items() if len(places)]
    several = bool(keys) and isinstance(keys[0], tuple)
    return first.set_axis(pd.MultiIndex.from_tuples(keys) if several else pd.Index(keys))


def _standard(call: Called) -> Standard | None:
    """The mean and spread behind `scipy.stats.zscore`, where they give what it gave."""
    if call.given.get("axis", 0) != 0 or not isinstance(call.result, np.ndarray):
        return None
    values, ddof = np.asarray(call.given["a"]), call.given.get("ddof", 0)
    omits = call.given.get("nan_policy") == "omit"
    mean_of = np.nanmean if omits else np.mean
    # Step by step as scipy has it: numpy's own variance may differ in the last bit.
    mean = mean_of(values, axis=0)
    variance = mean_of((values - mean) ** 2, axis=0)
    if ddof:
        count = (~np.isnan(values)).sum(axis=0) if omits else len(values)
        variance = variance * (count / (count - ddof))
    # As of an array, which scipy takes it of: the power of a single number rounds otherwise.
    spread = np.sqrt(variance)
    with np.errstate(invalid="ignore", divide="ignore"):
        again = (values - mean) / spread
    same = np.allclose(again, call.result, rtol=1e-12, atol=1e-12, equal_nan=True)
    return Standard(mean, spread) if same else None


_LEARNERS: Mapping[str, Learner] = {
    "get_dummies": _dummies,
    "cut": _edges,
    "qcut": _edges,
    "factorize": _uniques,
    "Categorical": _categories,
    "Series": _categories,
    "astype": _astype,
    "to_datetime": _date_format,
}
_BY_GROUP: Mapping[str, Learner] = {"transform": _group_statistic}
