"""Context: what every rewriting of one notebook shares."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from cellmark_runtime.types.policies import Policies

from ..refusal import Refusal
from ..text.names import bound
from ..text.spans import Edit, Span
from ..trace.frozen import Freezer
from ..trace.program import Program, local_taint
from ..trace.tracer import Tracer

__all__ = ["Call", "Context", "function_taint"]


class Context(NamedTuple):
    """What every rewriting of one notebook shares.

    `on_call` is told of each call of a notebook function with rows, and says whether that
    function's own text reads frozen values. `refused` collects what can't be packaged. `given` are
    expressions that are not looked into, with the edit to make instead: the model's own answers.
    """

    program: Program
    tracer: Tracer
    freezer: Freezer
    target: Collection[str]
    raw_columns: Collection[str]
    policies: Policies
    on_call: Callable[[Call], bool]
    refused: list[Refusal]
    given: Mapping[Span, Edit] = {}


class Call(NamedTuple):
    """A call of a notebook function on the scoring path; `tainted` are its tainted parameters.

    `by_row` says that a library calls it back for each row or value: its parameters are single
    ones, and what it reads of the module is all that may be frozen.
    """

    name: str
    statements: frozenset[int]
    tainted: frozenset[str]
    by_row: bool = False


def function_taint(call: Call, program: Program, tainted: frozenset[str]) -> frozenset[str]:
    """Tainted names inside a notebook function: its parameters' part, then what they taint."""
    function = program.functions[call.name].node
    own = bound(ast.Module(function.body, [])) | {
        each.arg
        for each in [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    }
    return local_taint(function.body, (tainted - own) | call.tainted, program.functions)
