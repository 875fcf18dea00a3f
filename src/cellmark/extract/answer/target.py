"""The target: which columns the model learns to answer, and so are absent when it is asked."""

from __future__ import annotations

import ast
import copy
from collections.abc import Hashable, Mapping

from ..text.assignments import parallel
from ..text.names import bound, reads
from ..trace.learnt import Dummies
from ..trace.program import Line, Program
from ..trace.tracer import Tracer
from .answering import Answering

__all__ = ["only_of_target", "target_columns"]

_SHIFTS = frozenset({"shift", "diff", "pct_change"})


def target_columns(program: Program, tracer: Tracer, answering: Answering) -> frozenset[Hashable]:
    """Columns that fit's `y` was made from, found backwards through the statements that made it.

    Holds raw columns and columns that the notebook derived from them on the way.
    """
    if answering.target is None:
        return frozenset()
    line, written = answering.target
    expression = _every_row(written, line)
    needed = set(reads(expression))
    columns = {name for each in program.lines for name in each.run.columns}
    found: set[Hashable] = set(_columns_named(expression, columns))
    frames = {name for name in needed if line.run.types.get(name, object).__name__ == "DataFrame"}
    needed -= frames
    for earlier in reversed(program.lines[: line.index]):
        if _is_split(tracer, earlier):
            needed |= _before_split(earlier, needed)
            continue
        made = bound(earlier.node) & needed
        altered = _altered_of(earlier, found)
        if not made and not altered:
            continue
        for value in (_every_row(each, earlier) for each in _values_of(earlier.node, made)):
            named = _columns_named(value, columns)
            # Of several columns together, or of other rows: a new quantity, which leaves them
            # features of their own.
            if _reads_once(value, columns) and not _of_other_rows(value):
                found |= named
            needed |= _series_read(earlier, value)
        needed -= made - _read_again(earlier, made)
    return frozenset(found) | _behind_dummies(tracer, found)


def _values_of(node: ast.stmt, made: frozenset[str]) -> list[ast.AST]:
    """What gave the names in `made` their values; the whole statement where that is not clear."""
    several = parallel(node)
    if several:
        return [several[name] for name in made if name in several]
    return [getattr(node, "value", None) or node]


def _every_row(node: ast.AST, line: Line) -> ast.AST:
    """`node` without its selections of rows: what tells rows apart is no part of the target."""
    return _EveryRow(line.run.types).visit(copy.deepcopy(node))  # type: ignore[no-any-return]


class _EveryRow(ast.NodeTransformer):
    def __init__(self, types: Mapping[str, type]) -> None:
        self.types = types

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        key = node.slice
        if isinstance(key, ast.Tuple) and key.elts and self._tells_rows(key.elts[0]):
            key.elts[0] = ast.Slice()
        return node.value if self._tells_rows(key) else node

    def _tells_rows(self, key: ast.expr) -> bool:
        if isinstance(key, ast.Name):
            return self.types.get(key.id, object).__name__ in {"Series", "ndarray"}
        if isinstance(key, ast.Subscript):
            return self._tells_rows(key.value)
        if isinstance(key, ast.UnaryOp):
            return isinstance(key.op, ast.Invert)
        return isinstance(key, ast.Compare | ast.BinOp | ast.Call)


def _read_again(line: Line, made: frozenset[str]) -> set[str]:
    """Names that a statement makes out of themselves, like `y = y.map(codes)`."""
    return {name for value in _values_of(line.node, made) for name in reads(value) & made}


def _behind_dummies(tracer: Tracer, found: set[Hashable]) -> set[Hashable]:
    """Columns that `get_dummies` made the found ones of: `bought` behind `bought_yes`."""
    encoded = {
        name: levels
        for events in tracer.watch.learnt.values()
        for event in events
        if isinstance(event.value, Dummies) and isinstance(event.value.categories, dict)
        for name, levels in event.value.categories.items()
    }
    return {
        name for name, levels in encoded.items() if found & {f"{name}_{level}" for level in levels}
    }


def only_of_target(line: Line, names: frozenset[str], target: frozenset[Hashable]) -> bool:
    """Whether all that a statement did to the frames in `names` was to target columns."""
    parts = [line.run.changed.get(name) for name in names]
    return bool(parts) and all(part is not None and part and part <= target for part in parts)


def _altered_of(line: Line, target: set[Hashable]) -> bool:
    return any(parts and parts <= target for parts in line.run.changed.values())


def _columns_named(node: ast.AST, columns: set[str]) -> set[Hashable]:
    """Columns named in subscripts, attributes and arguments of an expression."""
    found: set[Hashable] = set()
    methods = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and part.value in columns:
            found.add(part.value)
        elif isinstance(part, ast.Attribute) and part.attr in columns and part not in methods:
            found.add(part.attr)
    return found


def _reads_once(node: ast.AST, columns: set[str]) -> bool:
    """Whether columns are taken from a frame at one place only, be it one column or a list."""
    methods = {part.func for part in ast.walk(node) if isinstance(part, ast.Call)}
    taken = [
        part
        for part in ast.walk(node)
        if (isinstance(part, ast.Subscript) and _columns_named(part.slice, columns))
        or (isinstance(part, ast.Attribute) and part.attr in columns and part not in methods)
    ]
    return len(taken) <= 1


def _of_other_rows(node: ast.AST) -> bool:
    """Whether values come from rows before or behind: tomorrow's price leaves today's a feature."""
    return any(isinstance(part, ast.Attribute) and part.attr in _SHIFTS for part in ast.walk(node))


def _series_read(line: Line, value: ast.AST) -> set[str]:
    """Names of series and arrays that `value` reads; frames are columns' homes, not targets."""
    return {
        name
        for name in reads(value)
        if line.run.types.get(name, object).__name__ in {"Series", "ndarray", "Index", "list"}
    }


def _is_split(tracer: Tracer, line: Line) -> bool:
    return any(
        callee.endswith("train_test_split")
        and span.cell == line.cell.number
        and line.node.lineno <= span.line <= (line.node.end_lineno or span.line)
        for span, callee in tracer.callees.items()
    )


def _before_split(line: Line, needed: set[str]) -> set[str]:
    """The arrays that went into a `train_test_split` for the parts in `needed`."""
    match line.node:
        case ast.Assign(targets=[ast.Tuple(elts=parts)], value=ast.Call(args=arrays)):
            return {
                name
                for at, part in enumerate(parts)
                if isinstance(part, ast.Name) and part.id in needed and at // 2 < len(arrays)
                for name in reads(arrays[at // 2])
            }
    return set()
