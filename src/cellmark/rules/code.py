"""A notebook's code cells as syntax trees whose places are places of the author's own text."""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from cellmark.core.tags import roles_of
from cellmark.notebook.plain import PlainCell, PlainNotebook
from cellmark.notebook.statements import python_of

__all__ = ["CodeCell", "Notebook", "Place", "code_of"]

# `%magic rest`, `!command`, `name = !command` that stand alone on a line; what IPython makes of
# them is known, and IPython need not be imported for it: that takes as long as all rules together.
_LINE_MAGIC = re.compile(r"^(?P<before>\s*(?:[\w, ]+ = *)?)%(?P<name>[A-Za-z]\w*)(?P<rest>.*)$")
_COMMAND = re.compile(r"^(?P<before>\s*)(?P<name>[\w, ]+ = *)?!(?P<rest>[^=!].*)$")
_HELP = re.compile(r"^\s*\?{1,2}[\w.%*]+\s*$|^\s*[%\w.*]+\?{1,2}\s*$")
_WRAPPER = re.compile(r"^%(?:time|timeit|prun)\s+(?=\w)")
_CELL_MAGIC = re.compile(r"\s*%%(?P<name>!|\w+)(?P<rest>[^\n]*)")
# Cell magics whose cell is Python that runs in the notebook itself.
_PYTHON_MAGICS = frozenset({"time", "timeit", "prun", "capture"})


class Place(NamedTuple):
    """A range of a cell's text, as in a Finding: from 1, `end_column` after the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True, eq=False)
class CodeCell:
    """A cell with its syntax tree.

    `tree` is empty where the cell is no Python: `magic` then names the cell magic that takes it
    (`bash`), or `fault` says where Python stopped reading, and why.
    """

    number: int
    id: str | None
    source: str
    tags: tuple[str, ...]
    ran: int | None
    raised: str
    tree: ast.Module
    magic: str = ""
    fault: tuple[int, int, str] | None = None

    @cached_property
    def lines(self) -> list[str]:
        return self.source.split("\n")

    @cached_property
    def roles(self) -> tuple[str, ...]:
        return roles_of(self.tags)

    def place(self, node: ast.AST) -> Place:
        """Where `node` stands. A node of a line that IPython rewrites is given the whole line."""
        line, end_line = getattr(node, "lineno", 1), getattr(node, "end_lineno", None) or 1
        if _rewritten(self._line(line)):
            return self.whole_line(line)
        column = _characters(self._line(line), getattr(node, "col_offset", 0))
        end_column = _characters(self._line(end_line), getattr(node, "end_col_offset", None) or 0)
        return Place(
            line, column + 1, end_line, max(end_column, column if line == end_line else 0) + 1
        )

    def whole_line(self, line: int) -> Place:
        text = self._line(line)
        indent = len(text) - len(text.lstrip())
        return Place(line, indent + 1, line, max(len(text.rstrip()), indent) + 1)

    def _line(self, number: int) -> str:
        return self.lines[number - 1] if 0 < number <= len(self.lines) else ""


@dataclass(frozen=True, eq=False)
class Notebook:
    """`cells` are all code cells; `language` is the kernel's."""

    file: str
    language: str
    cells: tuple[CodeCell, ...]

    @cached_property
    def running(self) -> tuple[CodeCell, ...]:
        """The cells that a run executes: those tagged `skip` are left out."""
        return tuple(cell for cell in self.cells if "skip" not in cell.roles)


def code_of(notebook: PlainNotebook, file: str) -> Notebook:
    """The notebook with its cells parsed; in a language other than Python no cell has a tree."""
    python = notebook.language in ("python", "python3", "ipython", "xpython")
    return Notebook(file, notebook.language, tuple(_cell(cell, python) for cell in notebook.cells))


def _cell(cell: PlainCell, python: bool) -> CodeCell:
    magic = _CELL_MAGIC.match(cell.source)
    foreign = magic is not None and magic["name"] not in _PYTHON_MAGICS
    tree, fault = ast.Module([], []), None
    if python and not foreign:
        try:
            tree = _tree(cell.source)
        except (SyntaxError, ValueError, RecursionError) as problem:
            fault = _fault(problem)
    return CodeCell(
        number=cell.number,
        id=cell.id,
        source=cell.source,
        tags=cell.tags,
        ran=cell.ran,
        raised=cell.raised,
        tree=tree,
        magic=magic["name"] if magic else "",
        fault=fault,
    )


def _tree(source: str) -> ast.Module:
    """Plain Python as it is; then simple magics; whatever else IPython can read."""
    for text in (source, _plainly(source)):
        try:
            return _parsed(text)
        except SyntaxError:
            continue
    return _parsed(python_of(source))


def _parsed(text: str) -> ast.Module:
    with warnings.catch_warnings():
        # The author's "\d" is not ours to warn about here.
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _fault(problem: Exception) -> tuple[int, int, str]:
    if isinstance(problem, SyntaxError):
        return problem.lineno or 1, problem.offset or 1, problem.msg
    return 1, 1, str(problem)


def _plainly(source: str) -> str:
    lines = source.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    return "\n".join(
        _capturing(line) if number == first and line.lstrip().startswith("%%") else _plain(line)
        for number, line in enumerate(lines)
    )


def _capturing(line: str) -> str:
    """`%%capture out` gives the cell's output a name; other wrappers leave nothing."""
    words = [word for word in line.split()[1:] if word.isidentifier()]
    return f"{words[0]} = None" if line.lstrip().startswith("%%capture") and words else ""


def _plain(line: str) -> str:
    """A line with a magic or a command as the call that IPython makes of it."""
    if _WRAPPER.match(line):
        return _WRAPPER.sub("", line)
    if _HELP.match(line):
        return "pass"
    if magic := _LINE_MAGIC.match(line):
        rest = magic["rest"].strip()
        return f"{magic['before']}get_ipython().run_line_magic({magic['name']!r}, {rest!r})"
    if command := _COMMAND.match(line):
        call = "getoutput" if command["name"] else "system"
        bound = command["name"] or ""
        return f"{command['before']}{bound}get_ipython().{call}({command['rest'].strip()!r})"
    return line


def _rewritten(line: str) -> bool:
    if _WRAPPER.match(line) or _HELP.match(line):
        return True
    return bool(_LINE_MAGIC.match(line) or _COMMAND.match(line))


def _characters(line: str, offset: int) -> int:
    """The number of characters in the first `offset` bytes, which is how Python counts columns."""
    return offset if line.isascii() else len(line.encode()[:offset].decode(errors="ignore"))
