"""Fold counts into windows, and judge each window when it is full."""

from __future__ import annotations

from collections.abc import Sequence

from ..types.profile import CategoryProfile, FeatureProfile, ReferenceProfile
from .calibration import HeldOut, analytic, calibrated, large, significant, unstable
from .comparison import Comparison, compare
from .state import FeatureDrift, State, Window
from .tally import Counts

__all__ = ["RECALIBRATE", "WINDOW", "fold", "fresh_state", "trust_in_words", "window_of"]

# Rows a window, where nobody says otherwise.
WINDOW = 1000
# After so many windows the service's own say what is usual, where the training rows could not.
RECALIBRATE = 30
_KEPT = 60


def window_of(profile: ReferenceProfile) -> int:
    """The usual size, or the next smaller one that thresholds were set for."""
    sizes = [each.window for each in profile.thresholds]
    fitting = [size for size in sizes if size <= WINDOW]
    return max(fitting or sizes[:1] or [WINDOW])


def fresh_state(profile: ReferenceProfile, digest: str, window: int | None = None) -> State:
    """The state of a service that starts."""
    size = window or window_of(profile)
    drawn = {each.window: each for each in profile.thresholds}
    return State(
        digest=digest,
        window=size,
        calibration="blocks" if profile.calibration == "blocks" else "analytic",
        threshold=drawn.get(size) or analytic(size, len(profile.counted)),
        counts=_nothing(profile),
        unstable=list(profile.unstable),
    )


def fold(profile: ReferenceProfile, state: State, rows: int, counts: Counts, now: float) -> None:
    """Add counts of some rows to the window that fills; judge it once it is full."""
    state.began = state.began or now
    state.rows += rows
    state.total_rows += rows
    state.counts = _sum(state.counts, counts)
    if state.rows >= state.window:
        _close(profile, state, now)


def trust_in_words(state: State, profile: ReferenceProfile) -> str:
    """How far an alarm can be believed, by where its thresholds come from."""
    threshold = state.threshold
    if state.calibration == "blocks":
        return (
            f"Thresholds come from {threshold.blocks} windows of the training rows, by their days "
            f"({profile.time}): of these, held out, {threshold.false_alarms or 0:.1%} differ "
            "by enough to matter; an alarm takes two windows in a row."
        )
    if state.calibration == "service":
        return (
            f"Thresholds come from the service's own first {threshold.blocks} windows, taken for "
            f"windows without drift: of these, held out, {threshold.false_alarms or 0:.1%} differ "
            "by enough to matter; an alarm takes two windows in a row."
        )
    left = RECALIBRATE - state.windows_seen
    return (
        "Thresholds are those of theory, for independent rows: how often they raise false alarms "
        f"is NOT controlled. After {left} more windows the service's own set them."
    )


def _close(profile: ReferenceProfile, state: State, now: float) -> None:
    state.drift = _judged(profile, state)
    alarms = [each.feature for each in state.drift if each.alarm]
    window = Window(state.began, now, state.rows, state.counts, alarms)
    state.windows = [*state.windows, window][-_KEPT:]
    state.windows_seen += 1
    state.evaluated = now
    state.rows, state.counts, state.began = 0, _nothing(profile), 0.0
    if state.calibration == "analytic" and state.windows_seen == RECALIBRATE:
        _recalibrate(profile, state)


def _judged(profile: ReferenceProfile, state: State) -> list[FeatureDrift]:
    watched = [
        (feature, counts)
        for feature, counts in zip(profile.counted, state.counts, strict=True)
        if feature.name not in state.unstable
    ]
    found = [compare(feature, feature.bins, counts) for feature, counts in watched]
    sure = significant(found, state.threshold, by_theory=state.calibration == "analytic")
    before = {each.feature: each.streak for each in state.drift}
    return [
        _drift(feature, counts, one, is_sure, before.get(feature.name, 0))
        for (feature, counts), one, is_sure in zip(watched, found, sure, strict=True)
    ]


def _drift(
    feature: FeatureProfile, counts: Sequence[int], found: Comparison, is_sure: bool, before: int
) -> FeatureDrift:
    rows = max(sum(counts), 1)
    is_category = isinstance(feature, CategoryProfile)
    return FeatureDrift(
        feature.name,
        chi=round(found.chi, 4),
        ks=round(found.ks, 4),
        psi=round(found.psi, 4),
        ecdf=round(found.ecdf, 4),
        significant=is_sure,
        streak=before + 1 if is_sure and large(found) else 0,
        missing=counts[-1] / rows,
        other=counts[-2] / rows if is_category else None,
    )


def _recalibrate(profile: ReferenceProfile, state: State) -> None:
    """Take the windows so far for what is usual. Training rows stay what they are held against."""
    features = list(profile.counted)
    held = [HeldOut(each.counts, each.counts) for each in state.windows]
    total = _nothing(profile)
    for each in state.windows:
        total = _sum(total, each.counts)
    state.unstable = list(unstable(features, total, held))
    kept = [at for at, feature in enumerate(features) if feature.name not in state.unstable]
    if not kept:
        return
    only = [
        HeldOut([each.window[at] for at in kept], [each.without[at] for at in kept])
        for each in held
    ]
    state.threshold = calibrated(
        [features[at] for at in kept], [total[at] for at in kept], only, state.window
    )
    state.calibration = "service"


def _nothing(profile: ReferenceProfile) -> Counts:
    return [[0] * len(feature.bins) for feature in profile.counted]


def _sum(counts: Counts, more: Counts) -> Counts:
    return [
        [a + b for a, b in zip(one, other, strict=True)]
        for one, other in zip(counts, more, strict=True)
    ]
