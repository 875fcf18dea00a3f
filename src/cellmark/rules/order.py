"""Rules about order: cells that ran in another one, names that are not there when needed."""

from __future__ import annotations

import ast
import builtins
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .code import CodeCell
from .facts import Facts
from .rule import Found, at
from .uses import Event, events_of

__all__ = ["deleted_cell", "not_in_order", "undefined", "used_before"]

# There without being set: Python's own, IPython's, and what managed Spark kernels bring.
_THERE = frozenset(dir(builtins)) | {
    "__file__", "__name__", "__doc__", "__annotations__", "In", "Out", "display", "exit",
    "get_ipython", "quit", "spark", "sc", "sqlContext", "dbutils", "displayHTML",
}  # fmt: skip
_HISTORY = re.compile(r"_+|_i{1,3}|_i?\d+|_[ioid]h")
# Magics after which the names of a notebook can't be known from its text.
_BINDING_MAGICS = frozenset(
    {"load", "macro", "pylab", "recall", "rerun", "run", "store", "R", "Rpull", "sql", "loadpy"}
)
_HARMLESS_CELLS = frozenset(
    {"!", "bash", "file", "html", "HTML", "javascript", "js", "latex", "markdown", "perl",
     "python2", "ruby", "script", "sh", "svg", "SVG", "system", "sx", "writefile", "cmd"}
)  # fmt: skip
_SEVERAL = 3


class _Missing(NamedTuple):
    """A name that is not there where it is needed."""

    cell: CodeCell
    name: str
    node: ast.AST
    function: str


def not_in_order(facts: Facts) -> Iterator[Found]:
    """Execution counts that do not rise from cell to cell, once for the notebook."""
    ran = [cell for cell in facts.notebook.running if cell.ran is not None]
    kept = _longest_rise([cell.ran or 0 for cell in ran])
    stray = [cell for number, cell in enumerate(ran) if number not in kept]
    if not stray:
        return
    first = stray[0]
    others = [cell for cell in ran if cell is not first and _swapped(cell, first)]
    after = others[0]
    relation = "after" if (first.ran or 0) > (after.ran or 0) else "before"
    said = f"ran as [{first.ran}], {relation} cell {after.number}, which ran as [{after.ran}]"
    if len(stray) > 1:
        shown = ", ".join(str(cell.number) for cell in stray[1 : _SEVERAL + 1])
        more = len(stray) - 1 - _SEVERAL
        said += f"; out of order as well: cell {shown}{f' and {more} more' if more > 0 else ''}"
    yield Found(
        first,
        first.whole_line(1),
        f"{said}: the saved outputs may not be what the cells give from top to bottom",
        "Restart the kernel, run all cells, and save.",
    )


def _swapped(one: CodeCell, other: CodeCell) -> bool:
    """Whether two cells ran in the order opposite to the notebook's."""
    return (one.number < other.number) != ((one.ran or 0) < (other.ran or 0))


def _longest_rise(counts: Sequence[int]) -> set[int]:
    """The positions of a longest rising part of `counts`: the fewest cells are out of order."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for position, count in enumerate(counts):
        at_length = bisect_right(ends, count)
        ends[at_length : at_length + 1] = [count]
        last[at_length : at_length + 1] = [position]
        before.append(last[at_length - 1] if at_length else -1)
    kept, position = set(), last[-1] if last else -1
    while position >= 0:
        kept.add(position)
        position = before[position]
    return kept


def used_before(facts: Facts) -> Iterator[Found]:
    """Names that only something below sets."""
    setters = _setters(facts)
    for missing in _missing(facts):
        if missing.name not in setters:
            continue
        below = setters[missing.name][0]
        here = below is missing.cell
        place = "further down in this cell" if here else f"in cell {below.number}"
        yield at(
            missing.cell,
            missing.node,
            f"{_subject(missing)}, which is set only {place}",
            f"Move {'that statement' if here else f'cell {below.number}'} up.",
        )


def undefined(facts: Facts) -> Iterator[Found]:
    """Names that nothing sets, in cells without a trace of having run."""
    for missing in _never_set(facts):
        if not _worked(missing):
            yield at(missing.cell, missing.node, *_nobody(facts, missing))


def deleted_cell(facts: Facts) -> Iterator[Found]:
    """Names that nothing sets though the cell ran: a cell that set them is gone."""
    for missing in _never_set(facts):
        if _worked(missing):
            message, fix = _nobody(facts, missing)
            ran = f"though this cell ran as [{missing.cell.ran}]: a cell that set it is gone"
            yield at(missing.cell, missing.node, f"{message}, {ran}", fix)


def _worked(missing: _Missing) -> bool:
    """Whether the statement ran when the notebook was saved; a function may never have."""
    return missing.cell.ran is not None and not missing.cell.raised and not missing.function


def _nobody(facts: Facts, missing: _Missing) -> tuple[str, str]:
    skipped = [
        cell
        for cell in facts.notebook.cells
        if "skip" in cell.roles and any(e.name == missing.name for e in events_of(cell.tree))
    ]
    if skipped:
        number = skipped[0].number
        said = f"{_subject(missing)}, which only cell {number} sets, and it is tagged skip"
        return said, f"Take the tag off cell {number}, or set `{missing.name}` in a cell above."
    return (
        f"{_subject(missing)}, which nothing in the notebook sets",
        f"Set or import `{missing.name}` in a cell above, or mend its spelling.",
    )


def _subject(missing: _Missing) -> str:
    if missing.function:
        return f"`{missing.function}()` needs `{missing.name}`"
    return f"`{missing.name}` is needed here"


def _never_set(facts: Facts) -> Iterator[_Missing]:
    setters = _setters(facts)
    return (each for each in _missing(facts) if each.name not in setters)


def _setters(facts: Facts) -> dict[str, list[CodeCell]]:
    found: dict[str, list[CodeCell]] = {}
    for cell in facts.notebook.running:
        for event in events_of(cell.tree):
            if event.what == "binds":
                found.setdefault(event.name, []).append(cell)
    return found


def _missing(facts: Facts) -> Iterator[_Missing]:
    """Each name that is not there when first needed, once for each name."""
    if _unknowable(facts):
        return
    told: set[str] = set()
    for missing in _Run(facts).missing():
        if missing.name not in told and "raises-exception" not in missing.cell.tags:
            told.add(missing.name)
            yield missing


class _Run:
    """The names that are there, as the cells run from top to bottom."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._there: set[str] = set()
        self._needs: dict[str, list[str]] = {}
        self._asked_for = _asked_for(facts)

    def missing(self) -> Iterator[_Missing]:
        unresolved: list[_Missing] = []
        for cell in self._facts.notebook.running:
            for event in events_of(cell.tree):
                if event.what == "defers":
                    self._needs.setdefault(event.owner, []).append(event.name)
                    unresolved.append(_Missing(cell, event.name, event.node, event.owner))
                else:
                    yield from self._take(cell, event)
        everything = self._there | set(_setters(self._facts))
        for each in unresolved:
            if each.name not in everything and not self._is_there(each.name):
                yield each._replace(function=each.function or "a function here")

    def _take(self, cell: CodeCell, event: Event) -> Iterator[_Missing]:
        match event.what:
            case "binds":
                self._there.add(event.name)
                if isinstance(event.node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                    self._needs.pop(event.name, None)
            case "unbinds":
                self._there.discard(event.name)
            case "needs" if not self._is_there(event.name):
                yield _Missing(cell, event.name, event.node, "")
            case "calls" if event.name in self._there:
                for name in self._reached(event.name):
                    yield _Missing(cell, name, event.node, event.name)

    def _reached(self, function: str) -> Iterator[str]:
        """Names that calling `function` needs, itself or by way of others, and that are absent."""
        left, seen = [function], {function}
        while left:
            for name in self._needs.get(left.pop(), ()):
                if not self._is_there(name):
                    yield name
                elif name not in seen:
                    seen.add(name)
                    left.append(name)

    def _is_there(self, name: str) -> bool:
        return (
            name in self._there
            or name in _THERE
            or name in self._asked_for
            or bool(_HISTORY.fullmatch(name))
        )


def _asked_for(facts: Facts) -> frozenset[str]:
    """Names that the notebook itself looks for before it needs them: `if "x" in globals()`."""
    return frozenset(
        node.left.value
        for _, node in facts.nodes
        if isinstance(node, ast.Compare)
        and isinstance(node.left, ast.Constant)
        and isinstance(node.left.value, str)
        and isinstance(node.ops[0], ast.In | ast.NotIn)
    )


def _unknowable(facts: Facts) -> bool:
    """Whether something binds names that the text does not show."""
    if any(cell.fault for cell in facts.notebook.running):
        return True
    foreign = (cell.magic for cell in facts.notebook.running if not cell.tree.body and cell.magic)
    if any(magic not in _HARMLESS_CELLS for magic in foreign):
        return True
    if any(_is_star(node) for _, node in facts.nodes):
        return True
    return any(_binds_unseen(call.callee, call.name, call.node) for call in facts.calls)


def _is_star(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


def _binds_unseen(callee: str, name: str, node: ast.Call) -> bool:
    if callee in ("builtins.exec", "builtins.globals", "builtins.locals", "builtins.vars"):
        return True
    if name in ("run_cell", "run_code", "push", "ex") and _of_ipython(node):
        return True
    if name != "run_line_magic" or not isinstance(node.args[0], ast.Constant):
        return False
    return node.args[0].value in _BINDING_MAGICS


def _of_ipython(node: ast.Call) -> bool:
    return "get_ipython" in ast.dump(node.func)
