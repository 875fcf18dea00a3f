"""A notebook that shows what its cells, run in order, do not give: which cell, and why."""

from __future__ import annotations

from typing import Any

import nbformat
import pytest

from cellmark.actions.hidden_state import hidden_state, where_set

Cell = tuple[str, int | None, str]


def notebook(*cells: Cell) -> Any:
    """Code cells as (source, execution count, what they print)."""
    made = []
    for number, (source, ran, shows) in enumerate(cells):
        outputs = [nbformat.v4.new_output("stream", name="stdout", text=shows)] if shows else []
        cell = nbformat.v4.new_code_cell(source, outputs=outputs, execution_count=ran)
        cell.id = f"cell-{number}"
        made.append(cell)
    return nbformat.v4.new_notebook(cells=made)


CASES: dict[str, tuple[list[Cell], tuple[str, ...], str]] = {
    "a cell above was changed and run again": (
        [("t = 0.3", 4, ""), ("p = t * 2", 2, ""), ("print(p)", 3, "1.0")],
        ("t",),
        "cell 1 set `t` after cell 2 had read it",
    ),
    "a cell was run twice": (
        [("n = 1", 1, ""), ("n += 1", 3, ""), ("print(n)", 4, "3")],
        ("n",),
        "cell 2 changes `n`, and may have run more than once",
    ),
    "a cell below had run": (
        [("k = 1", 1, ""), ("print(k)", 3, "5"), ("k = 5", 2, "")],
        ("k",),
        "cell 3, below, had set `k` already",
    ),
    "a cell above had not run": (
        [("k = 1", None, ""), ("print(k)", 1, "5")],
        (),
        "not all cells above had run",
    ),
    "everything in order": (
        [("k = draw()", 1, ""), ("print(k)", 2, "5")],
        (),
        "randomness without a seed",
    ),
}


@pytest.mark.parametrize(("cells", "variables", "why"), CASES.values(), ids=CASES.keys())
def test_the_cell_and_the_variable_are_named(
    cells: list[Cell], variables: tuple[str, ...], why: str
) -> None:
    saved = notebook(*cells)
    clean = notebook(*((source, 1, shows and "clean") for source, _, shows in cells))
    (found,) = hidden_state(saved, clean)
    showing = next(number for number, cell in enumerate(cells, start=1) if cell[2])
    assert (found.cell, found.variables, found.now) == (showing, variables, "clean")
    assert why in found.why


def test_the_same_outputs_and_cells_without_any_are_passed_over() -> None:
    saved = notebook(("a = 1", 9, ""), ("print(a)", 3, "1"), ("%%skip me", 4, "x"))
    saved.cells[2].metadata["tags"] = ["skip"]
    clean = notebook(("a = 1", 1, "loud"), ("print(a)", 2, "1"), ("%%skip me", None, ""))
    assert hidden_state(saved, clean) == ()


def test_a_missing_name_is_traced_to_where_it_is_set() -> None:
    cells = notebook(("print(k)", 1, ""), ("k = 1", 2, ""))
    assert "cell 2" in where_set("NameError: name 'k' is not defined", 1, cells)
    assert "deleted" in where_set("NameError: name 'q' is not defined", 1, cells)
    assert where_set("ValueError: k", 1, cells) == ""
