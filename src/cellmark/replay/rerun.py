"""Rerun: a notebook executed under stated conditions in a copy of its project."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import nbformat

from cellmark.core.checkpoint import CellReuse
from cellmark.core.step import Step
from cellmark.store.location import absolute

from .execute import execute
from .execution import Execution
from .kept import Kept
from .project import mirror_project
from .session import Progress, quiet

__all__ = ["Rerun", "Setting", "rerun"]


@dataclass(frozen=True)
class Setting:
    """What one rerun is made of; attribution changes one part at a time.

    `notebook` is the notebook's content; `conditions` are variables of the kernel's environment,
    "" for one that is not set; `seed` is null where chance is left alone; `interpreter` another
    environment's Python, null for this one; `network` whether training may use it.
    """

    notebook: Any
    parameters: Mapping[str, object] = field(default_factory=dict)
    conditions: Mapping[str, str] = field(default_factory=dict)
    seed: int | None = 0
    interpreter: Path | None = None
    network: bool = False


@dataclass(frozen=True)
class Rerun:
    """What came of it: the execution, and its trail, a step for each statement that was done.

    `cells` says of `data` and `preprocess` cells whether they were left out, where that was asked.
    """

    execution: Execution
    trail: tuple[Step, ...]
    cells: tuple[CellReuse, ...] = ()


def rerun(
    setting: Setting,
    known_as: Path,
    store: Path,
    progress: Progress = quiet,
    *,
    cached: bool = False,
    session: str | None = None,
) -> Rerun:
    """Execute the setting's notebook in a temporary copy of the project that `store` is in.

    `known_as` is the notebook's own path; with `cached` what the store keeps stands for cells
    whose code, inputs and packages are the same, and there is no trail.
    `session` is an id for its records. Raises: what `execute` raises.
    """
    known = absolute(known_as)
    project = _project(known, store)
    with tempfile.TemporaryDirectory(prefix="cellmark-rerun-") as scratch:
        trail = Path(scratch) / "trail.jsonl"
        copy = mirror_project(project, Path(scratch))
        kept = Kept(Path(scratch), store) if cached else None
        here = copy / known.relative_to(project)
        here.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nbformat.from_dict(setting.notebook), here)
        execution = execute(
            here,
            parameters=setting.parameters,
            known_as=known,
            store=store,
            cwd=here.parent,
            environment={**_environment(setting), "CELLMARK_COPY": scratch},
            interpreter=setting.interpreter,
            prelude=_prelude(setting, (copy, store), trail, kept),
            progress=progress,
            session=session,
            mend=kept.mend if kept else lambda _: None,
        )
        return Rerun(execution, _steps(trail), kept.cells() if kept else ())


def _project(notebook: Path, store: Path) -> Path:
    """The folder that is copied: the store's project, or the notebook's where that is elsewhere."""
    project = absolute(store).parent
    return project if notebook.is_relative_to(project) else notebook.parent


def _environment(setting: Setting) -> dict[str, str]:
    seed = "" if setting.seed is None else str(setting.seed)
    return {**setting.conditions, "CELLMARK_SEED": seed}


def _prelude(setting: Setting, writable: tuple[Path, ...], trail: Path, kept: Kept | None) -> str:
    held = json.dumps([dict(setting.conditions), setting.seed, setting.network], sort_keys=True)
    wanted = json.dumps(
        {
            "seed": setting.seed,
            "writable": [str(absolute(folder)) for folder in writable],
            "network": setting.network,
            "trail": str(trail),
            "cached": kept.wanted(held) if kept else None,
        }
    )
    begin = f"begin(get_ipython(), {wanted!r})"
    return f"__import__('cellmark.capture.held', fromlist=['begin']).{begin}"


def _steps(file: Path) -> tuple[Step, ...]:
    if not file.is_file():
        return ()
    lines = file.read_bytes().splitlines()
    return tuple(msgspec.json.decode(line, type=Step) for line in lines)
