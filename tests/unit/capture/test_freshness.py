"""A Run says when its inputs had changed, and when cells ran out of order."""

from __future__ import annotations

import nbformat
import pytest

CELLS = {
    "parameters": "C = 1",
    "data": "rows = [C] * 3",
    "preprocess": "total = sum(rows)",
    "train": "model = total * 2",
    "evaluate": "error = model - C",
}
CHANGED = "C = 2"


def run(notebook, *roles, **instead):
    """Run the cells of these roles, each known by its role."""
    for role in roles:
        notebook.run(instead.get(role, CELLS[role]), role, cell_id=role)


def stale(record):
    return [(one["name"], one.get("was"), one.get("now")) for one in record["stale"]]


def test_cells_run_in_turn_are_fresh(notebook):
    run(notebook, *CELLS)
    begun = next(record for record in notebook.records if record["begins"])
    assert (begun["stale"], notebook.last["stale"]) == ([], [])


def test_a_parameter_that_changed_after_the_data_were_built(notebook):
    run(notebook, "parameters", "data", "preprocess")
    run(notebook, "parameters", "train", parameters=CHANGED)
    assert stale(notebook.last) == [("C", 1, 2)]
    [one] = notebook.last["stale"]
    ids = {record["roles"][0]: record["id"] for record in notebook.records}
    assert (one["used_by"], one["changed_by"]) == (ids["data"], ids["parameters"])


@pytest.mark.parametrize(
    "between",
    [
        pytest.param(lambda n: run(n, "parameters"), id="run again, the same value"),
        pytest.param(
            lambda n: run(n, "parameters", "data", "preprocess", parameters=CHANGED),
            id="all that follows was run again",
        ),
        pytest.param(
            lambda n: n.run("C = 5", "preprocess", cell_id="further"),
            id="another cell gave the next value",
        ),
        pytest.param(lambda n: n.run("D = 5", cell_id="free"), id="another name"),
    ],
)
def test_what_is_no_stale_input(notebook, between):
    run(notebook, "parameters", "data", "preprocess")
    between(notebook)
    run(notebook, "train")
    assert notebook.last["stale"] == []


def test_data_that_changed_between_training_and_evaluation(notebook):
    run(notebook, "parameters", "data", "preprocess", "train", "evaluate")
    assert notebook.last["stale"] == []
    run(notebook, "parameters", "evaluate", parameters=CHANGED)
    assert stale(notebook.last) == [("C", 1, 2)]


def test_a_secret_that_changed_is_not_told(notebook):
    run(notebook, "parameters", parameters="api_key = 'one'")
    run(notebook, "data", data="rows = [api_key]")
    run(notebook, "parameters", "train", parameters="api_key = 'two'", train="model = rows")
    assert stale(notebook.last) == [("api_key", None, None)]
    assert "'one'" not in notebook.spool.path.read_text()


@pytest.fixture
def saved(notebook, tmp_path):
    """The notebook as its file has it, whose cells a kernel knows by their ids alone."""
    cells = [nbformat.v4.new_code_cell(source, id=role) for role, source in CELLS.items()]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / "model.ipynb")
    notebook.numbered = False
    return notebook


def test_the_order_is_that_of_the_file(saved):
    run(saved, "parameters", "data", "preprocess", "train")
    assert saved.last["out_of_order"] is False
    run(saved, "parameters", "train")
    assert saved.last["out_of_order"] is True


def test_the_order_of_cells_that_no_file_has_is_not_known(saved, tmp_path):
    (tmp_path / "model.ipynb").write_text("no notebook")
    run(saved, "parameters", "train")
    assert saved.last["out_of_order"] is None


def test_numbers_of_a_replay_are_places(notebook):
    run(notebook, "parameters", "data", "train")
    assert notebook.last["out_of_order"] is False
