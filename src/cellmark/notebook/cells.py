"""Read a notebook file into code cells with numbers, roles and the headings above them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec

from cellmark.core.choices import METADATA, Choices, choices_of
from cellmark.core.tags import roles_of

from .files import load

__all__ = ["Cell", "Notebook", "read"]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell. `number` counts code cells from 1; `heading` is the markdown heading above."""

    number: int
    id: str
    source: str
    roles: tuple[str, ...]
    heading: str | None = None


class Notebook(msgspec.Struct, frozen=True, kw_only=True):
    """`title` and `purpose` come from the first markdown cell: its heading, its first paragraph.

    `choices` are those of the notebook's metadata.
    """

    path: Path
    title: str
    purpose: str
    kernel: str
    cells: tuple[Cell, ...]
    choices: Choices = Choices()

    def tagged(self, role: str) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if role in cell.roles)


def read(path: Path) -> Notebook:
    """Read and check the notebook at `path`; raises what `load` raises."""
    content = load(path)
    cells = tuple(_code_cells(content.cells))
    title, purpose = _headline(content.cells, path)
    return Notebook(
        path=path,
        title=title,
        purpose=purpose,
        kernel=content.metadata.get("kernelspec", {}).get("name", "python3"),
        cells=cells,
        choices=choices_of(content.metadata.get(METADATA, {}), f"{path}, metadata {METADATA!r}"),
    )


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
