"""Runs: find and list them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from cellmark.store import open_store
from cellmark.store.location import experiment_of

from .summary import RunSummary, summary_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["RunList", "runs", "runs_table"]


class RunList(msgspec.Struct, frozen=True, kw_only=True):
    """Runs in the order asked for. `store` is the folder that they are kept in."""

    runs: tuple[RunSummary, ...]
    store: str


def runs(
    experiment: str | None = None,
    *,
    where: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    start: Path | None = None,
) -> RunList:
    """The Runs of a project, newest first.

    Args: `experiment` is a notebook's path or its bare name; `where` a condition such as
    `metric.auc > 0.8 and param.seed = 1`; `sort` a field, `-` before it for descending;
    `start` where to look for the store (default: the current folder).
    Raises: QueryError for a condition or a sort key that can't be read.
    """
    store = open_store(start)
    if experiment is not None and Path(experiment).is_file():
        experiment = experiment_of(Path(experiment), store.folder)
    found = store.runs(experiment, where=where, sort=sort, limit=limit)
    return RunList(runs=tuple(map(summary_of, found)), store=str(store.folder))


def runs_table(
    experiment: str | None = None,
    *,
    where: str | None = None,
    sort: str | None = None,
    limit: int | None = None,
    start: Path | None = None,
) -> pd.DataFrame:
    """As `runs`, a row each: `param.NAME` and `metric.NAME` columns, indexed by the Run's id."""
    import pandas as pd

    found = runs(experiment, where=where, sort=sort, limit=limit, start=start).runs
    rows = [
        {
            "experiment": run.experiment,
            "status": run.status,
            "started": pd.Timestamp(run.started, unit="s", tz="UTC"),
            "seconds": run.seconds,
            **{f"param.{name}": value for name, value in run.parameters.items()},
            **{f"param.{name}": value for name, value in run.settings.items()},
            **{f"metric.{name}": value for name, value in run.metrics.items()},
        }
        for run in found
    ]
    return pd.DataFrame(rows, index=pd.Index([run.run for run in found], name="run"))
