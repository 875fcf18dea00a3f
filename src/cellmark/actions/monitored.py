"""Monitored: what a service counted, as it is told."""

from __future__ import annotations

from pathlib import Path

import msgspec

from cellmark_runtime.monitoring.state import State
from cellmark_runtime.scoring.files import BundleFiles
from cellmark_runtime.types.profile import ReferenceProfile

__all__ = ["Feature", "Measure", "Monitored", "Seen"]


class Feature(msgspec.Struct, frozen=True):
    """How the last full window differs from the training rows in one feature.

    `streak` counts windows in a row that differ by more than chance and enough to matter.
    `missing` and `other` are shares of the window, `..._usual` those of training; `other` are
    values that are none of the profile's levels, null for numbers.
    """

    feature: str
    alarm: bool
    streak: int
    significant: bool
    chi: float
    ks: float
    psi: float
    ecdf: float
    missing: float
    missing_usual: float
    other: float | None
    other_usual: float | None


class Measure(msgspec.Struct, frozen=True):
    """A measure of the last labelled answers, with its 95% bounds."""

    measure: str
    estimate: float
    lower: float
    upper: float
    labels: int


class Monitored(msgspec.Struct, frozen=True):
    """`ok` is false while a feature is in alarm. `controlled` says whether the false-alarm rate is
    known: `false_alarms`, of windows without drift. `coverage` is labelled answers to rows.
    """

    ok: bool
    name: str
    version: int
    digest: str
    arm: str
    rows: int
    windows: int
    window: int
    filling: int
    judged: str | None
    calibration: str
    controlled: bool
    false_alarms: float | None
    said: str
    alarms: list[str]
    features: list[Feature]
    unstable: list[str]
    labels: dict[str, int]
    coverage: float
    lag: float | None
    performance: list[Measure]
    report: str | None = None


class Seen(msgspec.Struct, frozen=True):
    """All that there is to show."""

    bundle: BundleFiles
    profile: ReferenceProfile
    state: State
    arm: str
    file: Path
