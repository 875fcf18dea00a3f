"""Compare what a cell showed in two executions, and class each difference."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cellmark.core.difference import Kind, Severity

from .outputs import same_numbers
from .passing import Moment, settled

__all__ = ["ShownDifference", "compare_outputs"]

_TAGS = re.compile(r"<style.*?</style>|<script.*?</script>|<[^>]+>", re.DOTALL)
_PICTURES = ("image/png", "image/jpeg", "image/svg+xml")
# Widgets and applications describe their state anew each time.
_TEXTS = ("text/plain", "text/html", "text/markdown", "text/latex", "application/json")
# Two pictures: 0 for the same, 1 for black and white; None where they can't be decoded.
Distance = Callable[[str, str], float | None]
_PICTURE_TOLERANCE = 0.002
_REDRAWN = ("", "<progress>")


class ShownDifference(NamedTuple):
    """`name` is the stream or kind of output; `before` and `after` the first lines that differ."""

    kind: Kind
    name: str
    before: str
    after: str
    severity: Severity
    rule: str


def compare_outputs(
    before: Sequence[Any],
    after: Sequence[Any],
    moments: tuple[Moment, Moment],
    distance: Distance,
) -> list[ShownDifference]:
    """What differs between a cell's outputs; standard output and error are compared apart."""
    found = []
    for stream in ("stdout", "stderr"):
        one, other = (_stream(side, stream) for side in (before, after))
        found += _texts("output", stream, one, other, moments)
    found += _shown(_results(before), _results(after), moments, distance)
    return found


def _stream(outputs: Sequence[Any], name: str) -> str:
    return "".join(o.text for o in outputs if o.output_type == "stream" and o.name == name)


def _results(outputs: Sequence[Any]) -> list[Any]:
    return [o.data for o in outputs if o.output_type in ("execute_result", "display_data")]


def _shown(
    before: list[Any], after: list[Any], moments: tuple[Moment, Moment], distance: Distance
) -> list[ShownDifference]:
    found: list[ShownDifference] = []
    if len(before) != len(after):
        was, now = (f"{len(side)} shown" for side in (before, after))
        return [ShownDifference("output", "shown", was, now, "real", "")]
    for one, other in zip(before, after, strict=True):
        texts: list[ShownDifference] = []
        for kind in _TEXTS:
            sides = [_text(side.get(kind, ""), kind) for side in (one, other)]
            texts = texts or _texts("output", kind, sides[0], sides[1], moments)
        found += texts
        found += [
            _picture(kind, str(one[kind]), str(other[kind]), distance)
            for kind in _PICTURES
            if kind in one and kind in other and one[kind] != other[kind]
        ]
    return found


def _text(value: Any, kind: str) -> str:
    text = value if isinstance(value, str) else repr(value)
    return _TAGS.sub(" ", text) if kind == "text/html" else text


def _texts(
    kind: Kind, name: str, before: str, after: str, moments: tuple[Moment, Moment]
) -> list[ShownDifference]:
    if before == after:
        return []
    sides = [_lines(text, moment) for text, moment in zip((before, after), moments, strict=True)]
    # A bar redraws itself as often as its clock lets it.
    one, other = ([line for line, _ in side if line not in _REDRAWN] for side in sides)
    pair = _first(one, other, lambda a, b: a == b)
    if pair is None:
        rules = sorted({rule for side in sides for _, used in side for rule in used})
        raw = _first(before.splitlines(), after.splitlines(), lambda a, b: a == b) or ("", "")
        return [ShownDifference(kind, name, *raw, "cosmetic", ", ".join(rules) or "blanks")]
    if name == "stderr" and sorted(one) == sorted(other):
        return [ShownDifference(kind, name, *pair, "cosmetic", "stream-order")]
    wider = _first(one, other, same_numbers)
    if wider is None:
        return [ShownDifference(kind, name, *pair, "within tolerance", "shown numbers, 1e-6")]
    return [ShownDifference(kind, name, *wider, "real", "")]


def _lines(text: str, moment: Moment) -> list[tuple[str, tuple[str, ...]]]:
    return [settled(line, moment) for line in text.split("\n")]


def _first(
    before: Sequence[str], after: Sequence[str], same: Callable[[str, str], bool]
) -> tuple[str, str] | None:
    for at in range(max(len(before), len(after))):
        one, other = (side[at] if at < len(side) else "" for side in (before, after))
        if not same(one, other):
            return one, other
    return None


def _picture(kind: str, before: str, after: str, distance: Distance) -> ShownDifference:
    apart = distance(before, after) if kind == "image/png" else None
    if apart is None:
        return ShownDifference("picture", kind, "a picture", "another picture", "real", "")
    told = f"{apart:.4f} apart" if apart != float("inf") else "another size"
    severity: Severity = "real"
    rule = ""
    if apart <= _PICTURE_TOLERANCE:
        severity, rule = ("cosmetic", "same pixels") if not apart else ("within tolerance", told)
    return ShownDifference("picture", kind, "a picture", f"a picture {told}", severity, rule)
