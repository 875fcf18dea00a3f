"""A notebook file as text and as JSON; what is wrong with one, in words."""

from __future__ import annotations

import difflib
import json
from pathlib import Path
from typing import Any

from cellmark_runtime.errors import CellmarkError

__all__ = ["BadNotebook", "NoSuchNotebook", "json_of", "text_of"]


class NoSuchNotebook(CellmarkError):
    """There is no such file."""


class BadNotebook(CellmarkError):
    """The file is no notebook, or none that Cellmark can do anything with."""


def text_of(path: Path) -> str:
    """The file's text. Raises: NoSuchNotebook; BadNotebook for a folder or a binary file."""
    if path.is_dir():
        raise BadNotebook(str(path), "this is a folder", "a notebook (.ipynb)")
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise NoSuchNotebook(str(path), "no such notebook", fix=_near(path)) from None
    except UnicodeDecodeError:
        raise BadNotebook(str(path), "not a text file", "a notebook (.ipynb)") from None


def json_of(path: Path, text: str) -> dict[str, Any]:
    """The JSON object that `text`, the content of `path`, is. Raises: BadNotebook."""
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as fault:
        raise BadNotebook(
            f"{path}, line {fault.lineno}", f"not a notebook: {fault.msg}", "JSON"
        ) from None
    except RecursionError:
        raise BadNotebook(str(path), "not a notebook: nested too deeply", "JSON") from None
    if not isinstance(raw, dict) or "nbformat" not in raw:
        raise BadNotebook(str(path), "not a notebook: it is JSON without 'nbformat'", "an .ipynb")
    return raw


def _near(path: Path) -> str:
    if not path.parent.is_dir():
        return f"The folder {str(path.parent)!r} does not exist either."
    there = sorted(file.name for file in path.parent.glob("*.ipynb"))
    near = difflib.get_close_matches(path.name, there, n=3, cutoff=0.5)
    if near:
        return f"Did you mean {' or '.join(map(repr, near))}?"
    return f"Notebooks there: {', '.join(there[:8])}." if there else "No notebook is there."
