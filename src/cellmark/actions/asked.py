"""Asked: which Run is to be reproduced, and with which notebook, parameters and conditions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat

from cellmark.capture.conditions import VARIABLES, conditions
from cellmark.core.run import Run
from cellmark.notebook.files import load
from cellmark.replay.comparison import Observed
from cellmark.replay.rerun import Setting
from cellmark.store import Store, open_store
from cellmark.store.location import experiment_of
from cellmark.store.marks import RERUN
from cellmark_runtime.errors import CellmarkError

from .run import store_for
from .source import find_source

__all__ = ["Asked", "asked", "observed"]

_NO_RERUN = f"not tag = '{RERUN}'"
# For what older Runs have not recorded; the hash seed is one that any Run can have.
_FIXED = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C.UTF-8", "OMP_NUM_THREADS": "1"}


class Asked(NamedTuple):
    """`run` is None for a notebook that has none: its own rerun is then the baseline.

    `as_run` is the setting that the Run had, as far as it can be had again; `target` what is
    asked for: the same but for the notebook's file, parameters or conditions of now. `own` says
    whether the Run's own cells and parameters are asked for.
    """

    path: Path
    store: Store
    run: Run | None
    as_run: Setting
    target: Setting
    own: bool


def asked(
    given: str,
    parameters: Mapping[str, object],
    scratch: Path,
    *,
    present: bool = False,
    network: bool = False,
    seed: int = 0,
) -> Asked:
    """Find out what `given`, a Run's reference or a notebook's path, asks for.

    A notebook's path asks for the newest Run of it that came to its end, and the cells as they
    are now. `present` leaves the conditions as they are here instead of the Run's.
    Raises: CellmarkError for what is not there or can't be run again.
    """
    path = Path(given)
    by_path = path.suffix == ".ipynb" or path.exists()
    if by_path:
        content, store = load(path), store_for(path)
        run = _newest(path, store)
    else:
        store = open_store()
        run = store.run(given if given.lower() != "latest" else _latest(store))
        path = store.folder.parent / run.experiment
        content = None
    own = _conditions(run)
    seed = int(((run and run.conditions) or {}).get("CELLMARK_SEED") or seed)
    notebook, kept = (content, {}) if run is None else _as_it_ran(run, path, scratch)
    as_run = Setting(notebook, kept, own, seed, network=network)
    target = Setting(
        notebook=notebook if content is None else content,
        parameters={**kept, **parameters},
        conditions=_here() if present else own,
        seed=seed,
        network=network,
    )
    return Asked(path, store, run, as_run, target, own=not by_path and not parameters)


def observed(store: Store, run: Run) -> Observed:
    """A Run with what it showed."""
    notebook = None
    if run.notebook is not None:
        notebook = nbformat.reads(store.content(run.notebook).decode(), as_version=4)
    return Observed(run, notebook, store.content)


def _newest(path: Path, store: Store) -> Run | None:
    """The newest Run of a notebook; a rerun would be held against itself."""
    experiment = experiment_of(path, store.folder)
    found = store.runs(experiment, where=f"status = 'ok' and {_NO_RERUN}", limit=1)
    return found[0] if found else None


def _latest(store: Store) -> str:
    found = store.runs(where=_NO_RERUN, limit=1)
    return found[0].id if found else "latest"


def _conditions(run: Run | None) -> dict[str, str]:
    """The Run's own conditions; a hash seed that was left to chance is 0."""
    recorded = run.conditions if run and run.conditions else _FIXED
    found = {name: recorded.get(name, "") for name in VARIABLES if name != "CELLMARK_SEED"}
    found["PYTHONHASHSEED"] = found["PYTHONHASHSEED"].replace("random", "") or "0"
    if run is not None:
        found["SOURCE_DATE_EPOCH"] = found["SOURCE_DATE_EPOCH"] or str(int(run.started))
    return found


def _here() -> dict[str, str]:
    now = conditions()
    return {name: now[name] for name in VARIABLES if name != "CELLMARK_SEED"}


def _as_it_ran(run: Run, path: Path, scratch: Path) -> tuple[Any, Mapping[str, object]]:
    """The notebook that the Run executed, and the parameters that it was given."""
    if run.notebook is not None:
        source = find_source(run.id, {}, scratch, start=path.parent)
        return load(source.notebook.path), source.parameters
    if not path.is_file():
        raise CellmarkError(
            f"run {run.id}",
            f"its notebook was not kept with it, and {path} is gone",
            "a Run of `cellmark run`, or the notebook's file",
        )
    return _with_cells_of(run, load(path)), {}


def _with_cells_of(run: Run, notebook: Any) -> Any:
    """A notebook's file with the code of those cells that the Run recorded, as it ran then."""
    code = {cell.cell_id: cell.source for cell in run.cells if not cell.injected}
    changed = nbformat.from_dict(json.loads(json.dumps(notebook)))
    for cell in changed.cells:
        if cell.cell_type == "code":
            cell.source = code.get(cell.id, cell.source)
    return changed
