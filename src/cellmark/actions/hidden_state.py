"""Hidden state: a notebook shows what a clean run of its cells, in their order, does not give."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec

from cellmark.extract.text.names import bound, reads, stored_into
from cellmark.notebook.outputs import first_difference, shown_lines
from cellmark.notebook.statements import parse
from cellmark_runtime.errors import CellmarkError

__all__ = ["HiddenState", "hidden_state", "where_set"]

_UNDEFINED = re.compile(r"^NameError: name '(\w+)' is not defined")
_LONGEST = 100


class HiddenState(msgspec.Struct, frozen=True):
    """A cell whose saved output differs from that of a clean run: the first lines that do.

    `variables` are names that the cell depends on and that may have held something else; `why`
    says for what reason.
    """

    cell: int
    saved: str
    now: str
    variables: tuple[str, ...]
    why: str


class _Cell(NamedTuple):
    """A code cell: its number, when it was run before it was saved, names it reads and gives."""

    number: int
    ran: int | None
    takes: frozenset[str]
    gives: frozenset[str]


def hidden_state(saved: Any, executed: Any) -> tuple[HiddenState, ...]:
    """Cells of the notebook `saved` that show other things than in `executed`, a clean run of it.

    Cells that were saved without output say nothing and are passed over.
    """
    now = {cell.id: cell for cell in executed.cells if cell.cell_type == "code"}
    cells = _cells_of(saved)
    found = []
    for number, cell in enumerate(_code(saved), start=1):
        lines = shown_lines(cell.outputs)
        if not lines or cell.id not in now or "skip" in cell.metadata.get("tags", []):
            continue
        differing = first_difference(lines, shown_lines(now[cell.id].outputs))
        if differing is not None:
            variables, why = _reason(cells, number)
            one, other = (_short(line) for line in differing)
            found.append(HiddenState(number, one, other, variables, why))
    return tuple(found)


def where_set(error: str, cell: int | None, notebook: Any) -> str:
    """Why a name is not there in a clean run, for a NameError in a cell; "" for other errors."""
    undefined = _UNDEFINED.match(error)
    if undefined is None or cell is None:
        return ""
    name = undefined[1]
    later = [each.number for each in _cells_of(notebook) if name in each.gives]
    if later:
        return f"`{name}` is set in cell {later[-1]} only, below: move that cell up."
    return f"No cell sets `{name}`: one that did was deleted or changed. Set it in a cell above."


def _code(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def _cells_of(notebook: Any) -> list[_Cell]:
    found = []
    for number, cell in enumerate(_code(notebook), start=1):
        try:
            body = parse(cell.source, number).body
        except CellmarkError:
            body = []
        found.append(_Cell(number, cell.execution_count, _taken(body), _given(body)))
    return found


def _taken(body: Sequence[ast.stmt]) -> frozenset[str]:
    """Names that a cell needs from the cells before it."""
    found: set[str] = set()
    own: set[str] = set()
    for node in body:
        found |= (reads(node) | stored_into(node)) - own
        own |= bound(node)
    return frozenset(found)


def _given(body: Sequence[ast.stmt]) -> frozenset[str]:
    return frozenset().union(*(bound(node) | stored_into(node) for node in body))


def _reason(cells: list[_Cell], number: int) -> tuple[tuple[str, ...], str]:
    """Names behind cell `number` that may have held something else when it was saved, and why."""
    behind = sorted(_behind(cells, number))
    for name, giver, taker in behind:
        if _ran_later(giver, taker):
            where = f"cell {giver.number} set `{name}` after cell {taker.number} had read it"
            return (name,), f"when it was saved, {where}"
    for name, giver, _ in behind:
        if name in giver.takes and _may_have_run_twice(cells, giver):
            return (name,), (
                f"cell {giver.number} changes `{name}`, and may have run more than once "
                "before it was saved"
            )
    for cell in cells[number:]:
        early = sorted(cells[number - 1].takes & cell.gives)
        if early and _ran_later(cells[number - 1], cell):
            return tuple(early), (
                f"when it was saved, cell {cell.number}, below, had set `{early[0]}` already"
            )
    if any(cell.ran is None for cell in cells[:number]):
        return (), "not all cells above had run when it was saved"
    return (), "randomness without a seed, other data or other packages than when it was saved"


def _behind(cells: list[_Cell], number: int) -> Iterator[tuple[str, _Cell, _Cell]]:
    """(name, cell that gives it, cell that takes it) for all that cell `number` rests on."""
    pending, seen = [cells[number - 1]], {number}
    while pending:
        taker = pending.pop()
        for giver in cells[: taker.number - 1]:
            for name in sorted(giver.gives & taker.takes):
                yield name, giver, taker
                if giver.number not in seen:
                    seen.add(giver.number)
                    pending.append(giver)


def _ran_later(one: _Cell, other: _Cell) -> bool:
    return one.ran is not None and other.ran is not None and one.ran > other.ran


def _may_have_run_twice(cells: list[_Cell], cell: _Cell) -> bool:
    """Whether the kernel counted more executions up to this cell than there are cells."""
    ran = [each.ran for each in cells[: cell.number] if each.ran is not None]
    return cell.ran is not None and cell.ran > len(ran)


def _short(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
