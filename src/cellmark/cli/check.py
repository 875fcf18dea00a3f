"""`cellmark check`."""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, note, write_json

if TYPE_CHECKING:
    from cellmark.actions.check import Checked

__all__ = ["check"]

_BAD_INPUT = 2


class Format(StrEnum):
    text = "text"
    json = "json"
    github = "github"
    sarif = "sarif"


def check(
    notebooks: Annotated[
        list[Path], typer.Argument(metavar="NB...", help="Notebooks, or folders of notebooks.")
    ],
    *,
    shape: Annotated[
        Format,
        typer.Option("--format", help="github: annotations of a workflow; sarif: code scanning."),
    ] = Format.text,
    select: Annotated[
        list[str] | None,
        typer.Option(metavar="RULES", help="Only these: CM301, CM3, a name. Commas, repeatable."),
    ] = None,
    ignore: Annotated[
        list[str] | None, typer.Option(metavar="RULES", help="Leave these out. As --select.")
    ] = None,
    lock: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Pinned requirements: check for these packages, not for those installed.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say what will hurt in notebooks: hidden state, chance, leakage, secrets, old APIs.

    Reads their text only; nothing is executed or changed. Exit code 1 if anything is found.
    """
    from cellmark.actions.check import check as look

    checked = look(*notebooks, select=_split(select), ignore=_split(ignore), lock=lock)
    _write(checked, Format.json if as_json else shape)
    for problem in checked.problems:
        note(f"cellmark: {problem.message}")
    if checked.problems:
        raise typer.Exit(_BAD_INPUT)
    if checked.findings:
        raise typer.Exit(1)


def _split(given: list[str] | None) -> list[str]:
    return [word for each in given or () for word in each.replace(",", " ").split()]


def _write(checked: Checked, shape: Format) -> None:
    if shape is Format.json:
        write_json(checked)
    elif shape is Format.text:
        from .findings import tell

        tell(checked)
    else:
        from .reports import github, sarif

        sys.stdout.write(github(checked) if shape is Format.github else sarif(checked))
