"""Reading a notebook: cells with numbers, roles and headings; bad files in words."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest

from cellmark.core.tags import UnknownTag
from cellmark.notebook import read
from cellmark.notebook.files import BadNotebook, NoSuchNotebook


def code(source: str, *tags: str) -> Any:
    return nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)} if tags else {})


def markdown(source: str) -> Any:
    return nbformat.v4.new_markdown_cell(source)


def written(folder: Path, *cells: Any, **metadata: Any) -> Path:
    path = folder / "churn.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells), metadata=metadata), path)
    return path


def test_numbers_code_cells_alone(tmp_path: Path) -> None:
    path = written(
        tmp_path, markdown("# T"), code("a = 1"), markdown("text"), code("b", "data"), code("")
    )
    cells = read(path).cells
    assert [(cell.number, cell.source, cell.roles) for cell in cells] == [
        (1, "a = 1", ()),
        (2, "b", ("data",)),
        (3, "", ()),
    ]


def test_a_heading_is_that_of_the_markdown_right_above(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        markdown("intro\n\n## Read the data ##"),
        code("a", "data"),
        code("b"),
        markdown("no heading"),
        code("c"),
        markdown("#"),
        code("d"),
    )
    assert [cell.heading for cell in read(path).cells] == ["Read the data ##", None, None, None]


def test_title_and_purpose(tmp_path: Path) -> None:
    notebook = read(
        written(tmp_path, markdown("# Churn\n\nWho leaves\nnext month?"), code("a", "data"))
    )
    assert (notebook.title, notebook.purpose) == ("Churn", "Who leaves next month?")
    bare = read(written(tmp_path, code("a", "data")))
    assert (bare.title, bare.purpose) == ("churn", "")


def test_the_kernel_that_is_asked_for(tmp_path: Path) -> None:
    spec = {"name": "py312", "display_name": "Python 3.12", "language": "python"}
    assert read(written(tmp_path, code("a", "data"), kernelspec=spec)).kernel == "py312"
    assert read(written(tmp_path, code("a", "data"))).kernel == "python3"


def test_cells_by_role(tmp_path: Path) -> None:
    notebook = read(written(tmp_path, code("a", "train", "evaluate"), code("b", "model")))
    assert [cell.number for cell in notebook.tagged("train")] == [1, 2]
    assert [cell.number for cell in notebook.tagged("evaluate")] == [1]
    assert notebook.tagged("data") == ()


def test_an_unknown_tag_by_cell(tmp_path: Path) -> None:
    with pytest.raises(UnknownTag, match=r"cell 2: unknown tag 'trian'.*Did you mean 'train'\?"):
        read(written(tmp_path, code("a", "data"), code("b", "trian")))


def test_other_peoples_tags_pass(tmp_path: Path) -> None:
    notebook = read(written(tmp_path, code("a", "data", "hide-input", "slideshow")))
    assert notebook.cells[0].roles == ("data",)


def test_no_roles(tmp_path: Path) -> None:
    for cells in ([code("a"), code("b")], [code("a", "skip")], []):
        with pytest.raises(BadNotebook, match=r"no cell is tagged.*Tag at least one"):
            read(written(tmp_path, *cells))


def test_old_notebooks_without_cell_ids(tmp_path: Path) -> None:
    path = written(tmp_path, code("a", "data"))
    content = json.loads(path.read_text())
    del content["cells"][0]["id"]
    content["nbformat_minor"] = 4
    path.write_text(json.dumps(content))
    assert read(path).cells[0].id


BAD: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "not a notebook"),
    "python": (b"import pandas\n", "not a notebook"),
    "JSON": (b'{"a": 1}', "not a notebook"),
    "a JSON list": (b"[1, 2]", "not a notebook"),
    "a JSON number": (b"3", "not a notebook"),
    "cut off": (b'{"nbformat": 4, "cells": [', "not a notebook"),
    "binary": (b"\x89PNG\r\n\x1a\n\xff\xfe", "not a text file"),
    "cells of no kind": (
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"id": "a"}]}',
        "not a",
    ),
    "cells that are no list": (
        b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}',
        "not a",
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("content", "said"), BAD.values(), ids=BAD.keys())
def test_bad_files(content: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.ipynb"
    path.write_bytes(content)
    with pytest.raises(BadNotebook, match=said) as problem:
        read(path)
    assert problem.value.where.startswith(str(path))


def test_no_such_notebook(tmp_path: Path) -> None:
    written(tmp_path, code("a", "data"))
    with pytest.raises(NoSuchNotebook, match=r"no such notebook\. Did you mean 'churn\.ipynb'"):
        read(tmp_path / "chrun.ipynb")
    with pytest.raises(NoSuchNotebook, match=r"Notebooks there: churn\.ipynb"):
        read(tmp_path / "something quite different.txt")
    with pytest.raises(NoSuchNotebook, match="does not exist either"):
        read(tmp_path / "nowhere" / "churn.ipynb")


def test_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadNotebook, match="this is a folder"):
        read(tmp_path)
