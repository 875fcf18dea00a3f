"""How findings look in a terminal: where, the line itself with carets, what is wrong, the fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from cellmark.core.finding import Finding

if TYPE_CHECKING:
    from cellmark.actions.check import Checked

__all__ = ["tell"]

_STYLES = {"error": "bold red", "warning": "bold yellow"}
_UNBROKEN = 10_000
_NARROWEST = 40
_INDENT = 4


def tell(checked: Checked) -> None:
    """Print the findings, notebook by notebook, and how many there are."""
    console = Console(highlight=False, soft_wrap=True)
    width = max(_NARROWEST, console.width) if console.is_terminal else _UNBROKEN
    for line in _lines(checked, console, width):
        console.print(line)


def _lines(checked: Checked, console: Console, width: int) -> Iterator[Text]:
    for file, findings in groupby(checked.findings, key=lambda each: each.file):
        for finding in findings:
            yield _head(file, finding)
            yield from _quoted(finding, width)
            yield from _wrapped(Text(finding.message), console, width)
            yield from _wrapped(Text(f"fix: {finding.fix}", style="cyan"), console, width)
            yield Text()
    for notebook in checked.notebooks:
        if notebook.remark:
            yield Text(f"{notebook.file}: {notebook.remark}", style="dim")
    yield _summary(checked)


def _head(file: str, finding: Finding) -> Text:
    return Text.assemble(
        (f"{file}, cell {finding.cell}, line {finding.line}: ", "bold"),
        (finding.severity, _STYLES[finding.severity]),
        f" {finding.rule} ",
        (finding.name, "magenta"),
    )


def _quoted(finding: Finding, width: int) -> Iterator[Text]:
    """The line, cut to the terminal so that what is meant stays in sight, and carets below it."""
    if not finding.source.strip():
        return
    source = finding.source.expandtabs(1)
    indent = len(source) - len(source.lstrip())
    last = finding.end_column if finding.end_line == finding.line else len(source) + 1
    start, end = finding.column - 1, max(min(last - 1, len(source)), finding.column)
    room = width - _INDENT - 2
    cut = max(
        indent, min(start - room // 3, len(source) - room) if len(source) - indent > room else 0
    )
    shown = source[cut : cut + room]
    yield Text.assemble((" " * (_INDENT - 2) + "| ", "dim"), shown)
    carets = "^" * max(1, min(end, cut + room) - start)
    style = _STYLES[finding.severity]
    yield Text.assemble((" " * (_INDENT - 2) + "| ", "dim"), " " * (start - cut), (carets, style))


def _wrapped(text: Text, console: Console, width: int) -> Iterator[Text]:
    for line in text.wrap(console, width - _INDENT):
        line.rstrip()
        yield Text(" " * _INDENT) + line


def _summary(checked: Checked) -> Text:
    count = len(checked.notebooks)
    looked = f"{count} notebook{'s' if count != 1 else ''}"
    if not checked.findings:
        return Text(f"nothing found in {looked}", style="bold green" if count else "bold")
    counts = Counter(finding.severity for finding in checked.findings)
    said = ", ".join(f"{n} {kind}{'s' if n != 1 else ''}" for kind, n in sorted(counts.items()))
    return Text(f"{said} in {looked}", style="bold")
