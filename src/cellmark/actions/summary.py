"""Summary: the line that stands for a Run in a list."""

from __future__ import annotations

from typing import Any

import msgspec

from cellmark.core.run import Run

__all__ = ["RunSummary", "summary_of"]


class RunSummary(msgspec.Struct, frozen=True, kw_only=True):
    """A Run in one line. `metrics` are the newest values; `run` is the Run's id; `settings` are
    what was chosen for its estimators, by names such as `model.C`.

    `failure` is the error that ended it, in a line. `files` are the digests of those that it read,
    by path; `stale` the names of inputs that had changed when they were used, and `out_of_order`
    is as in the Run. `tags` and `note` are what people said of it; one that is starred has the tag
    `starred`.
    """

    run: str
    experiment: str
    status: str
    started: float
    seconds: float
    parameters: dict[str, Any]
    metrics: dict[str, float | None]
    files: dict[str, str]
    settings: dict[str, Any]
    failure: str | None
    stale: tuple[str, ...]
    out_of_order: bool | None
    tags: tuple[str, ...]
    note: str | None


def summary_of(run: Run) -> RunSummary:
    """The line that stands for `run` in a list."""
    return RunSummary(
        run=run.id,
        experiment=run.experiment,
        status=run.status,
        started=run.started,
        seconds=run.seconds,
        parameters=run.parameters,
        metrics=run.latest_metrics,
        files={path: file.digest for path, file in run.files.items()},
        settings=run.settings,
        failure=None if run.failure is None else run.failure.error.partition("\n")[0],
        stale=tuple(dict.fromkeys(each.name for each in run.stale)),
        out_of_order=run.out_of_order,
        tags=run.tags,
        note=run.note,
    )
