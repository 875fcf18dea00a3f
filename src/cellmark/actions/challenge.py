"""Challenge: where the comparison of two versions stands, its share, its end."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import msgspec

from cellmark_runtime.audit.log import AuditLog
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.routing.evaluation import Evaluation, evaluate, in_words
from cellmark_runtime.routing.evidence import Evidence
from cellmark_runtime.routing.experiment import Experiment, changed, experiments

from .audit import log_of, signing_settings

__all__ = ["Status", "ramp", "status", "stop"]


class Status(msgspec.Struct, frozen=True):
    """An evaluation, what it means in words, and the log that it comes from."""

    log: str
    words: list[str]
    evaluation: Evaluation


def status(
    experiment: str | None = None,
    *,
    loss: str | None = None,
    margin: float = 0.0,
    log: Path | str | None = None,
) -> Status:
    """How the challenger does: the gain with bounds that hold however often you look.

    Args: experiment: its id or the beginning of it; by default the one that began last. loss:
    brier, zero-one, squared or absolute; by default what fits the answers. margin: how much
    lower the challenger's loss has to be.
    Raises: CellmarkError where there is no log or no experiment in it.
    """
    folder = log_of(log)
    chosen = _chosen(folder, experiment)
    evidence = Evidence(folder, chosen)
    evidence.read()
    found = evaluate(evidence, chosen, loss, margin)
    return Status(str(folder), in_words(found), found)


def ramp(
    share: float,
    *,
    reason: str,
    experiment: str | None = None,
    log: Path | str | None = None,
) -> Experiment:
    """Give the challenger another share of a split; running services follow within a second.

    Raises: CellmarkError where there is no such experiment, or it is no split, or was stopped.
    """
    if not 0 <= share <= 1:
        raise CellmarkError("--share", f"{share:g}", "a share from 0 to 1, like 0.1")
    folder = log_of(log)
    chosen = _chosen(folder, experiment)
    if chosen.mode != "split":
        raise CellmarkError(chosen.id, "a shadow: it scores all rows", "a split")
    if chosen.stopped:
        raise CellmarkError(
            chosen.id,
            f"stopped: {chosen.stopped}",
            "one that runs",
            f"Put challenge-{chosen.id}.json in {folder} aside to begin anew.",
        )
    return _change(folder, chosen, reason, share=share)


def stop(
    *, reason: str, experiment: str | None = None, log: Path | str | None = None
) -> Experiment:
    """End a trial: the champion answers all from there on, in every process.

    Raises: CellmarkError where there is no such experiment.
    """
    folder = log_of(log)
    return _change(folder, _chosen(folder, experiment), reason, stopped=reason)


def _chosen(folder: Path, identity: str | None) -> Experiment:
    known = experiments(folder) if folder.is_dir() else []
    found = [each for each in known if identity is None or each.id.startswith(identity)]
    if not found or (identity is not None and len(found) > 1):
        raise CellmarkError(
            identity or str(folder),
            f"{len(found) or 'no'} such experiment{'s' if len(found) > 1 else ''}",
            f"one of {', '.join(each.id for each in known)}" if known else "an experiment",
            "Begin one with `cellmark serve TARGET --challenger TARGET`.",
        )
    return found[-1]


def _change(folder: Path, chosen: Experiment, reason: str, **change: Any) -> Experiment:
    if not reason.strip():
        raise CellmarkError("--reason", "nothing", "why, for who reads the log")
    by = getpass.getuser()
    settings = signing_settings(folder, "the change")
    now = changed(folder, chosen.id, by=by, **change)
    log = AuditLog(settings, {"by": by})
    try:
        about = {"experiment": chosen.id, "by": by, "reason": reason, **change}
        log.event("challenge", about).result()
    finally:
        log.close()
    return now
