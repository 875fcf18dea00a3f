"""One text for an executed notebook, however and whenever it was run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cellmark.notebook import read
from cellmark.notebook.canonical import executed_text, source_digest


def executed(**changes: Any) -> Any:
    """An executed notebook as two runs of it may differ."""
    given = {"address": "0x7f00aa11", "seconds": 1.5, "pieces": ["a\n", "b\n"]} | changes
    outputs = [
        nbformat.v4.new_output("stream", name="stdout", text=text) for text in given["pieces"]
    ]
    outputs.append(
        nbformat.v4.new_output(
            "execute_result", {"text/plain": f"Forest(RandomState at {given['address']})"}
        )
    )
    cell = nbformat.v4.new_code_cell("fit()", outputs=outputs, execution_count=1, id="one")
    cell.metadata |= {
        "tags": ["train"],
        "papermill": {"duration": given["seconds"]},
        "execution": {"iopub.status.busy": str(given["seconds"])},
    }
    return nbformat.v4.new_notebook(
        cells=[cell], metadata={"papermill": {"duration": given["seconds"]}}
    )


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"address": "0x7fffffff1234"},
        {"seconds": 99.0},
        {"pieces": ["a\nb\n"]},
    ],
    ids=["nothing", "addresses", "times", "pieces of text"],
)
def test_is_the_same_for_each_run(changes: dict[str, Any]) -> None:
    assert executed_text(executed(**changes)) == executed_text(executed())


def test_differs_with_what_was_printed() -> None:
    assert executed_text(executed(pieces=["c\n"])) != executed_text(executed())


def test_is_a_notebook_with_tags_and_outputs_and_leaves_its_source_alone() -> None:
    given = executed()
    before = json.dumps(given)
    text = executed_text(given)
    content = nbformat.reads(text, as_version=4)
    assert content.cells[0].metadata == {"tags": ["train"]}
    assert content.cells[0].outputs[0].text == "a\nb\n"
    assert text.endswith("\n")
    assert json.dumps(given) == before


def notebook(folder: Path, *cells: Any) -> Any:
    path = folder / "n.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells)), path)
    return read(path)


def cell(source: str, *tags: str) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})


def test_the_digest_is_of_sources_and_roles(tmp_path: Path) -> None:
    first = source_digest(notebook(tmp_path, cell("a", "data"), cell("b")))
    text = nbformat.v4.new_markdown_cell("text")
    assert source_digest(notebook(tmp_path, text, cell("a", "data"), cell("b", "mine"))) == first
    others = [
        notebook(tmp_path, cell("a", "data"), cell("c")),
        notebook(tmp_path, cell("a", "data"), cell("b", "train")),
        notebook(tmp_path, cell("b"), cell("a", "data")),
    ]
    assert first not in {source_digest(each) for each in others}
