"""How good answers were, by the labels that came."""

from __future__ import annotations

from collections.abc import Iterator

from ...monitoring.outcomes import KEPT, lag_of, performance
from .markup import Html, element, table
from .view import View
from .words import count, number, share, span

__all__ = ["outcomes"]


def outcomes(view: View) -> Iterator[Html]:
    """Labels, and the measures of the last of them."""
    state = view.state
    if state is None or not state.labels:
        said = "No labels yet: nothing here says how good the answers are. "
        way = "Send them to POST /feedback." if view.with_audit else _NO_LOG
        yield element("p", said, way, class_="soft")
        return
    recorded = state.labels.get("recorded", 0)
    told = f"{count(recorded)} answers have labels, {share(recorded, state.total_rows)} of the rows"
    lag = lag_of(state)
    told += f"; half of the last ones came within {span(lag)}." if lag is not None else "."
    unknown = state.labels.get("unknown", 0)
    told += f" {count(unknown)} labels were for answers that are not on record." if unknown else ""
    yield element("p", told)
    found = performance(state)
    if not found:
        yield element("p", "Too few for an estimate: it takes 30.", class_="soft")
        return
    rows = [
        (
            each.measure.replace("_", " "),
            number(each.estimate),
            f"{number(each.lower)} to {number(each.upper)}",
            count(each.labels),
        )
        for each in found
    ]
    yield table(("Measure", "Estimate", "95% interval", "Labels"), rows, numbers=3)
    yield element("p", f"Of the last {count(KEPT)} labelled answers at most.", class_="soft")


_NO_LOG = "They are not taken: answers go on no record that they could be joined to."
