"""Notebooks written down as text, and what the rules find in them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from packaging.version import Version

from cellmark.core.finding import Finding
from cellmark.notebook.plain import read_plain
from cellmark.rules.code import code_of
from cellmark.rules.look import look

_CELL = re.compile(r"^# %%(?P<tags>[^\n\[]*)(?:\[(?P<ran>\d+)\])?\n", re.MULTILINE)
Find = Callable[..., list[Finding]]


def cells_of(text: str) -> list[dict[str, Any]]:
    """Cells from text: `# %% train [3]` begins one tagged `train` that ran as [3]."""
    text = text if text.startswith("# %%") else f"# %%\n{text}"
    parts = _CELL.split(text)[1:]
    return [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {"tags": tags.split()},
            "execution_count": int(ran) if ran else None,
            "source": source.removesuffix("\n").splitlines(keepends=True),
            "outputs": [],
        }
        for number, (tags, ran, source) in enumerate(
            zip(parts[::3], parts[1::3], parts[2::3], strict=True), start=1
        )
    ]


def notebook_of(text: str) -> dict[str, Any]:
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells_of(text)}


@pytest.fixture
def find(tmp_path: Path) -> Find:
    """The findings of one rule, or of all, in a notebook given as text."""

    def found(text: str, rule: str = "", **versions: str) -> list[Finding]:
        path = tmp_path / "given.ipynb"
        path.write_text(json.dumps(notebook_of(text), indent=1), encoding="utf-8")
        code = code_of(read_plain(path), "given.ipynb")
        known = {name.replace("_", "-"): Version(each) for name, each in versions.items()}
        return [each for each in look(code, known) if each.rule.startswith(rule)]

    return found
