"""Kept: what a rerun with `--cached` asks of the store's checkpoints, and what it adds to them."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import msgspec
import nbformat

from cellmark.core.checkpoint import CellReuse, Checkpoint
from cellmark.store.checkpoints import find_checkpoint, keep_checkpoint, tidy
from cellmark.store.location import absolute
from cellmark.store.redaction import redact, secret_values

__all__ = ["Kept"]


class Kept:
    """One rerun's. The kernel looks checkpoints up and makes new ones; what cells showed is added
    here, where it is known, and only then are they signed.
    """

    def __init__(self, scratch: Path, store: Path) -> None:
        self._store = absolute(store)
        self._pending = scratch / "checkpoints"
        self._told = scratch / "cells.jsonl"
        self._pending.mkdir()

    def wanted(self, setting: str) -> dict[str, str]:
        """What the kernel is told; `setting` is what its results come of beside its cells."""
        places = {"store": self._store, "pending": self._pending, "told": self._told}
        return {"setting": setting, **{name: str(place) for name, place in places.items()}}

    def mend(self, executed: Any) -> None:
        """Give cells that were left out the outputs that they had, and keep new checkpoints."""
        cells = _numbered(executed)
        for told in self._lines():
            cell = cells.get(told["cell"])
            if cell is not None and told["reused"]:
                found = find_checkpoint(self._store, told["key"])
                # Another rerun may have made room meanwhile: without its outputs the notebook
                # differs from the Run's, and is then run in full.
                if found is None:
                    continue
                outputs = msgspec.json.decode(found, type=Checkpoint).outputs
                cell.outputs = [nbformat.from_dict(output) for output in outputs]
            elif cell is not None:
                self._keep(told["key"], cell)
        # Another user's store, or a full disk: the next time the cells are run again.
        with contextlib.suppress(OSError):
            tidy(self._store)

    def cells(self) -> tuple[CellReuse, ...]:
        """What became of each cell that could have been left out."""
        return tuple(msgspec.convert(told, CellReuse) for told in self._lines())

    def _keep(self, key: str, cell: Any) -> None:
        file = self._pending / f"{key}.json"
        if not file.is_file():
            return
        made = msgspec.json.decode(file.read_bytes(), type=Checkpoint)
        outputs = json.loads(json.dumps(redact(cell.outputs, secret_values())))
        whole = msgspec.structs.replace(made, outputs=outputs)
        with contextlib.suppress(OSError):
            keep_checkpoint(self._store, key, msgspec.json.encode(whole))

    def _lines(self) -> list[dict[str, Any]]:
        if not self._told.is_file():
            return []
        return [json.loads(line) for line in self._told.read_text("utf-8").splitlines()]


def _numbered(executed: Any) -> dict[int, Any]:
    own = [
        cell
        for cell in executed.cells
        if cell.cell_type == "code" and "injected-parameters" not in cell.metadata.get("tags", ())
    ]
    return dict(enumerate(own, start=1))
