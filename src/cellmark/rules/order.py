"""Rules about order: cells that ran in another one, names that are not there when needed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from cellmark.extract.text.names import bound

from .code import CodeCell
from .facts import Facts
from .missing import Missing, missing_of
from .rule import Found, at

__all__ = ["deleted_cell", "not_in_order", "undefined", "used_before"]

_SEVERAL = 3


def not_in_order(facts: Facts) -> Iterator[Found]:
    """Execution counts that do not rise from cell to cell, once for the notebook."""
    ran = [cell for cell in facts.notebook.running if cell.ran is not None]
    kept = _longest_rise([cell.ran or 0 for cell in ran])
    stray = [cell for number, cell in enumerate(ran) if number not in kept]
    if not stray:
        return
    first = stray[0]
    others = [cell for cell in ran if cell is not first and _swapped(cell, first)]
    after = others[0]
    relation = "after" if (first.ran or 0) > (after.ran or 0) else "before"
    said = f"ran as [{first.ran}], {relation} cell {after.number}, which ran as [{after.ran}]"
    if len(stray) > 1:
        shown = ", ".join(str(cell.number) for cell in stray[1 : _SEVERAL + 1])
        more = len(stray) - 1 - _SEVERAL
        said += f"; out of order as well: cell {shown}{f' and {more} more' if more > 0 else ''}"
    yield Found(
        first,
        first.whole_line(1),
        f"{said}: the saved outputs may not be what the cells give from top to bottom",
        "Restart the kernel, run all cells, and save.",
    )


def _swapped(one: CodeCell, other: CodeCell) -> bool:
    """Whether two cells ran in the order opposite to the notebook's."""
    return (one.number < other.number) != ((one.ran or 0) < (other.ran or 0))


def _longest_rise(counts: Sequence[int]) -> set[int]:
    """The positions of a longest rising part of `counts`: the fewest cells are out of order."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for position, count in enumerate(counts):
        at_length = bisect_right(ends, count)
        ends[at_length : at_length + 1] = [count]
        last[at_length : at_length + 1] = [position]
        before.append(last[at_length - 1] if at_length else -1)
    kept, position = set(), last[-1] if last else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept


def used_before(facts: Facts) -> Iterator[Found]:
    """Names that only something below sets."""
    setters = facts.setters
    for missing in missing_of(facts):
        if missing.name not in setters:
            continue
        below = setters[missing.name][0]
        here = below is missing.cell
        place = "further down in this cell" if here else f"in cell {below.number}"
        yield at(
            missing.cell,
            missing.node,
            f"{_subject(missing)}, which is set only {place}",
            f"Move {'that statement' if here else f'cell {below.number}'} up.",
        )


def undefined(facts: Facts) -> Iterator[Found]:
    """Names that nothing sets, in cells without a trace of having run."""
    for missing in _never_set(facts):
        if not _worked(missing):
            yield at(missing.cell, missing.node, *_nobody(facts, missing))


def deleted_cell(facts: Facts) -> Iterator[Found]:
    """Names that nothing sets though the cell ran: a cell that set them is gone."""
    for missing in _never_set(facts):
        if _worked(missing):
            message, fix = _nobody(facts, missing)
            ran = f"though this cell ran as [{missing.cell.ran}]: a cell that set it is gone"
            yield at(missing.cell, missing.node, f"{message}, {ran}", fix)


def _worked(missing: Missing) -> bool:
    """Whether the statement ran when the notebook was saved; a function may never have."""
    return missing.cell.ran is not None and not missing.cell.raised and not missing.function


def _nobody(facts: Facts, missing: Missing) -> tuple[str, str]:
    skipped = [
        cell
        for cell in facts.notebook.cells
        if "skip" in cell.roles and missing.name in _bound_in(cell)
    ]
    if skipped:
        number = skipped[0].number
        said = f"{_subject(missing)}, which only cell {number} sets, and it is tagged skip"
        return said, f"Take the tag off cell {number}, or set `{missing.name}` in a cell above."
    return (
        f"{_subject(missing)}, which nothing in the notebook sets",
        f"Set or import `{missing.name}` in a cell above, or mend its spelling.",
    )


def _subject(missing: Missing) -> str:
    if missing.function:
        return f"`{missing.function}()` needs `{missing.name}`"
    return f"`{missing.name}` is needed here"


def _bound_in(cell: CodeCell) -> frozenset[str]:
    return frozenset().union(*(bound(statement) for statement in cell.tree.body))


def _never_set(facts: Facts) -> Iterator[Missing]:
    return (each for each in missing_of(facts) if each.name not in facts.setters)
