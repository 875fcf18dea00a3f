"""The command line: one module per verb, each thin over `cellmark.actions`.

Verb modules import nothing heavy at their top, so that `cellmark --help` stays quick.
"""

from __future__ import annotations

import sys

import typer

from cellmark_runtime.errors import CellmarkError

from . import demo, package, run, runs, serve, show, verify
from .output import fail

__all__ = ["app", "main"]

app = typer.Typer(
    name="cellmark",
    help="Tag a notebook's cells; runs log themselves, the model ships as a proven service.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for verb in (demo, run, runs, show, package, verify, serve):
    app.command()(getattr(verb, verb.__name__.rpartition(".")[2]))


def main() -> None:
    """Run the command line; a user's mistake ends in one message, never in a traceback."""
    try:
        app()
    except (CellmarkError, OSError) as problem:
        sys.exit(fail(problem, as_json="--json" in sys.argv))
