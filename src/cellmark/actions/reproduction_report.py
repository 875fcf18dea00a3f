"""The report of a reproduction: one HTML page that needs nothing beside it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from cellmark.core.difference import real
from cellmark.replay.comparison import Observed

from .inquiry import Attempt
from .page import template, write_page
from .reproduced import MetricPair, Reproduced

__all__ = ["render_report", "write_report"]

_CONTEXT = 2
_LONGEST = 200
_MOST_LINES = 60


def write_report(result: Reproduced, baseline: Observed, target: Attempt, file: Path) -> None:
    """Write the page to `file`, whole or not at all."""
    write_page(file, render_report(result, baseline, target))


def render_report(result: Reproduced, baseline: Observed, target: Attempt) -> str:
    """The page as text. All that comes from the notebook is escaped."""
    made = datetime.fromtimestamp(baseline.run.started).astimezone()
    verdict = _verdict(result)
    return template("reproduction.html.jinja").render(
        result=result,
        title=f"{Path(result.notebook).name}: {verdict}",
        verdict=verdict,
        notebook=Path(result.notebook).name,
        made=made.strftime("%Y-%m-%d %H:%M %Z"),
        outputs=list(_outputs(result, baseline, target.seen)),
        conditions=list(_conditions(result)),
        number=lambda value: "-" if value is None else f"{value:.6g}",
        apart=_apart,
        percent=lambda share: f"{share:.0%}",
    )


def _verdict(result: Reproduced) -> str:
    if result.reproduced:
        how = "to the last bit" if result.exact else f"within {result.tolerance:g}"
        return f"The rerun gave what the Run had, {how}.{_from_store(result)}"
    count = len(real(result.differences))
    kinds = ", ".join(dict.fromkeys(cause.kind for cause in result.causes))
    why = f" Cause: {kinds}." if kinds else ""
    if not count:
        return "The first rerun gave what the Run had, others did not."
    return f"{count} difference{'' if count == 1 else 's'} that matter{'s' * (count == 1)}.{why}"


def _from_store(result: Reproduced) -> str:
    count = sum(cell.reused for cell in result.cells)
    return f" {count} cell{'s' * (count != 1)} came from the store." if count else ""


def _apart(pair: MetricPair) -> str:
    if pair.before is None or pair.after is None:
        return "-"
    return "0" if pair.before == pair.after else f"{pair.after - pair.before:+.3g}"


def _conditions(result: Reproduced) -> Iterator[tuple[str, str, str]]:
    before, after = result.conditions["run"], result.conditions["rerun"]
    for name in sorted({*before, *after}):
        if before.get(name) or after.get(name):
            yield name, before.get(name, ""), after.get(name, "")


def _outputs(result: Reproduced, before: Observed, after: Observed) -> Iterator[dict[str, Any]]:
    """The texts of each cell in which an output really differs, as a diff."""
    differing = {each.cell for each in real(result.differences) if each.kind == "output"}
    was = {cell.id: cell for _, cell in before.cells()}
    for number, cell in after.cells():
        if number in differing and cell.id in was:
            lines = [_lines(each) for each in (was[cell.id], cell)]
            first = next(iter(cell.source.strip().splitlines()), "")
            shown = list(_diff(*lines))[:_MOST_LINES]
            yield {"number": number, "first": first[:_LONGEST], "lines": shown}


def _lines(cell: Any) -> list[str]:
    texts = [
        str(o.text) if o.output_type == "stream" else str(o.get("data", {}).get("text/plain", ""))
        for o in cell.outputs
    ]
    return [line[:_LONGEST] for text in texts for line in text.splitlines()]


def _diff(before: list[str], after: list[str]) -> Iterator[tuple[str, str]]:
    kinds = {"-": "gone", "+": "new", " ": "same"}
    for line in list(difflib.unified_diff(before, after, n=_CONTEXT, lineterm=""))[2:]:
        if not line.startswith("@@"):
            yield kinds[line[:1]], line[1:]
