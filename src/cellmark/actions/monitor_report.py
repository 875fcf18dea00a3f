"""The drift report: one HTML page of plain SVG that needs nothing beside it. Counts, no rows."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cellmark_runtime.monitoring.calibration import ECDF_FLOOR, PSI_FLOOR
from cellmark_runtime.monitoring.charts import SIZE, TREND_SIZE, Chart, chart_of

from .monitored import Feature, Monitored, Seen
from .page import template, write_page

__all__ = ["render_report", "write_report"]

# Of many features those that differ most are drawn, and stand in the table: a page stays under
# 300 kB.
_DRAWN, _LISTED = 24, 200


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
        size=SIZE,
        trend_size=TREND_SIZE,
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
    return chart_of(counted[place], [each.counts[place] for each in seen.state.windows])


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _span_of(seconds: float) -> str:
    for unit, length in (("days", 86_400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * length:
            return f"{seconds / length:.1f} {unit}"
    return f"{seconds:.1f} seconds"
