"""Constants of the notebook whose names a scoring module needs for itself: `features` above all."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator

from ..text.spans import Edit, apply_edits, lines_of, span_of
from .path import Path, PathLine

__all__ = ["with_own_names"]


def with_own_names(path: Path, taken: Collection[str]) -> Path:
    """The path with `features_` for a constant `features`, wherever it is read.

    Left as it is where the name can't be told from another's: a parameter, a keyword, a text that
    names it, or a statement that makes the answer. `taken` are the names that the module needs.
    """
    constants = [line for line in path.lines if line.place == "constant"]
    for name in sorted({name for line in constants for name in line.binds} & {*taken}):
        path = _renamed(path, name) or path
    return path


def _renamed(path: Path, name: str) -> Path | None:
    other = f"{name}_"
    known = {each for line in path.lines for each in line.reads | line.binds}
    if other in known or any(line.place == "answer" and name in line.reads for line in path.lines):
        return None
    lines = [_line(line, name, other) for line in path.lines]
    answer = _text(path.answer, name, other) if name in path.answer_reads else path.answer
    if answer is None or None in lines:
        return None
    return path._replace(
        lines=tuple(line for line in lines if line is not None),
        answer=answer,
        answer_reads=_names(path.answer_reads, name, other),
    )


def _line(line: PathLine, name: str, other: str) -> PathLine | None:
    if name not in line.reads | line.binds:
        return line
    text = _text(line.text, name, other)
    if text is None:
        return None
    said = f"`{name}` is called `{other}`: the module's own `{name}` gives the model's input"
    binds, notes = _names(line.binds, name, other), line.notes
    if name in line.binds:
        notes = (*notes, said)
    return line._replace(text=text, reads=_names(line.reads, name, other), binds=binds, notes=notes)


def _names(names: frozenset[str], name: str, other: str) -> frozenset[str]:
    return frozenset(other if each == name else each for each in names)


def _text(text: str, name: str, other: str) -> str | None:
    """`text` with the variable renamed; None where it is not only a variable there."""
    tree = ast.parse(text)
    if any(_is_no_variable(part, name) for part in ast.walk(tree)):
        return None
    edits = [
        Edit(span_of(part, 0)[1:3], span_of(part, 0)[3:], other)
        for part in ast.walk(tree)
        if isinstance(part, ast.Name) and part.id == name
    ]
    return apply_edits(text, edits, 1, len(lines_of(text))) if edits else None


def _is_no_variable(part: ast.AST, name: str) -> bool:
    """Whether the name stands for something else, or where its place is not known."""
    return name in _told(part) or (
        isinstance(part, ast.JoinedStr)
        and any(isinstance(each, ast.Name) and each.id == name for each in ast.walk(part))
    )


def _told(part: ast.AST) -> Iterator[str]:
    match part:
        case ast.arg(arg=told) | ast.keyword(arg=str(told)):
            yield told
        case ast.FunctionDef(name=told) | ast.ClassDef(name=told) | ast.alias(asname=str(told)):
            yield told
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            yield from names
