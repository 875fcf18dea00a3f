"""The front end's settings: shortcuts beside JupyterLab's own, and the commands that they name."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

_LABEXTENSION = Path(__file__).parents[3] / "labextension"
_OWN = sorted((_LABEXTENSION / "schema").glob("*.json"))
_JUPYTERLAB = Path(sys.prefix) / "share/jupyter/lab/schemas"


def _shortcuts(files: list[Path]) -> Iterator[dict[str, Any]]:
    for file in files:
        yield from json.loads(file.read_text()).get("jupyter.lab.shortcuts", [])


def _place(shortcut: dict[str, Any]) -> tuple[tuple[str, ...], str]:
    return tuple(shortcut["keys"]), shortcut["selector"]


def _commands(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if str(value.get("command", "")).startswith("cellmark:"):
            yield value["command"]
        for item in value.values():
            yield from _commands(item)
    elif isinstance(value, list):
        for item in value:
            yield from _commands(item)


def test_shortcuts_are_nobody_elses() -> None:
    theirs = list(_shortcuts(sorted(_JUPYTERLAB.rglob("*.json"))))
    assert len(theirs) > 100, "JupyterLab's schemas lie elsewhere"
    own = [_place(shortcut) for shortcut in _shortcuts(_OWN)]
    assert len(set(own)) == len(own)
    assert not set(own) & {_place(shortcut) for shortcut in theirs if shortcut.get("keys")}


def test_no_shortcut_hides_behind_a_shorter_one() -> None:
    # In command mode a key that begins one of ours must not already do something by itself.
    theirs = {
        _place(shortcut)
        for shortcut in _shortcuts(sorted(_JUPYTERLAB.rglob("*.json")))
        if shortcut.get("keys")
    }
    firsts = {(keys[:1], selector) for keys, selector in map(_place, _shortcuts(_OWN))}
    assert not firsts & theirs


@pytest.mark.parametrize("file", _OWN, ids=lambda file: file.stem)
def test_named_commands_exist(file: Path) -> None:
    sources = "\n".join(each.read_text() for each in (_LABEXTENSION / "src").rglob("*.ts"))
    known = set(re.findall(r"'(cellmark:[a-z-]+)'", sources))
    assert set(_commands(json.loads(file.read_text()))) <= known
