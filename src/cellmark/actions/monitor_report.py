"""The drift report: one HTML page of plain SVG that needs nothing beside it. Counts, no rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from cellmark_runtime.monitoring.calibration import ECDF_FLOOR, PSI_FLOOR
from cellmark_runtime.monitoring.comparison import compare
from cellmark_runtime.types.profile import CategoryProfile, FeatureProfile, NumberProfile

from .monitored import Feature, Monitored, Seen
from .page import template, write_page

__all__ = ["render_report", "write_report"]

_WIDTH, _HEIGHT, _LEFT = 440, 130, 4
_TREND_WIDTH, _TREND_HEIGHT = 190, 44
_LONGEST = 18
# Up to so many bars each has its name below it; the width of a letter there.
_NAMED, _LETTER, _WIDEST = 6, 6.5, 56
# Of many features those that differ most are drawn, and stand in the table: a page stays under
# 300 kB.
_DRAWN, _LISTED = 24, 200


class Bar(NamedTuple):
    """One bin: where it stands, how high both shares are, what it says, what stands below it."""

    x: float
    width: float
    usual: float
    now: float
    said: str
    name: str


class Chart(NamedTuple):
    """A feature's bins, and how its PSI went from window to window."""

    bars: list[Bar]
    ends: tuple[str, str] | None
    trend: str
    floor: float
    last: tuple[float, float] | None


def write_report(result: Monitored, seen: Seen, file: Path) -> None:
    """Write the page to `file`, whole or not at all."""
    write_page(file, render_report(result, seen))


def render_report(result: Monitored, seen: Seen) -> str:
    """The page as text. All that comes from data is escaped."""
    drawn = result.features[:_DRAWN]
    windows = seen.state.windows
    span = (_time(windows[-1].began), _time(windows[-1].ended)) if windows else None
    return template("drift.html.jinja").render(
        result=result,
        charts=[(feature, _chart(feature, seen)) for feature in drawn],
        listed=result.features[:_LISTED],
        more=len(result.features) - len(drawn),
        unlisted=len(result.features[_LISTED:]),
        verdict=_verdict(result),
        span=span,
        thresholds=seen.state.threshold,
        psi_floor=PSI_FLOOR,
        ecdf_floor=ECDF_FLOOR,
        size=(_WIDTH, _HEIGHT),
        trend_size=(_TREND_WIDTH, _TREND_HEIGHT),
        percent=lambda share: f"{share:.1%}",
        number=lambda value: f"{value:.3g}",
        count=lambda value: f"{value:,}",
        span_of=_span_of,
    )


def _verdict(result: Monitored) -> str:
    if not result.windows:
        return f"No window is full yet: {result.filling} of {result.window} rows."
    if not result.alarms:
        return "No feature is in alarm."
    count = len(result.alarms)
    names = ", ".join(result.alarms[:5]) + (f" and {count - 5} more" if count > 5 else "")
    return f"Drift in {names}."


def _chart(feature: Feature, seen: Seen) -> Chart:
    counted = seen.profile.counted
    place = next(at for at, each in enumerate(counted) if each.name == feature.feature)
    profile = counted[place]
    windows = [each.counts[place] for each in seen.state.windows]
    bars = _bars(profile, windows[-1])
    ends = None if len(bars) <= _NAMED else (bars[0].name, _last(profile, windows[-1]))
    values = [compare(profile, profile.bins, each).psi for each in windows]
    return Chart(bars, ends, *_trend(values))


def _bars(profile: FeatureProfile, window: Sequence[int]) -> list[Bar]:
    usual, now = _shares(profile.bins), _shares(window)
    names = _names(profile)
    # A bin that neither has is no bar; missing and other stay, they are what may come.
    shown = [at for at in range(len(names)) if usual[at] or now[at]]
    top = max([*usual, *now, 1e-9])
    step = (_WIDTH - 2 * _LEFT) / max(len(shown), 1)
    width = min(step * 0.8, _WIDEST)
    room = int(step / _LETTER) if len(shown) <= _NAMED else _LONGEST
    return [
        Bar(
            round(_LEFT + (order + 0.5) * step - width / 2, 1),
            round(width, 1),
            round(usual[at] / top * _HEIGHT, 1),
            round(now[at] / top * _HEIGHT, 1),
            f"{names[at]}: {usual[at]:.1%} in training, {now[at]:.1%} now",
            _cut(names[at], room),
        )
        for order, at in enumerate(shown)
    ]


def _shares(counts: Sequence[int]) -> list[float]:
    rows = max(sum(counts), 1)
    return [count / rows for count in counts]


def _names(profile: FeatureProfile) -> list[str]:
    if isinstance(profile, CategoryProfile):
        return [*profile.levels, "(other)", "(missing)"]
    edges = [f"{edge:.4g}" for edge in profile.edges]
    if not edges:
        return ["all values", "(missing)"]
    between = [f"{low} to {high}" for low, high in pairwise(edges)]
    return [f"up to {edges[0]}", *between, f"over {edges[-1]}", "(missing)"]


def _last(profile: FeatureProfile, window: Sequence[int]) -> str:
    """What the last bars are of."""
    names = _names(profile)
    kinds = 2 if isinstance(profile, CategoryProfile) else 1
    some = [usual or now for usual, now in zip(profile.bins, window, strict=True)]
    ends = [name for name, is_some in zip(names[-kinds:], some[-kinds:], strict=True) if is_some]
    last = [names[-kinds - 1]] if isinstance(profile, NumberProfile) or not ends else []
    return ", ".join([*(_cut(each, _LONGEST) for each in last), *ends])


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: max(room - 1, 1)] + "…"


def _trend(values: Sequence[float]) -> tuple[str, float, tuple[float, float] | None]:
    """Points of the line, the height of the floor's line, and the last point."""
    top = max([*values, 2 * PSI_FLOOR])
    step = (_TREND_WIDTH - 8) / max(len(values) - 1, 1)
    points = [
        (round(4 + at * step, 1), round(_height(value, top), 1)) for at, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    return line, round(_height(PSI_FLOOR, top), 1), points[-1] if points else None


def _height(value: float, top: float) -> float:
    return _TREND_HEIGHT - 4 - min(value, top) / top * (_TREND_HEIGHT - 8)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _span_of(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} seconds"
