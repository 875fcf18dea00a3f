"""Monitor: what the service of a bundle counted, held against its training rows."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from cellmark.bundle.literals import slug
from cellmark.store.location import find_folder
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.monitoring.outcomes import lag_of, performance
from cellmark_runtime.monitoring.state import FeatureDrift, State
from cellmark_runtime.monitoring.windows import trust_in_words
from cellmark_runtime.scoring.files import open_bundle
from cellmark_runtime.service.recording.watching import state_file_name
from cellmark_runtime.types.profile import CategoryProfile, FeatureProfile, ReferenceProfile

from .monitor_report import write_report
from .monitored import Feature, Measure, Monitored, Seen
from .serve import COUNTS, folder_named

__all__ = ["monitor", "seen_of"]

_COUNTS = "CELLMARK_MONITOR"


def monitor(
    target: str,
    *,
    report: Path | str | None = None,
    counts: Path | str | None = None,
    arm: str = "champion",
) -> Monitored:
    """What the service of `target` (a folder, `churn@3`, `churn@champion`) counted.

    Args: report: a file for the report, one HTML page; counts: the folder where the service keeps
    its counts, else CELLMARK_MONITOR or the project's store; arm: `champion` or `challenger`.
    Raises: CellmarkError where nothing was counted, or for what is no bundle.
    """
    seen = seen_of(target, counts, arm)
    result = _result(seen)
    if report is None:
        return result
    result = msgspec.structs.replace(result, report=str(report))
    write_report(result, seen, Path(report))
    return result


def seen_of(target: str, counts: Path | str | None, arm: str) -> Seen:
    """The bundle, its profile, and what was counted. Raises: CellmarkError."""
    bundle = open_bundle(folder_named(target))
    folder = _counts_folder(bundle.manifest.name, counts)
    file = folder / state_file_name(bundle.manifest.digest, arm)
    profile = msgspec.json.decode(bundle.read("profile.json"), type=ReferenceProfile)
    try:
        state = msgspec.json.decode(file.read_bytes(), type=State)
    except FileNotFoundError as problem:
        raise CellmarkError(
            f"{bundle.manifest.name}@{bundle.manifest.version} ({arm})",
            f"no counts of it in {folder}",
            "counts of a service that answered with it",
            "Serve it, with CELLMARK_MONITOR or in a project; name the folder with --counts.",
        ) from problem
    except (msgspec.MsgspecError, UnicodeDecodeError) as problem:
        raise CellmarkError(
            str(file), f"not readable ({problem})", "a service's counts"
        ) from problem
    return Seen(bundle, profile, state, arm, file)


def _counts_folder(name: str, counts: Path | str | None) -> Path:
    if counts is not None:
        return Path(counts)
    named = os.environ.get(_COUNTS)
    return Path(named) if named else find_folder(Path.cwd()) / COUNTS / slug(name)


def _result(seen: Seen) -> Monitored:
    state, manifest = seen.state, seen.bundle.manifest
    features = {feature.name: feature for feature in seen.profile.counted}
    drift = [_feature(each, features[each.feature]) for each in state.drift]
    alarms = [each.feature for each in drift if each.alarm]
    recorded = state.labels.get("recorded", 0)
    return Monitored(
        ok=not alarms,
        name=manifest.name,
        version=manifest.version,
        digest=manifest.digest,
        arm=seen.arm,
        rows=state.total_rows,
        windows=state.windows_seen,
        window=state.window,
        filling=state.rows,
        judged=_moment(state.evaluated) if state.evaluated else None,
        calibration=state.calibration,
        controlled=state.calibration != "analytic",
        false_alarms=state.threshold.false_alarms,
        said=trust_in_words(state, seen.profile),
        alarms=alarms,
        features=sorted(drift, key=lambda each: (not each.alarm, -each.psi)),
        unstable=list(state.unstable),
        labels=dict(state.labels),
        coverage=recorded / state.total_rows if state.total_rows else 0.0,
        lag=lag_of(state),
        performance=[Measure(*each) for each in performance(state)],
    )


def _feature(drift: FeatureDrift, feature: FeatureProfile) -> Feature:
    bins = feature.bins
    rows = max(sum(bins), 1)
    is_category = isinstance(feature, CategoryProfile)
    return Feature(
        drift.feature,
        drift.alarm,
        drift.streak,
        drift.significant,
        drift.chi,
        drift.ks,
        drift.psi,
        drift.ecdf,
        drift.missing,
        bins[-1] / rows,
        drift.other,
        bins[-2] / rows if is_category else None,
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
