"""The target in lists of column names: no request holds it, so scoring's lists are without it."""

from __future__ import annotations

import ast
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..text.spans import span_of
from ..trace.records import Event
from .columns import without
from .rewriter import Rewriter

__all__ = ["shorten", "without_target"]


def without_target(rewriter: Rewriter, events: Sequence[Event]) -> list[Event]:
    """The same events, where they gave names of columns, or a value for each, without the target's.

    `["age", "income"]` and `df[columns].median()` are told by holding nothing but columns' names.
    """
    known = _known(rewriter)
    return [
        event._replace(value=_without(rewriter.context.target, known, event.value))
        for event in events
    ]


def _without(target: Collection[str], known: Collection[str], value: Any) -> Any:
    names = value.index if isinstance(value, pd.Series) else value
    if not isinstance(names, list | tuple | pd.Index | np.ndarray) or isinstance(names, np.matrix):
        return value
    if np.ndim(names) != 1 or not _are_columns(names, target, known):
        return value
    if isinstance(value, pd.Series | np.ndarray):
        return value[[str(name) not in target for name in names]]
    return without(target, value)


def _are_columns(
    names: Sequence[Any] | Any, target: Collection[str], known: Collection[str]
) -> bool:
    """Whether names are columns, the target and others among them."""
    texts = [name for name in names if isinstance(name, str)]
    absent = [name for name in texts if name in target]
    return 0 < len(absent) < len(texts) == len(names) and set(texts) <= {*known, *target}


def _known(rewriter: Rewriter) -> frozenset[str]:
    columns = (line.run.columns for line in rewriter.context.program.lines)
    return frozenset().union(*columns, map(str, rewriter.context.raw_columns))


def shorten(rewriter: Rewriter, node: ast.expr) -> bool:
    """`["age", "bought"]` -> `["age"]`; False where it is no list of columns with the target."""
    if not isinstance(node, ast.List | ast.Tuple):
        return False
    given = [getattr(part, "value", None) for part in node.elts]
    target = rewriter.context.target
    if not _are_columns(given, target, _known(rewriter)):
        return False
    left = [part for part, name in zip(node.elts, given, strict=True) if name not in target]
    absent = ", ".join(repr(name) for name in given if name in target)
    rewriter.replace(span_of(node, rewriter.cell), ast.unparse(type(node)(left, ast.Load())))
    rewriter.notes.append(f"a request does not hold {absent}")
    return True
