"""Code cells as they stand in the file, read in milliseconds: no nbformat, no demand for roles."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from .text import BadNotebook, json_of, text_of

__all__ = ["PlainCell", "PlainNotebook", "first_lines", "plain_of", "read_plain"]

_OLDEST = 3
_WITH_CELLS = 4


class PlainCell(msgspec.Struct, frozen=True, kw_only=True):
    """A code cell. `number` counts code cells from 1; `id` is null in files that have none.

    `ran` is the kernel's count when it ran, null if it did not; `raised` the name of the error
    that its saved outputs end with, "" without one.
    """

    number: int
    id: str | None
    source: str
    tags: tuple[str, ...]
    ran: int | None
    raised: str


class PlainNotebook(msgspec.Struct, frozen=True, kw_only=True):
    """`language` is that of the kernel, in small letters; `text` the whole file."""

    path: Path
    language: str
    cells: tuple[PlainCell, ...]
    text: str


def read_plain(path: Path) -> PlainNotebook:
    """Read the code cells of the notebook at `path`, formats 3 and 4.

    Raises: NoSuchNotebook; BadNotebook for what is no notebook.
    """
    text = text_of(path)
    return plain_of(path, json_of(path, text), text)


def plain_of(path: Path, raw: dict[str, Any], text: str = "") -> PlainNotebook:
    """The code cells of a notebook that was read already, or that a front end has.

    Raises: BadNotebook for what is no notebook.
    """
    version = raw.get("nbformat")
    if not isinstance(version, int) or version < _OLDEST:
        raise BadNotebook(
            str(path),
            f"a notebook of format {version}",
            "format 3 or 4",
            "Open it in Jupyter and save it again.",
        )
    cells = [cell for cell in _cells(path, raw, version) if cell.get("cell_type") == "code"]
    return PlainNotebook(
        path=path,
        language=_language(raw, cells),
        cells=tuple(_plain(path, number, cell) for number, cell in enumerate(cells, start=1)),
        text=text,
    )


def first_lines(notebook: PlainNotebook) -> list[int]:
    """For each cell the line of the file (from 1) where its first line of source stands.

    1 for a cell whose source is not written one line a line, as Jupyter writes it.
    """
    lines = [line.strip().removesuffix(",") for line in notebook.text.split("\n")]
    found, at = [], 0
    for cell in notebook.cells:
        start = next(_runs(lines, cell.source.splitlines(keepends=True), at), None)
        found.append(1 if start is None else start + 1)
        at = at if start is None else start + 1
    return found


def _runs(lines: Sequence[str], source: Sequence[str], at: int) -> Iterator[int]:
    """Where the JSON lines of `source` stand one below the other."""
    for escaped in (True, False):
        wanted = [json.dumps(line, ensure_ascii=escaped) for line in source]
        if not wanted:
            return
        for start in range(at, len(lines) - len(wanted) + 1):
            if lines[start] == wanted[0] and lines[start : start + len(wanted)] == wanted:
                yield start


def _cells(path: Path, raw: dict[str, Any], version: int) -> list[dict[str, Any]]:
    sheets = [raw] if version >= _WITH_CELLS else raw.get("worksheets", [])
    parts = [sheet.get("cells", []) for sheet in sheets if isinstance(sheet, dict)]
    cells = [cell for part in parts if isinstance(part, list) for cell in part]
    lists = all(isinstance(part, list) for part in parts)
    if not lists or not all(isinstance(cell, dict) for cell in cells):
        raise BadNotebook(str(path), "not a valid notebook: 'cells' is no list of cells")
    return cells


def _plain(path: Path, number: int, cell: dict[str, Any]) -> PlainCell:
    source = cell.get("source", cell.get("input", ""))
    try:
        return msgspec.convert(
            {
                "number": number,
                "id": cell.get("id"),
                "source": source if isinstance(source, str) else "".join(source),
                "tags": cell.get("metadata", {}).get("tags", ()),
                "ran": cell.get("execution_count", cell.get("prompt_number")),
                "raised": _raised(cell.get("outputs", ())),
            },
            PlainCell,
        )
    except (msgspec.ValidationError, AttributeError, TypeError) as fault:
        raise BadNotebook(f"{path}, cell {number}", f"not a valid cell: {fault}") from None


def _raised(outputs: Sequence[dict[str, Any]]) -> str:
    errors = [each for each in outputs if each.get("output_type") in ("error", "pyerr")]
    return str(errors[-1].get("ename", "error")) if errors else ""


def _language(raw: dict[str, Any], cells: Sequence[dict[str, Any]]) -> str:
    metadata = raw.get("metadata")
    metadata = metadata if isinstance(metadata, dict) else {}
    places = [
        (metadata.get("kernelspec"), "language"),
        (metadata.get("language_info"), "name"),
        (next(iter(cells), None), "language"),
    ]
    named = [place[key] for place, key in places if isinstance(place, dict) and place.get(key)]
    return str(named[0]).lower() if named else "python"
