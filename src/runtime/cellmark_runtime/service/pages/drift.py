"""What rows look like beside those of training, feature by feature."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...monitoring.calibration import PSI_FLOOR
from ...monitoring.charts import SIZE, TREND_SIZE, Bar, Chart, chart_of
from ...monitoring.state import FeatureDrift, State
from ...monitoring.windows import trust_in_words
from ...types.profile import FeatureProfile, ReferenceProfile
from .markup import Html, element
from .view import View
from .words import count, moment, number, share

__all__ = ["drift"]

# What is drawn is worked out for each look at the page: a few dozen would be felt in answers.
_DRAWN = 12
Drawn = tuple[FeatureProfile, Chart, FeatureDrift | None]
# Fewer rows have no distribution worth drawing.
_FEWEST = 30


def drift(view: View) -> Iterator[Html]:
    """A sentence, how far to believe it, and charts; what differs most comes first."""
    profile, state = view.model.profile, view.state
    if profile is None or state is None:
        yield element("p", "The bundle has no reference profile to hold rows against.")
        return
    yield element("p", _verdict(view, state), class_="bad" if view.alarms else None)
    unsure = state.calibration == "analytic"
    yield element("p", trust_in_words(state, profile), class_="note" if unsure else "soft")
    if state.windows:
        yield from _judged(profile, state)
    elif state.rows >= _FEWEST:
        yield element("p", "So far in the window that fills:", _key(), class_="soft")
        charts = [
            (feature, chart_of(feature, [counts]), None)
            for feature, counts in zip(profile.counted, state.counts, strict=True)
        ]
        yield from _cards(charts[:_DRAWN])
    if state.unstable:
        listed = ", ".join(state.unstable)
        said = f"Not compared, since elsewhere nearly every day without any drift: {listed}."
        yield element("p", said, class_="soft")


def _verdict(view: View, state: State) -> str:
    filling = f"{count(state.rows)} of {count(state.window)} rows are in the next window."
    if not state.windows:
        return f"No window was judged yet: {filling}"
    alarms = ", ".join(view.alarms)
    said = f"Drift in {alarms}" if alarms else "No feature is in alarm"
    return (
        f"{said}, in {count(state.windows_seen)} windows of {count(state.window)} rows. {filling}"
    )


def _judged(profile: ReferenceProfile, state: State) -> Iterator[Html]:
    last = state.windows[-1]
    span = ["Last window: ", moment(last.began), " to ", moment(last.ended), ".", _key()]
    yield element("p", *span, class_="soft")
    places = {feature.name: at for at, feature in enumerate(profile.counted)}
    found = sorted(state.drift, key=lambda each: (not each.alarm, -each.psi))

    def chart(drift: FeatureDrift) -> Drawn:
        at = places[drift.feature]
        counts = [window.counts[at] for window in state.windows]
        return profile.counted[at], chart_of(profile.counted[at], counts), drift

    yield from _cards(list(map(chart, found[:_DRAWN])))
    yield from _rest([each.feature for each in found[_DRAWN:]])


def _key() -> list[Html]:
    return [
        element("span", "training", class_="key usual-key"),
        element("span", "now", class_="key now-key"),
    ]


def _cards(charts: Sequence[Drawn]) -> Iterator[Html]:
    yield element("div", [_card(*each) for each in charts], class_="charts")


def _rest(names: Sequence[str]) -> Iterator[Html]:
    if names:
        said = f"{len(names)} more differ less: {', '.join(names)}. "
        hint = element("code", "cellmark monitor --report")
        yield element("p", said, hint, " draws all.", class_="soft")


def _card(feature: FeatureProfile, chart: Chart, found: FeatureDrift | None) -> Html:
    alarm = found is not None and found.alarm
    head = [element("h3", feature.name), _tag(found)]
    under = _under(feature, chart, found) if found else None
    return element(
        "figure",
        element("figcaption", head),
        _bins(feature.name, chart),
        _ends(chart),
        under,
        class_="card alarm" if alarm else "card",
    )


def _tag(found: FeatureDrift | None) -> Html | None:
    if found is None or not found.streak:
        return None
    if found.alarm:
        return element("span", f"alarm, {found.streak} windows", class_="tag bad")
    return element("span", "differs once", class_="tag")


def _bins(name: str, chart: Chart) -> Html:
    named = chart.ends is None
    width, height = SIZE
    axis = element("line", class_="axis", x1=0, x2=width, y1=height + 1, y2=height + 1)
    label = f"{name}: shares of its bins, in training and now"
    bars = [_bar(bar, named=named) for bar in chart.bars]
    box = f"0 0 {width} {height + (20 if named else 2)}"
    return element("svg", bars, axis, viewBox=box, role="img", aria_label=label)


def _bar(bar: Bar, *, named: bool) -> Html:
    height = SIZE[1]
    usual = element(
        "rect",
        class_="usual",
        x=bar.x,
        y=round(height - bar.usual, 1),
        width=bar.width,
        height=bar.usual,
    )
    now = element(
        "rect",
        class_="now",
        x=round(bar.x + bar.width * 0.3, 1),
        y=round(height - bar.now, 1),
        width=round(bar.width * 0.4, 1),
        height=bar.now,
    )
    middle = round(bar.x + bar.width / 2, 1)
    text = element("text", bar.name, x=middle, y=height + 16) if named else None
    return element("g", element("title", bar.said), usual, now, text)


def _ends(chart: Chart) -> Html | None:
    if chart.ends is None:
        return None
    return element("div", [element("span", each) for each in chart.ends], class_="ends")


def _under(feature: FeatureProfile, chart: Chart, found: FeatureDrift) -> Html:
    bins = feature.bins
    rows = sum(bins)
    told = [f"PSI {number(found.psi)}" + (f", ECDF {number(found.ecdf)}" if found.ecdf else "")]
    told.append(f"missing {found.missing:.1%} (usual {share(bins[-1], rows)})")
    if found.other is not None:
        told.append(f"other levels {found.other:.1%} (usual {share(bins[-2], rows)})")
    lines = element("div", [element("div", each) for each in told], class_="soft")
    return element("div", lines, _trend(chart, found), class_="under")


def _trend(chart: Chart, found: FeatureDrift) -> Html:
    width, height = TREND_SIZE
    floor = element("line", class_="floor", x1=0, x2=width, y1=chart.floor, y2=chart.floor)
    way = element("polyline", class_="way", points=chart.trend)
    last = None
    if chart.last:
        last = element("circle", class_="last", cx=chart.last[0], cy=chart.last[1], r=2.5)
    said = f"PSI from window to window, {number(found.psi)} at last; dashed is its floor, "
    return element(
        "svg",
        floor,
        way,
        last,
        class_="trend",
        viewBox=f"0 0 {width} {height}",
        role="img",
        aria_label=f"{said}{PSI_FLOOR:g}",
    )
