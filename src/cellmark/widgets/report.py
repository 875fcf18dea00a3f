"""Compare: a report inside a notebook of what differs between Runs."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cellmark.actions.compare import ComparedCell, ComparedValue
from cellmark.actions.diff import Diffed, differing
from cellmark.core.wording import brief, short, when
from cellmark.store import open_store
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.service.pages.markup import Html, element

__all__ = ["RunsReport", "compare"]

_LEAST = 2
_SECTIONS = {
    "parameters": "Parameters",
    "metrics": "Metrics",
    "data": "Data",
    "files": "Files",
    "environment": "Packages",
    "chance": "Random generators as training began",
}
_LINES = {"+": "ins", "-": "del"}
_LEFT = "text-align: left"


class RunsReport:
    """What differs between Runs, shown where a cell ends with it. `found` is what it shows."""

    def __init__(self, found: Diffed) -> None:
        self.found = found

    def _repr_html_(self) -> str:
        return element("div", _parts(self.found), class_="cellmark-report")

    def __repr__(self) -> str:
        kinds = {name: getattr(self.found.diff, name) for name in (*_SECTIONS, "code")}
        differ = [f"{len(found)} of {kind}" for kind, found in kinds.items() if found]
        return f"<{len(self.found.runs)} Runs, differences: {', '.join(differ) or 'none'}>"


def compare(*runs: str, start: Path | None = None) -> RunsReport:
    """What differs between two Runs or more: parameters, metrics, code, data, files, packages.

    Args: `runs` are named as in `cellmark show`; `start` where to look for the store (default:
    the current folder).
    Raises: NoSuchRun; CellmarkError for less than two.
    """
    if len(runs) < _LEAST:
        raise CellmarkError(
            "compare",
            "a single Run" if runs else "no Run",
            "two Runs or more",
            'Name them as in `cellmark show`: `compare("latest", "01JD7V4S")`.',
        )
    store = open_store(start)
    return RunsReport(differing([store.run(run) for run in runs]))


def _parts(found: Diffed) -> Iterable[Html]:
    names = [short(run.run) for run in found.runs]
    told = [
        element("li", element("code", name), f" {run.experiment}, {when(run.started)}")
        for name, run in zip(names, found.runs, strict=True)
    ]
    yield element("ul", told)
    if found.same:
        yield element("p", "Nothing differs.")
    for kind, title in _SECTIONS.items():
        values = getattr(found.diff, kind)
        if values:
            yield _table(title, values, names)
    for cell in found.diff.code:
        yield element("h4", f"Code ({', '.join(cell.roles) or 'no role'})")
        yield from _code(cell, names)


def _table(title: str, values: Sequence[ComparedValue], names: Sequence[str]) -> Html:
    heads = [element("th", each, scope="col", style=_LEFT) for each in ("name", *names)]
    rows = [
        element(
            "tr",
            element("th", _named(value), scope="row", style=_LEFT),
            [element("td", text, style=_LEFT) for text in _texts(value.values)],
        )
        for value in values
    ]
    caption = element("caption", title, style=f"{_LEFT}; font-weight: bold")
    head = element("thead", element("tr", heads))
    return element("table", caption, head, element("tbody", rows))


def _named(value: ComparedValue) -> str:
    return value.name if value.column is None else f"{value.name}[{value.column!r}]"


def _texts(values: Sequence[Any]) -> list[str]:
    """In few characters, unless values that differ would then look the same."""
    texts = [brief(value) for value in values]
    whole = ["-" if value is None else repr(value) for value in values]
    return whole if len(set(texts)) < len(set(whole)) else texts


def _code(cell: ComparedCell, names: Sequence[str]) -> Iterable[Html]:
    """The first Run's code beside that of each other that ran something else."""
    first, *others = cell.sources
    for name, source in zip(names[1:], others, strict=True):
        if source != first:
            yield element("pre", _lines(first, source, names[0], name))


def _lines(before: str | None, after: str | None, one: str, other: str) -> list[Html]:
    had, has = ((source or "").splitlines() for source in (before, after))
    lines = difflib.unified_diff(had, has, one, other, lineterm="", n=2)
    return [
        element(_LINES.get(line[:1], "span"), line + "\n", style="text-decoration: none")
        for line in lines
    ]
