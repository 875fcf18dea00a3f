"""Look: a notebook and a choice of rules in, findings out, in the order of the text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from packaging.version import Version

from cellmark.core.finding import Finding

from .code import CodeCell, Notebook
from .facts import Facts
from .rule import Found, Rule
from .secrets import masked
from .silence import matches, tag_selectors
from .table import RULES
from .tags import TAG

__all__ = ["look"]


def look(
    notebook: Notebook,
    versions: Mapping[str, Version],
    applies: Callable[[tuple[str, str]], bool] = lambda _: True,
) -> tuple[Finding, ...]:
    """All that the rules find that `applies` lets through, by (id, name), and no tag silences."""
    facts = Facts(notebook, versions, tag_selectors())
    lines: dict[int, list[str]] = {}
    found = [
        _finding(rule, each, notebook.file, lines)
        for rule in RULES
        if applies((rule.id, rule.name))
        for each in _found(rule, facts)
    ]
    return tuple(sorted(found, key=lambda each: (each.cell, each.line, each.column, each.rule)))


def _found(rule: Rule, facts: Facts) -> Iterator[Found]:
    for each in rule.look(facts):
        if not _silenced(rule, each.cell):
            yield each


def _silenced(rule: Rule, cell: CodeCell) -> bool:
    selectors = [tag.removeprefix(TAG) for tag in cell.tags if tag.startswith(TAG)]
    return matches((rule.id, rule.name), filter(None, selectors))


def _finding(rule: Rule, found: Found, file: str, lines: dict[int, list[str]]) -> Finding:
    cell, place = found.cell, found.place
    if cell.number not in lines:
        lines[cell.number] = masked(cell)
    shown = lines[cell.number]
    return Finding(
        rule=rule.id,
        name=rule.name,
        severity=rule.severity,
        file=file,
        cell=cell.number,
        cell_id=cell.id,
        line=place.line,
        column=place.column,
        end_line=place.end_line,
        end_column=place.end_column,
        source=shown[place.line - 1] if place.line <= len(shown) else "",
        message=found.message,
        fix=found.fix,
    )
