"""Inside the kernel: trace the notebook as it runs, then derive the scoring module from it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellmark.capture.request import request_of
from cellmark.core.choices import Choices
from cellmark.core.explanation import Explanation
from cellmark.core.extraction import Extraction
from cellmark.notebook.statements import parse, without_wrappers
from cellmark.store.redaction import redact, secret_values

from .derive import derive
from .explain import explain
from .text.names import bound
from .trace.instrument import TRACER, instrument
from .trace.program import CellText
from .trace.tracer import Tracer
from .written import write_derived

__all__ = ["begin", "explained", "finish"]

_PLAIN = (bool, int, float, str, type(None))


class _Tracing(ast.NodeTransformer):
    """IPython's hook: instruments each cell just before it runs."""

    def __init__(self, shell: Any, headings: Mapping[int, str], data_cells: frozenset[int]) -> None:
        self.shell = shell
        self.headings = headings
        self.tracer = Tracer(shell.user_ns, data_cells)
        self.cells: dict[int, CellText] = {}
        self.source = ""
        self.begun = True

    def before_cell(self, info: Any) -> None:
        self.source = info.raw_cell
        self.begun = False

    def after_cell(self, _result: Any) -> None:
        self.tracer.close()

    def visit(self, node: ast.AST) -> Any:
        request = request_of(self.shell.kernel)
        number = 0 if request.injected else request.number
        # A cell magic hands its own body to the same hook: that is no cell.
        if number is None or self.begun or not isinstance(node, ast.Module):
            return node
        self.begun = True
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
    shell.input_transformers_cleanup.append(without_wrappers)
    _active.append(tracing)


def finish(folder: Path, notebook: str, choices: Choices) -> Extraction:
    """Derive the scoring module of what was traced; its files go into `folder`.

    `notebook` is the notebook's file name, `choices` what a person decided of what it leaves open.
    """
    tracing, cells = _ended()
    derived = derive(tracing.tracer, cells, notebook, choices)
    return write_derived(derived, folder, _parameters(cells, tracing.shell.user_ns))


def explained(folder: Path, notebook: str, choices: Choices) -> Explanation:
    """Say what packaging would make of what was traced, given the same as `finish`."""
    tracing, cells = _ended()
    return explain(tracing.tracer, cells, notebook, folder, choices)


def _ended() -> tuple[_Tracing, tuple[CellText, ...]]:
    tracing = _active.pop()
    tracing.shell.ast_transformers.remove(tracing)
    tracing.shell.input_transformers_cleanup.remove(without_wrappers)
    tracing.tracer.close()
    return tracing, tuple(tracing.cells.values())


def _parameters(cells: tuple[CellText, ...], namespace: Mapping[str, Any]) -> dict[str, object]:
    """Plain values of the names that `parameters` cells assign, secrets made unreadable."""
    names = [
        name
        for cell in cells
        if "parameters" in cell.roles
        for statement in parse(cell.source, cell.number).body
        for name in sorted(bound(statement))
    ]
    plain = {name: namespace[name] for name in names if type(namespace.get(name)) in _PLAIN}
    return {name: redact(value, secret_values(), name) for name, value in plain.items()}
