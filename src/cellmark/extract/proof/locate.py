"""Find the first statement of a scoring module whose result depends on which rows come with it.

The module's `features` runs twice under a line tracer, on the batch and on a selection of it; the
first variable that differs between them names the statement that made it.
"""

from __future__ import annotations

import ast
import contextlib
import sys
from collections.abc import Callable, Sequence
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.scoring.anyframe import copied, rows_at

from ..values.comparison import difference
from ..values.kinds import length_of

if TYPE_CHECKING:
    from cellmark_runtime.scoring.anyframe import Frame

__all__ = ["Located", "Module", "bodies_of", "first_difference", "variables_of"]

_Seen = dict[tuple[str, int], dict[str, Any]]


class Located(NamedTuple):
    """A statement of the module: its function, its number there from 0, its text, and a variable
    that it left different, as `found` in the selection and `expected` from the batch.
    """

    function: str
    statement: int
    text: str
    variable: str
    found: Any
    expected: Any


class Module(NamedTuple):
    """The scoring module's text, and the file name that its code was compiled under."""

    text: str
    file: str


def first_difference(
    features: Callable[[Any], Any],
    module: Module,
    raw: Frame,
    positions: Sequence[int],
) -> Located | None:
    """The first statement whose variables, at `positions`, differ between batch and selection."""
    bodies = bodies_of(module)
    batch = variables_of(features, raw, module, bodies, positions)
    chosen = rows_at(raw, list(positions))
    alone = variables_of(features, chosen, module, bodies, range(len(chosen)))
    for place, variables in alone.items():
        for name, found in variables.items():
            expected = batch.get(place, {}).get(name)
            if expected is not None and difference(found, expected) != 0.0:
                function, number = place
                text = ast.unparse(bodies[function][number])
                return Located(function, number, text, name, found, expected)
    return None


def bodies_of(module: Module) -> dict[str, list[ast.stmt]]:
    """The statements of each of the module's functions, by its name."""
    tree = ast.parse(module.text)
    return {node.name: node.body for node in tree.body if isinstance(node, ast.FunctionDef)}


def variables_of(
    features: Callable[[Any], Any],
    rows: Frame,
    module: Module,
    bodies: dict[str, list[ast.stmt]],
    positions: Sequence[int],
) -> _Seen:
    """The rows at `positions` of every variable after each statement, by function and number.

    In the order in which the statements ran.
    """
    count = len(rows)
    seen: _Seen = {}
    done: dict[CodeType, int] = {}

    def on_line(frame: FrameType, event: str, _argument: Any) -> Any:
        body = bodies.get(frame.f_code.co_name)
        if frame.f_code.co_filename != module.file or body is None:
            return None
        now = len(body) if event == "return" else _number(body, frame.f_lineno)
        before = done.get(frame.f_code)
        if before is not None and now != before:
            place = (frame.f_code.co_name, before)
            seen.setdefault(place, _kept(frame.f_locals, count, positions))
        done[frame.f_code] = now
        return on_line

    previous = sys.gettrace()
    sys.settrace(on_line)
    try:
        # Rows that are refused show what was computed until then.
        with contextlib.suppress(CellmarkError):
            features(rows)
    finally:
        sys.settrace(previous)
    return seen


def _number(body: Sequence[ast.stmt], line: int) -> int:
    for number, statement in enumerate(body):
        if line <= (statement.end_lineno or statement.lineno):
            return number
    return len(body) - 1


def _kept(variables: dict[str, Any], count: int, positions: Sequence[int]) -> dict[str, Any]:
    """Copies of the rows at `positions` of every variable that has a row for each input row."""
    return {
        name: copied(rows_at(value, list(positions)))
        for name, value in variables.items()
        if length_of(value) == count and not isinstance(value, pd.Index)
    }
