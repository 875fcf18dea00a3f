"""`cellmark verify`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, write_json

if TYPE_CHECKING:
    from cellmark.actions.verify import CheckResult

__all__ = ["verify"]


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle's folder.")],
    *,
    clean: Annotated[
        bool, typer.Option("--clean", help="Test in a new environment made from the lock alone.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Check a bundle's digests and signature and run its own tests. Changes nothing."""
    from cellmark.actions.verify import verify as check

    report = check(bundle, clean=clean, on_check=lambda result: _tell(result, as_json=as_json))
    if as_json:
        write_json(report)
    if not report.ok:
        raise typer.Exit(1)


def _tell(result: CheckResult, *, as_json: bool) -> None:
    from rich.console import Console
    from rich.text import Text

    # With --json stdout belongs to the one object; progress goes to stderr.
    mark = Text("ok    ", style="green") if result.ok else Text("failed", style="bold red")
    line = Text.assemble(mark, f" {result.name:<11} {result.seconds:6.1f} s  ", result.detail)
    Console(stderr=as_json, highlight=False).print(line, soft_wrap=True)
