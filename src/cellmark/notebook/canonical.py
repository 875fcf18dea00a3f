"""A notebook's text and digest without what changes each time it is run."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from itertools import groupby
from typing import Any

import nbformat

from .cells import Notebook

__all__ = ["executed_text", "source_digest"]

_ADDRESS = re.compile(r"\b0x[0-9A-Fa-f]{6,16}\b")
_OF_A_RUN = ("papermill", "execution", "cellmark")


def executed_text(executed: Any) -> str:
    """The executed notebook as JSON text: sources, tags and outputs; no times, no run's metadata.

    Memory addresses, which estimators show of their random states, are made 0x0, and text that
    came in pieces is joined: how it was cut up is a matter of timing.
    """
    notebook = nbformat.from_dict(json.loads(json.dumps(executed)))
    for key in _OF_A_RUN:
        notebook.metadata.pop(key, None)
        for cell in notebook.cells:
            cell.metadata.pop(key, None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    text: str = _ADDRESS.sub("0x0", nbformat.writes(notebook))
    return text if text.endswith("\n") else f"{text}\n"


def _joined(outputs: Iterable[Any]) -> list[Any]:
    """Outputs with neighbouring texts joined, one stdout and one stderr where both are mixed."""
    joined: list[Any] = []
    for is_text, group in groupby(outputs, key=lambda output: output.output_type == "stream"):
        if not is_text:
            joined += group
            continue
        texts: dict[str, str] = {}
        for output in group:
            texts[output.name] = texts.get(output.name, "") + output.text
        joined += [
            nbformat.v4.new_output("stream", name=name, text=texts[name])
            for name in sorted(texts, reverse=True)
        ]
    return joined


def source_digest(notebook: Notebook) -> str:
    """SHA-256 (hex) of the code cells' sources and roles, in order."""
    content = [[cell.source, list(cell.roles)] for cell in notebook.cells]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()
