"""The command line: one module per verb, each thin over `cellmark.actions`.

Verb modules import nothing heavy at their top, so that `cellmark --help` stays quick.
"""

from __future__ import annotations

import signal
import sys
from typing import Annotated

import typer

from cellmark import __version__
from cellmark_runtime.errors import CellmarkError

from .audit import audit
from .challenge import challenge
from .check import check
from .demo import demo
from .diff import diff
from .explain import explain
from .monitor import monitor
from .output import fail
from .package import package
from .parameters import WithParameters
from .registry import approve, history, models, promote, register
from .reproduce import reproduce
from .restore import restore
from .run import run
from .runs import runs
from .serve import serve
from .show import show
from .ui import ui
from .verify import verify

__all__ = ["app", "main"]

app = typer.Typer(
    name="cellmark",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _tell_version(asked: bool) -> None:
    if asked:
        typer.echo(f"cellmark {__version__}")
        raise typer.Exit


@app.callback()
def root(
    *,
    version: Annotated[
        bool,
        typer.Option("--version", callback=_tell_version, is_eager=True, help="Say the version."),
    ] = False,
) -> None:
    """Tag a notebook's cells; runs log themselves, the model ships as a proven service."""


_WITH_PARAMETERS = (run, explain, package, reproduce)
_REGISTRY = (register, models, approve, promote, history)

for verb in (
    demo,
    ui,
    run,
    runs,
    show,
    diff,
    restore,
    check,
    explain,
    package,
    reproduce,
    verify,
    serve,
    monitor,
    *_REGISTRY,
):
    app.command(cls=WithParameters if verb in _WITH_PARAMETERS else None)(verb)
app.add_typer(audit)
app.add_typer(challenge)


def main() -> None:
    """Run the command line; a user's mistake ends in one message, never in a traceback.

    Told to stop, by Ctrl-C or by SIGTERM, it takes its kernels, processes and temporary files away.
    """
    signal.signal(signal.SIGTERM, _stop)
    try:
        app()
    except (CellmarkError, OSError) as problem:
        sys.exit(fail(problem, as_json="--json" in sys.argv))


def _stop(number: int, _frame: object) -> None:
    sys.exit(128 + number)
