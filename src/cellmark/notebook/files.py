"""A notebook file as nbformat's own node: read, validated, in the present format."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat

from cellmark.core.tags import ROLES, roles_of, unknown_tag

from .text import BadNotebook, NoSuchNotebook, json_of, text_of

__all__ = ["BadNotebook", "NoSuchNotebook", "load"]

_WITH_IDS = 5


def load(path: Path) -> Any:
    """The notebook at `path` as a NotebookNode (format 4.5 or later: every cell has an id).

    Raises: NoSuchNotebook; BadNotebook, also where no cell has a role; UnknownTag for a tag that
    is nearly a role.
    """
    notebook = _parsed(path, text_of(path))
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    _check_tags(path, [cell.metadata.get("tags", ()) for cell in code])
    return notebook


def _parsed(path: Path, text: str) -> Any:
    raw = json_of(path, text)
    try:
        notebook = _current(text, raw)
        nbformat.validate(notebook)
    except (nbformat.ValidationError, ValueError, KeyError, AttributeError, TypeError) as fault:
        first = str(fault).splitlines()[0] if str(fault) else type(fault).__name__
        raise BadNotebook(str(path), f"not a valid notebook: {first}") from None
    return notebook


def _current(text: str, raw: dict[str, Any]) -> Any:
    """The notebook in format 4.5, where cells have ids; older ones are brought there."""
    if raw["nbformat"] != nbformat.v4.nbformat:
        return nbformat.v4.upgrade(nbformat.reads(text, as_version=4))
    notebook = nbformat.v4.reads(text)
    if raw.get("nbformat_minor", 0) < _WITH_IDS:
        notebook = nbformat.v4.upgrade(notebook)
    return notebook


def _check_tags(path: Path, cells: list[Iterable[str]]) -> None:
    for number, tags in enumerate(cells, start=1):
        for tag in tags:
            if complaint := unknown_tag(tag, number):
                raise complaint
    if not any(set(roles_of(tags)) - {"skip"} for tags in cells):
        raise BadNotebook(
            str(path),
            "no cell is tagged",
            f"cells tagged {', '.join(ROLES)}",
            "Tag at least one cell `train` (JupyterLab: right-click it, Cellmark Role).",
        )
