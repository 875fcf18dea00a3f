"""Which notebook this kernel belongs to, and where its store is."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellmark.store.location import experiment_of, find_folder
from cellmark.store.spool import Spool, new_id

__all__ = ["Place", "place_of"]


@dataclass(frozen=True)
class Place:
    """`experiment` is the notebook's path from the project's folder, `home` its own folder."""

    experiment: str
    notebook: Path
    spool: Spool

    @property
    def home(self) -> Path:
        return self.notebook.parent


def place_of(
    namespace: Mapping[str, Any], environment: MutableMapping[str, str] = os.environ
) -> Place:
    """Read the place from what a replay, the Jupyter server or the editor says of the notebook.

    The replay's own variables are taken out: a kernel that the user's code starts is another one.
    """
    told = environment.pop("CELLMARK_NOTEBOOK", None)
    session = environment.pop("CELLMARK_SESSION", None)
    # VS Code puts the path into the namespace.
    name = told or environment.get("JPY_SESSION_NAME") or namespace.get("__vsc_ipynb_file__")
    notebook = Path(str(name or "unnamed.ipynb"))
    if not notebook.is_absolute():
        # The Jupyter server names it from its own root; the kernel's folder is the notebook's.
        notebook = Path.cwd() / notebook.name
    folder = find_folder(notebook.parent)
    environment.pop("CELLMARK_FOLDER", None)
    spool = Spool(folder, session or new_id())
    return Place(experiment_of(notebook, folder), notebook, spool)
