"""Read a notebook file into code cells with numbers, roles and the headings above them."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

import msgspec
import nbformat

from cellmark.core.tags import roles_of, unknown_tag
from cellmark_runtime.errors import CellmarkError

__all__ = ["Cell", "Notebook", "NotebookError", "read"]


class NotebookError(CellmarkError):
    """A notebook that can't be read, or that no role has been given in."""


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell. `number` counts code cells from 1; `heading` is the markdown heading above."""

    number: int
    id: str
    source: str
    roles: tuple[str, ...]
    heading: str | None = None


class Notebook(msgspec.Struct, frozen=True, kw_only=True):
    """`title` and `purpose` come from the first markdown cell: its heading, its first paragraph."""

    path: Path
    title: str
    purpose: str
    kernel: str
    cells: tuple[Cell, ...]

    def tagged(self, role: str) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if role in cell.roles)


def read(path: Path) -> Notebook:
    """Read and check the notebook at `path`.

    Raises:
        NotebookError: no such file, not a notebook, or no cell with a role.
        UnknownTag: a tag that is nearly a role.
    """
    content = _parse(path)
    cells = tuple(_code_cells(content.cells))
    for cell, raw in zip(cells, _code(content.cells), strict=True):
        for tag in raw.metadata.get("tags", []):
            if complaint := unknown_tag(tag, cell.number):
                raise complaint
    if not any(cell.roles for cell in cells):
        raise NotebookError(
            str(path),
            f"none of its {len(cells)} code cells has a role",
            "cells tagged parameters, data, preprocess, train or evaluate",
            "Tag them in JupyterLab: right-click a cell, Cellmark role.",
        )
    title, purpose = _headline(content.cells, path)
    return Notebook(
        path=path,
        title=title,
        purpose=purpose,
        kernel=content.metadata.get("kernelspec", {}).get("name", "python3"),
        cells=cells,
    )


def _parse(path: Path) -> Any:
    if path.is_dir():
        raise NotebookError(str(path), "this is a folder", "a notebook (.ipynb)")
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotebookError(str(path), "no such notebook", fix=_nearby(path)) from None
    except UnicodeDecodeError:
        raise NotebookError(str(path), "not a text file", "a notebook (.ipynb)") from None
    try:
        content = nbformat.reads(text, as_version=4)
        nbformat.validate(content)
    except nbformat.validator.NotebookValidationError as problem:
        reason = str(problem).splitlines()[0]
        raise NotebookError(str(path), f"not a valid notebook ({reason})", "nbformat 4") from None
    except (
        json.JSONDecodeError,
        nbformat.reader.NotJSONError,
        AttributeError,
        KeyError,
        TypeError,
    ):
        raise NotebookError(
            str(path), "not a notebook: its content is no notebook JSON", "a notebook (.ipynb)"
        ) from None
    return content


def _nearby(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {path.parent} does not exist either."
    there = sorted(found.name for found in path.parent.glob("*.ipynb"))
    near = difflib.get_close_matches(path.name, there, n=1)
    if near:
        return f"Did you mean {path.parent / near[0]}?"
    return f"Notebooks there: {', '.join(there)}." if there else ""


def _code(cells: list[Any]) -> list[Any]:
    return [cell for cell in cells if cell.cell_type == "code"]


def _code_cells(cells: list[Any]) -> list[Cell]:
    found: list[Cell] = []
    heading: str | None = None
    for cell in cells:
        if cell.cell_type != "code":
            heading = _heading(cell.source)
            continue
        number = len(found) + 1
        found.append(
            Cell(
                number=number,
                id=cell.get("id") or f"cell-{number}",
                source=cell.source,
                roles=roles_of(cell.metadata.get("tags", [])),
                heading=heading,
            )
        )
        heading = None
    return found


def _heading(source: str) -> str | None:
    for line in source.splitlines():
        if line.startswith("#"):
            return line.lstrip("#").strip() or None
    return None


def _headline(cells: list[Any], path: Path) -> tuple[str, str]:
    first = next((cell.source for cell in cells if cell.cell_type == "markdown"), "")
    blocks = [block.strip() for block in first.split("\n\n") if block.strip()]
    title = _heading(first) or path.stem
    purpose = next((" ".join(block.split()) for block in blocks if not block.startswith("#")), "")
    return title, purpose
