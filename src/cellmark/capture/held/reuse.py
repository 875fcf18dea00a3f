"""Reuse: let a checkpoint stand for running a cell, where all that it came of is the same."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from cellmark.core.checkpoint import CellReuse, Checkpoint
from cellmark.store.checkpoints import find_checkpoint

from ..conditions import conditions
from ..opened import opened
from ..readers import paths_in_sql
from ..request import Request, request_of
from .outside import Outside, state_of
from .unsafe import (
    definitions,
    leading_imports,
    not_repeatable,
    not_restorable,
    settings,
    strings,
)
from .variables import load, save

__all__ = ["Reuse"]

_ROLES = {"data", "preprocess"}
# Conditions of this very kernel, beside those that it was given.
_MACHINE = ("system", "cpu_features", "cpus")


class Reuse:
    """An AST transformer of IPython's: it takes a cell's statements away where they need not run.

    Only `data` and `preprocess` cells are left out; all others run each time.
    """

    def __init__(self, shell: Any, wanted: Mapping[str, Any]) -> None:
        self._shell = shell
        self._store = Path(wanted["store"])
        self._pending = Path(wanted["pending"])
        self._told = Path(wanted["told"])
        self._copy = os.environ.get("CELLMARK_COPY", "")
        self._outside = Outside(self._copy)
        self._key = _digest(wanted["setting"], *_surroundings())
        # Why no cell from here on may be left out, why this one may not, and why it was not.
        self._tainted = self._against = self._missed = ""
        self._request: Request | None = None
        self._restored: Checkpoint | None = None
        self._before: dict[str, str] = {}
        self._looked_at: set[str] = set()
        self._read: set[str] = set()
        self._started = 0.0
        shell.ast_transformers.append(self)
        # Before the tracker, which opens files of its own.
        shell.events.callbacks["post_run_cell"].insert(0, self._end)

    def visit(self, module: ast.Module) -> ast.Module:
        """IPython hands each cell's tree over before it is compiled."""
        request = request_of(self._shell.kernel)
        if request.number is None and not request.injected:
            return module
        self._request, self._restored = request, None
        self._against = self._missed = ""
        try:
            module = self._begin(request, module)
        except Exception as fault:  # noqa: BLE001
            # The cell runs as ever.
            self._against = f"could not be looked at: {fault!r}"
        self._read = set(self._outside.reads)
        self._started = time.perf_counter()
        self._outside.begin()
        if _may_be_left_out(request):
            # What imports set is none of the cell's doing: they are run when it is left out, too.
            with suppress(Exception):  # the cell will say it
                self._run(leading_imports(module))
        self._before = settings()
        return module

    def _begin(self, request: Request, module: ast.Module) -> ast.Module:
        self._key = _digest(self._key, ast.unparse(module))
        self._taint(request, not_repeatable(module))
        for text in (*strings(module), *paths_in_sql(ast.unparse(module))):
            self._outside.name(text)
        if not _may_be_left_out(request):
            return module
        self._against = self._tainted or not_restorable(module, self._shell.user_ns)
        return module if self._against else self._restored_or(module)

    def _restored_or(self, module: ast.Module) -> ast.Module:
        """No statements, where the checkpoint was loaded that stands for them."""
        found = find_checkpoint(self._store, self._key)
        if found is None:
            self._missed = "nothing was kept for it yet"
            return module
        checkpoint = msgspec.json.decode(found, type=Checkpoint)
        depends = checkpoint.depends.items()
        changed = [path for path, state in depends if state_of(self._here(path)) != state]
        if changed:
            self._missed = f"{changed[0]} is not as it was"
            return module
        self._run(definitions(module))
        try:
            load(self._store, checkpoint, self._shell.user_ns)
        except Exception as fault:  # noqa: BLE001
            self._missed = f"what was kept for it could not be loaded: {fault!r}"
            return module
        self._restored = checkpoint
        for path in checkpoint.read:
            opened.given(self._here(path), "open")
        return ast.Module([], [])

    def _run(self, statements: list[ast.stmt]) -> None:
        code = compile(ast.Module(statements, []), "<cellmark>", "exec")
        exec(code, self._shell.user_ns)  # noqa: S102

    def _end(self, result: Any) -> None:
        self._outside.end()
        request, self._request = self._request, None
        if request is None or request.number is None:
            return
        seconds = time.perf_counter() - self._started
        self._taint(request, self._outside.asks or self._modules_ask())
        if not _may_be_left_out(request):
            return
        if self._restored is not None:
            # Those that follow rest on what this one had read.
            self._outside.reads |= {self._here(path) for path in self._restored.depends}
            self._tell(CellReuse(cell=request.number, reused=True, seconds=self._restored.seconds))
            return
        self._against = self._against or self._tainted or self._did()
        if result.success and not self._against:
            self._keep(seconds)
        why = self._against or self._missed
        self._tell(CellReuse(cell=request.number, reused=False, why=why, seconds=seconds))

    def _taint(self, request: Request, asks: str) -> None:
        if asks and not self._tainted:
            self._tainted = f"cell {request.number} {asks}"

    def _keep(self, seconds: float) -> None:
        """Make a checkpoint; what can't be kept is why the cell will always be run."""
        try:
            content, buffers, size = save(self._store, self._shell.user_ns)
        except Exception as fault:  # noqa: BLE001
            self._against = f"its variables can't be kept: {fault}"
            return
        checkpoint = Checkpoint(
            key=self._key,
            depends={self._named(path): state for path, state in self._states()},
            read=tuple(sorted(map(self._named, self._outside.reads - self._read))),
            content=content,
            buffers=buffers,
            bytes=size,
            seconds=seconds,
        )
        (self._pending / f"{self._key}.json").write_bytes(msgspec.json.encode(checkpoint))

    def _did(self) -> str:
        """What the cell did beyond its variables, "" if nothing."""
        if self._outside.writes:
            return f"writes {self._outside.writes}"
        now = settings()
        changed = next((name for name, was in self._before.items() if now[name] != was), "")
        return f"changes {changed}" if changed else ""

    def _modules_ask(self) -> str:
        """What the project's own modules ask that may answer otherwise next time."""
        for file in sorted(set(self._modules()) - self._looked_at):
            self._looked_at.add(file)
            asks = not_repeatable(ast.parse(Path(file).read_bytes()))
            if asks:
                return f"uses {Path(file).name}, which {asks}"
        return ""

    def _modules(self) -> Iterator[str]:
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None)
            if file and file.endswith(".py") and self._copy and file.startswith(self._copy):
                yield file

    def _states(self) -> Iterator[tuple[str, str]]:
        """What all cells so far have read, with its state now; not what packages hold."""
        for path in sorted({*self._outside.reads, *self._modules()}):
            installed = path.startswith((sys.prefix + os.sep, sys.base_prefix + os.sep))
            if path.startswith(self._copy or os.sep) or not installed:
                yield path, state_of(path)

    def _named(self, path: str) -> str:
        """The path as it is without the rerun's copy."""
        return path.removeprefix(self._copy)

    def _here(self, path: str) -> str:
        copied = self._copy + path
        return copied if os.path.exists(copied) else path  # noqa: PTH110

    def _tell(self, told: CellReuse) -> None:
        about = {**msgspec.to_builtins(told), "key": self._key}
        with self._told.open("a", encoding="utf-8") as file:
            file.write(json.dumps(about) + "\n")


def _may_be_left_out(request: Request) -> bool:
    return bool(request.roles) and set(request.roles) <= _ROLES


def _surroundings() -> Iterator[str]:
    """What else a cell's results come of: Python, all packages, the machine."""
    yield sys.version
    yield platform.platform()
    now = conditions()
    yield from (now[name] for name in _MACHINE)
    found = importlib.metadata.distributions()
    yield from sorted({f"{each.metadata['Name']} {each.version}" for each in found})


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
