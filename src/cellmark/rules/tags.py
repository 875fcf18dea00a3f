"""Rules about cells as a whole: their text and their tags."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from cellmark.core.tags import unknown_tag

from .code import CodeCell, Place
from .facts import Facts
from .rule import Found

__all__ = ["TAG", "syntax_error", "unknown_tags"]

# What a tag that silences rules begins with.
TAG = "cellmark-ignore-"


def syntax_error(facts: Facts) -> Iterator[Found]:
    """Cells that are not Python even after IPython's own transformations."""
    for cell in facts.notebook.running:
        if cell.fault is None or "raises-exception" in cell.tags:
            continue
        line, column, said = cell.fault
        place = cell.whole_line(min(line, len(cell.lines)))
        if place.column <= column < place.end_column:
            place = place._replace(column=column)
        yield Found(
            cell,
            place,
            f"not valid Python: {said}",
            "Mend the line, or tag the cell `skip` if it is not to run.",
        )


def unknown_tags(facts: Facts) -> Iterator[Found]:
    """Tags that are nearly a role, and tags that silence no rule there is."""
    for cell in facts.notebook.cells:
        for tag in cell.tags:
            if complaint := unknown_tag(tag, cell.number):
                expected = f"{complaint.received}; expected {complaint.expected}"
                yield Found(cell, _top(cell), expected, complaint.fix)
            elif tag.startswith(TAG):
                yield from _silencing_nothing(cell, tag, facts.silencing)


def _silencing_nothing(cell: CodeCell, tag: str, known: Collection[str]) -> Iterator[Found]:
    if tag in known:
        return
    near = difflib.get_close_matches(tag, known, n=1, cutoff=0.6)
    yield Found(
        cell,
        _top(cell),
        f"tag {tag!r} silences no rule: there is none of that name",
        f"Did you mean {near[0]!r}?" if near else f"Write {TAG}CM101, or {TAG} with a rule's name.",
    )


def _top(cell: CodeCell) -> Place:
    first = next((number for number, line in enumerate(cell.lines, 1) if line.strip()), 1)
    return cell.whole_line(first)
