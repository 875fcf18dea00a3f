"""Statistics of groups of the training rows, looked up by each row's own group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["of_group"]

_Table = TypeVar("_Table", "pd.Series", "pd.DataFrame")


def of_group(grouped: Any, statistics: _Table) -> _Table:
    """The statistic of each row's group: the rows' labels and order, the statistics' columns.

    Args: grouped: rows under `groupby`; statistics: a row for each group of the training rows.
    Missing for a row whose group training did not have, and for one without a group.
    """
    import numpy as np

    rows = grouped.obj.index
    places = np.full(len(rows), -1)
    known = {group: at for at, group in enumerate(statistics.index)}
    for group, where in grouped.indices.items():
        single = isinstance(group, tuple) and len(group) == 1
        places[where] = known.get(group[0] if single else group, -1)
    return statistics.reset_index(drop=True).reindex(places).set_axis(rows)
