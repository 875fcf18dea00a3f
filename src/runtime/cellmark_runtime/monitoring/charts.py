"""Charts of counts: a feature's bins in training and now, and its PSI from window to window.

Numbers for plain SVG; who draws them decides what it looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from ..types.profile import CategoryProfile, FeatureProfile, NumberProfile
from .calibration import PSI_FLOOR
from .comparison import compare

__all__ = ["SIZE", "TREND_SIZE", "Bar", "Chart", "chart_of"]

SIZE = (440, 130)
TREND_SIZE = (190, 44)
_LEFT = 4
_LONGEST = 18
# Up to so many bars each has its name below it; the width of a letter there.
_NAMED, _LETTER, _WIDEST = 6, 6.5, 56


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


def chart_of(profile: FeatureProfile, windows: Sequence[Sequence[int]]) -> Chart:
    """Args: windows: the feature's counts in each window, one at least, the last one at the end."""
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
    step = (SIZE[0] - 2 * _LEFT) / max(len(shown), 1)
    width = min(step * 0.8, _WIDEST)
    room = int(step / _LETTER) if len(shown) <= _NAMED else _LONGEST
    return [
        Bar(
            round(_LEFT + (order + 0.5) * step - width / 2, 1),
            round(width, 1),
            round(usual[at] / top * SIZE[1], 1),
            round(now[at] / top * SIZE[1], 1),
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
    step = (TREND_SIZE[0] - 8) / max(len(values) - 1, 1)
    points = [
        (round(4 + at * step, 1), round(_height(value, top), 1)) for at, value in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    return line, round(_height(PSI_FLOOR, top), 1), points[-1] if points else None


def _height(value: float, top: float) -> float:
    return TREND_SIZE[1] - 4 - min(value, top) / top * (TREND_SIZE[1] - 8)
