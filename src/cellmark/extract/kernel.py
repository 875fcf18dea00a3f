"""Inside the kernel: trace the notebook as it runs, then derive the scoring module from it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellmark.capture.request import request_of
from cellmark.core.extraction import Extraction

from .derive import derive, write_derived
from .instrument import TRACER, instrument
from .program import CellText
from .tracer import Tracer

__all__ = ["begin", "finish"]


class _Tracing(ast.NodeTransformer):
    """IPython's hook: instruments each cell just before it runs."""

    def __init__(self, shell: Any, headings: Mapping[int, str], data_cells: frozenset[int]) -> None:
        self.shell = shell
        self.headings = headings
        self.tracer = Tracer(shell.user_ns, data_cells)
        self.cells: dict[int, CellText] = {}
        self.source = ""

    def before_cell(self, info: Any) -> None:
        self.source = info.raw_cell

    def after_cell(self, _result: Any) -> None:
        self.tracer.close()

    def visit(self, node: ast.AST) -> Any:
        request = request_of(self.shell.kernel)
        number = 0 if request.injected else request.number
        if number is None or not isinstance(node, ast.Module):
            return node
        heading = self.headings.get(number)
        self.cells[number] = CellText(number, self.source, request.roles, heading)
        return instrument(node, number)


_active: list[_Tracing] = []


def begin(shell: Any, headings: Mapping[int, str], data_cells: frozenset[int]) -> None:
    """Trace every cell that this shell runs from now on."""
    tracing = _Tracing(shell, headings, data_cells)
    setattr(builtins, TRACER, tracing.tracer)
    shell.events.register("pre_run_cell", tracing.before_cell)
    shell.events.register("post_run_cell", tracing.after_cell)
    shell.ast_transformers.append(tracing)
    _active.append(tracing)


def finish(folder: Path, notebook: str, model: str | None, parameters: Mapping[str, object]) -> Extraction:
    """Derive the scoring module of what was traced; its files go into `folder`."""
    tracing = _active.pop()
    tracing.shell.ast_transformers.remove(tracing)
    tracing.tracer.close()
    derived = derive(tracing.tracer, tuple(tracing.cells.values()), notebook, model)
    return write_derived(derived, folder, parameters)
