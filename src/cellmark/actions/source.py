"""Source: the notebook that is packaged, given by its path or by one of its Runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from cellmark.core.run import Run
from cellmark.notebook import Notebook, read
from cellmark.store import Store, open_store
from cellmark.store.redaction import REDACTED
from cellmark_runtime.errors import CellmarkError

__all__ = ["Source", "find_source"]


class Source(NamedTuple):
    """`notebook` is what is run, with `parameters`; `shown` is the path that people know it by."""

    notebook: Notebook
    shown: Path
    parameters: Mapping[str, object]

    @property
    def folder(self) -> Path:
        """The folder that the notebook's own paths are relative to."""
        return self.shown.absolute().parent


def find_source(
    given: str, parameters: Mapping[str, object], scratch: Path, start: Path | None = None
) -> Source:
    """The notebook at the path `given`, or as the Run `given` ran it, with that Run's parameters.

    `parameters` overrule the Run's. A Run's notebook is unpacked into the folder `scratch`;
    its store is looked for at or above `start` (default: the current folder).
    """
    path = Path(given)
    if path.suffix == ".ipynb" or path.exists():
        return Source(read(path), path, parameters)
    store = open_store(start)
    run = store.run(given)
    shown = _shown_path(run, store)
    if run.notebook is None:
        raise CellmarkError(
            f"run {run.id}",
            "the notebook was not kept with it",
            fix=f"Package the notebook's file: cellmark package {shown}.",
        )
    content = json.loads(store.content(run.notebook))
    injected = _take_injected(content)
    _check_whole(run, content, injected)
    kept = scratch / shown.name
    kept.write_text(json.dumps(content), encoding="utf-8")
    return Source(read(kept), shown, {**injected, **parameters})


def _shown_path(run: Run, store: Store) -> Path:
    path = store.folder.parent / run.experiment
    if not path.parent.is_dir():
        raise CellmarkError(
            f"run {run.id}", f"the folder {path.parent} is gone", "the folder that its data is in"
        )
    return path


def _take_injected(content: dict[str, Any]) -> dict[str, object]:
    """Take papermill's own cell out of a notebook's JSON; the parameters that it gave."""
    content["cells"] = [
        cell
        for cell in content["cells"]
        if "injected-parameters" not in cell["metadata"].get("tags", ())
    ]
    given: dict[str, object] = content["metadata"].get("papermill", {}).get("parameters", {})
    return given


def _check_whole(run: Run, content: dict[str, Any], parameters: Mapping[str, object]) -> None:
    """Secrets are not kept in the store: code that held one is not the code that ran."""
    sources = ["".join(cell["source"]) for cell in content["cells"] if cell["cell_type"] == "code"]
    if any(REDACTED in text for text in [*sources, *map(str, parameters.values())]):
        raise CellmarkError(
            f"run {run.id}",
            "its code or parameters held a secret, which is not kept",
            "a Run that can be executed again as it was",
            f"Package the notebook's file: cellmark package {run.experiment}.",
        )
