"""What a deployment watches: which state each version counts into, and whose labels are whose."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

from ...audit.labels import Taken
from ...errors import CellmarkError
from ...monitoring.metrics import Metrics
from ...monitoring.outcomes import measures_of
from ...monitoring.state import FileStore, MemoryStore, Outcome, State
from ...monitoring.watch import Watch
from ...monitoring.windows import fresh_state
from ...scoring.model import Model
from ...types.profile import ReferenceProfile
from ..replies.identity import Identity
from ..replies.ids import moment_of
from ..settings import Settings

__all__ = ["count_labels", "state_file_name", "watch_of"]

_JOINED = ("recorded", "corrected")


def watch_of(model: Model, arm: str, settings: Settings) -> Watch | None:
    """What watches this version; None without a profile.

    Raises: CellmarkError for a window that the profile has no threshold for; OSError.
    """
    profile = model.profile
    if profile is None:
        return None
    _check_window(profile, settings.window)

    def fresh() -> State:
        return fresh_state(profile, model.digest, settings.window)

    if settings.monitor is None:
        return Watch(profile, model.signature, MemoryStore(fresh()))
    file = settings.monitor / state_file_name(model.digest, arm)
    try:
        return Watch(profile, model.signature, FileStore(file, fresh))
    except OSError as problem:
        raise CellmarkError(
            "CELLMARK_MONITOR",
            f"{settings.monitor} can't be written ({problem.strerror})",
            "a folder that this process may write",
        ) from problem


def state_file_name(digest: str, arm: str) -> str:
    """The file of one version and arm in the folder that monitoring keeps its states in."""
    return f"{digest[:16]}-{arm}.json"


def count_labels(
    taken: Sequence[Taken], current: Identity, metrics: Mapping[tuple[str, str], Metrics]
) -> None:
    """Give each label to the version that answered; of one that is not here it is only on record.

    An id that nobody knows counts with the version that serves.
    """
    outcomes: dict[tuple[str, str], list[Outcome]] = {}
    statuses: dict[tuple[str, str], list[str]] = {}
    now = time.time()
    for each in taken:
        by = each.answer["by"] if each.answer else {"bundle": current.digest, "arm": current.arm}
        key = (by["bundle"], by["arm"])
        statuses.setdefault(key, []).append(each.status)
        if each.answer and each.status in _JOINED:
            measures = measures_of(each.answer["output"], each.label)
            lag = max(0.0, now - moment_of(each.id))
            outcomes.setdefault(key, []).append(Outcome(each.id, measures, lag))
    for key, found in statuses.items():
        watch = metrics[key].watch if key in metrics else None
        if watch:
            watch.labelled(outcomes.get(key, []), found)


def _check_window(profile: ReferenceProfile, window: int | None) -> None:
    sizes = [each.window for each in profile.thresholds]
    if window is None or profile.calibration != "blocks" or window in sizes:
        return
    raise CellmarkError(
        "CELLMARK_MONITOR_WINDOW",
        f"{window} rows, a size that no threshold was set for",
        f"one of {', '.join(map(str, sizes))}",
    )
