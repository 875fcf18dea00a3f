"""The challenger: how it does, with the bounds of what is known over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from ...routing.evaluation import Evaluation, Look, in_words
from .markup import Html, Inside, element, facts, table
from .view import View
from .words import count, sentence, when

__all__ = ["challenge"]

_WIDTH, _HEIGHT = 640, 220
_LEFT, _TOP, _BOTTOM = 70, 8, 26
_LISTED = 8


def challenge(view: View) -> Iterator[Html]:
    """Nothing where none challenges."""
    standing = view.standing.get("challenge")
    if standing is None:
        return
    if standing.get("problem"):
        yield element("p", f"There is no trial: {standing['problem']}", class_="note bad")
    if "id" not in standing:
        return
    yield facts(_about(view, standing))
    found = view.verdict
    if found is None:
        yield element("p", "It is judged once a minute; not yet.", class_="soft")
        return
    yield element("ul", [element("li", sentence(said)) for said in in_words(found)])
    looks = [look for look in found.looks if look.bounds.lower is not None]
    if looks:
        yield _drawn(found, looks)
        yield element("details", element("summary", "As numbers"), _listed(looks), id="looks")


def _about(view: View, standing: dict[str, Any]) -> Iterator[tuple[str, Inside]]:
    model, rival = view.model.name, view.rival
    yield "Challenger", element("code", f"{model}@{standing['challenger']}")
    if standing["mode"] == "shadow":
        yield "How", "in shadow: it scores the same rows, behind each reply"
    else:
        yield "How", f"a split: it answers {standing['share']:.4g} of the units"
    yield "Since", when(standing["started"])
    stopped = standing["stopped"]
    yield "Stopped", element("span", stopped, class_="bad") if stopped else None
    if rival is not None:
        for name, metric in _COUNTS:
            value = rival.one(metric)
            yield name, count(value) if value is not None else None
    yield "Decision", element("strong", view.verdict.decision) if view.verdict else None


_COUNTS = (
    ("Rows scored in shadow", "model_challenge_shadowed_total"),
    ("Rows dropped", "model_challenge_dropped_total"),
    ("Failed", "model_challenge_errors_total"),
    ("Too slow", "model_challenge_slow_total"),
    ("Nonsense", "model_challenge_invalid_total"),
)


def _ends(look: Look) -> tuple[float, float]:
    return look.bounds.lower or 0.0, look.bounds.upper or 0.0


def _drawn(found: Evaluation, looks: Sequence[Look]) -> Html:
    ends = list(map(_ends, looks))
    low = min(found.margin, 0.0, *(lower for lower, _ in ends))
    high = max(found.margin, 0.0, *(upper for _, upper in ends))
    most = looks[-1].bounds.n
    tall = _HEIGHT - _TOP - _BOTTOM

    def x(n: int) -> float:
        return round(_LEFT + n / most * (_WIDTH - _LEFT - 8), 1)

    def y(value: float) -> float:
        return round(_TOP + (high - value) / ((high - low) or 1.0) * tall, 1)

    upper = [f"{x(look.bounds.n)},{y(up)}" for look, (_, up) in zip(looks, ends, strict=True)]
    lower = [f"{x(look.bounds.n)},{y(down)}" for look, (down, _) in zip(looks, ends, strict=True)]
    way = [f"{x(look.bounds.n)},{y(look.bounds.effect)}" for look in looks]
    kind = {"promote": "better", "roll back": "worse"}.get(found.decision, "open")
    drawing = [
        element("polygon", class_=f"band {kind}", points=" ".join([*upper, *reversed(lower)])),
        element(
            "line", class_="floor", x1=_LEFT, x2=_WIDTH, y1=y(found.margin), y2=y(found.margin)
        ),
        element("polyline", class_="way", points=" ".join(way)),
        [_level(value, y(value)) for value in dict.fromkeys((high, found.margin, low))],
        element("text", "0 labels", x=_LEFT, y=_HEIGHT - 6, class_="start"),
        element("text", f"{count(most)} labels", x=_WIDTH - 4, y=_HEIGHT - 6, class_="end"),
    ]
    last = looks[-1].bounds
    said = (
        f"Gain in {found.loss} loss over {count(most)} labels: at last {last.effect:+.4g}, "
        f"between {last.lower:+.4g} and {last.upper:+.4g}"
    )
    return element(
        "figure",
        element(
            "figcaption",
            f"Gain in {found.loss} loss (above the dashed line the challenger is better) and its "
            "95% bounds, which hold however often you look",
        ),
        element("svg", drawing, viewBox=f"0 0 {_WIDTH} {_HEIGHT}", role="img", aria_label=said),
        class_="card",
    )


def _level(value: float, y: float) -> Html:
    return element("text", f"{value:+.3g}", x=_LEFT - 8, y=max(y + 4, 12), class_="end")


def _listed(looks: Sequence[Look]) -> Html:
    step = max(1, len(looks) // _LISTED)
    some = [*looks[:-1:step], looks[-1]]
    rows = [
        (
            count(look.bounds.n),
            when(look.at),
            f"{look.bounds.effect:+.4f}",
            "{:+.4f} to {:+.4f}".format(*_ends(look)),
        )
        for look in some
    ]
    return table(("Labels", "Until", "Gain", "Bounds"), rows, numbers=2)
