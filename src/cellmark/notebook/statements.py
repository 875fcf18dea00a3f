"""The top-level statements of a cell, as Python after IPython's own transformations."""

from __future__ import annotations

import ast
import re

import msgspec

from cellmark_runtime.errors import CellmarkError

__all__ = [
    "CellSyntaxError",
    "SourceStatement",
    "parse",
    "python_of",
    "statements_of",
    "without_wrappers",
]

_CELL_WRAPPER = re.compile(r"%%(time|prun)\b|%%capture\s*$")
_LINE_WRAPPER = re.compile(r"^(\s*)%time[ \t]+(?=\S)")
# IPython runs these as magics though they lack the sign.
_AUTOMAGIC = re.compile(r"^(?=(pip|conda|mamba) install\b)")


class CellSyntaxError(CellmarkError):
    """A cell that is not Python even after IPython's transformations."""


class SourceStatement(msgspec.Struct, frozen=True):
    """One top-level statement; `line` and `end_line` count from 1 within the cell."""

    line: int
    end_line: int
    source: str
    node: ast.stmt


def python_of(source: str) -> str:
    """The cell's source as plain Python: magics and shell lines become calls of `get_ipython()`.

    Magics that only measure or hide (`%%time`, `%%capture`, `%time`) leave what they wrap.
    """
    # Only where a cell is read: the proof needs no IPython.
    from IPython.core.inputtransformer2 import TransformerManager

    manager = TransformerManager()
    manager.cleanup_transforms.append(without_wrappers)
    text: str = manager.transform_cell(source)
    return text


def without_wrappers(lines: list[str]) -> list[str]:
    """A cell's lines without magics that run what they wrap as it would run without them.

    `pip install` gets the sign of the magic that it is. Every line keeps its number.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), 0)
    return [
        "\n"
        if number == first and _CELL_WRAPPER.match(line)
        else _AUTOMAGIC.sub("%", _LINE_WRAPPER.sub(r"\1", line))
        for number, line in enumerate(lines)
    ]


def parse(source: str, cell: int) -> ast.Module:
    """The syntax tree of a cell's source.

    Raises:
        CellSyntaxError: with the cell, the line and Python's reason.
    """
    try:
        return ast.parse(python_of(source))
    except SyntaxError as problem:
        raise CellSyntaxError(
            f"cell {cell}, line {problem.lineno}", f"not valid Python: {problem.msg}"
        ) from None


def statements_of(source: str, cell: int) -> tuple[SourceStatement, ...]:
    """The top-level statements of `source`, in order."""
    text = python_of(source)
    return tuple(
        SourceStatement(
            node.lineno,
            node.end_lineno or node.lineno,
            ast.get_source_segment(text, node) or "",
            node,
        )
        for node in parse(source, cell).body
    )
