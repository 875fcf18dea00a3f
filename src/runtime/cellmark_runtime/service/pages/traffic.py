"""Requests by what became of them, how long they took, and what was refused."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf

from .markup import Html, element, table
from .view import View
from .words import count, share, span

__all__ = ["traffic"]

_WIDTH, _HEIGHT = 440, 120
_MOST_FAULTS = 12
_STATUS = {
    "2xx": "answered",
    "3xx": "sent elsewhere",
    "4xx": "refused: the caller's fault",
    "5xx": "failed, or not ready: the service's fault",
}
_QUANTILES = (0.5, 0.95, 0.99)


def traffic(view: View) -> Iterator[Html]:
    """What has come since the service started."""
    statuses = view.figures.by("model_requests_total", "status")
    asked = sum(statuses.values())
    if not asked:
        yield element("p", "Nobody has asked for an answer yet.", class_="soft")
        return
    rows = [
        (status, _STATUS.get(status, ""), count(value), share(value, asked))
        for status, value in sorted(statuses.items())
        if value
    ]
    yield table(("Status", "Meaning", "Requests", "Share"), rows, numbers=2)
    yield from _latency(view)
    yield from _refused(view)


def _latency(view: View) -> Iterator[Html]:
    figures, name = view.figures, "model_request_seconds"
    found = [(each, figures.quantile(name, each)) for each in _QUANTILES]
    told = [f"{each:.0%} within {span(value)}" for each, value in found if value is not None]
    bounds = figures.buckets(name)
    before = [0.0, *(total for _, total in bounds)]
    bars = [(bound, total - less) for (bound, total), less in zip(bounds, before, strict=False)]
    shown = [at for at, (_, rows) in enumerate(bars) if rows]
    if not shown:
        return
    bars = bars[max(shown[0] - 1, 0) : shown[-1] + 1]
    yield element("h3", "Time to answer")
    yield element("p", "Of the requests, ", ", ".join(told), ".")
    ends = element("span", _bound(bars[0][0])), element("span", _bound(bars[-1][0]))
    yield element("figure", _drawn(bars, told), element("div", ends, class_="ends"), class_="card")


def _drawn(bars: list[tuple[float, float]], told: list[str]) -> Html:
    top = max(rows for _, rows in bars)
    step = _WIDTH / len(bars)
    drawn = []
    for at, (bound, rows) in enumerate(bars):
        height = round(rows / top * (_HEIGHT - 2), 1)
        bar = element(
            "rect",
            class_="now",
            x=round(at * step + step * 0.1, 1),
            y=round(_HEIGHT - height, 1),
            width=round(step * 0.8, 1),
            height=height,
        )
        drawn.append(element("g", element("title", f"{_bound(bound)}: {count(rows)}"), bar))
    axis = element("line", class_="axis", x1=0, x2=_WIDTH, y1=_HEIGHT, y2=_HEIGHT)
    label = f"How long requests took: {', '.join(told)}"
    box = f"0 0 {_WIDTH} {_HEIGHT + 1}"
    return element("svg", drawn, axis, viewBox=box, role="img", aria_label=label)


def _bound(seconds: float) -> str:
    return "longer" if seconds == inf else f"up to {span(seconds)}"


def _refused(view: View) -> Iterator[Html]:
    found = view.figures.labelled("model_invalid_inputs_total")
    listed = sorted(found, key=lambda each: -each[1])[:_MOST_FAULTS]
    if listed:
        yield element("h3", "Values that were refused")
        rows = [
            (labels["feature"] or "(the whole row)", labels["reason"], count(value))
            for labels, value in listed
        ]
        yield table(("Column", "Reason", "Values"), rows, numbers=1)
