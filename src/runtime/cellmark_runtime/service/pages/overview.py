"""What serves, since when, by whose word, and how it is in a few numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ...monitoring.outcomes import performance
from .markup import Html, Inside, element, facts
from .view import View
from .words import count, number, share, span, when

__all__ = ["overview"]


def overview(view: View) -> list[Html]:
    """Whether it may answer, how it is, who serves."""
    good = view.reason is None
    said = "Ready: the golden rows match." if good else f"Not ready: {view.reason}"
    return [
        element("p", said, class_="good" if good else "bad", role="status"),
        *_warnings(view),
        facts(_tiles(view), "tiles"),
        facts(_serving(view)),
    ]


def _warnings(view: View) -> Iterator[Html]:
    failed, registry = view.standing.get("failed"), view.standing.get("registry")
    if failed:
        said = f"Version {failed['version']} was promoted and can't serve; this one goes on: "
        yield element("p", said, failed["reason"], class_="note bad")
    if registry:
        said = "Nobody can tell now where the alias points; what serves goes on: "
        yield element("p", said, registry, class_="note bad")


def _tiles(view: View) -> Iterator[tuple[str, Inside]]:
    figures = view.figures
    statuses = figures.by("model_requests_total", "status")
    asked = sum(statuses.values())
    yield "Rows answered", count(figures.one("model_predictions_total") or 0)
    yield "Requests", count(asked)
    yield "Failed (5xx)", share(statuses.get("5xx", 0), asked)
    yield "Refused (4xx)", share(statuses.get("4xx", 0), asked)
    slow = figures.quantile("model_request_seconds", 0.95)
    yield "95% answered within", span(slow) if slow is not None else None
    if view.state and view.state.drift:
        alarms = len(view.alarms)
        features = len(view.state.drift)
        yield (
            "Features in alarm",
            element("span", f"{alarms} of {features}", class_="bad" if alarms else None),
        )
    for each in performance(view.state)[:1] if view.state else []:
        yield each.measure.replace("_", " ").capitalize(), number(each.estimate)
    if view.verdict:
        yield "Challenger", view.verdict.decision


def _serving(view: View) -> Iterator[tuple[str, Inside]]:
    standing, about = view.standing, view.model.manifest
    yield "Serves since", when(standing["since"])
    if "target" in standing:
        yield (
            "Alias",
            [element("code", standing["target"]), f", generation {standing['generation']}"],
        )
        yield "Promoted", [when(standing["promoted"]), f" by {standing['by']}"]
        yield "Why", standing["reason"]
    yield "Arm", view.identity.arm
    yield "Bundle", element("code", view.model.digest)
    yield "From", about.provenance.notebook
    yield "Proven on", f"{count(about.proof.rows)} rows of the notebook"
