"""`cellmark serve`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .challenger import Challenger, Mode, OwnPython, Share, TargetMs, WayOfComparing
from .output import AsJson, note, write_json

if TYPE_CHECKING:
    from cellmark_runtime.service import Listening

__all__ = ["serve"]


def serve(
    target: Annotated[
        str,
        typer.Argument(
            metavar="BUNDLE",
            help="The bundle's folder, or registered: MODEL@VERSION, MODEL@ALIAS (followed).",
        ),
    ],
    *,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")
    ] = 8000,
    allow_unauthenticated: Annotated[
        bool,
        typer.Option(
            "--allow-unauthenticated",
            help="Let anybody who reaches a public address ask, without CELLMARK_TOKEN.",
        ),
    ] = False,
    audit: Annotated[
        Path | None,
        typer.Option(
            "--audit",
            metavar="DIR",
            help="Put answers on record there. Default: CELLMARK_AUDIT, or the project's store.",
        ),
    ] = None,
    no_audit: Annotated[bool, typer.Option("--no-audit", help="Put no answer on record.")] = False,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="How many processes answer; a core each.")
    ] = 1,
    challenger: Challenger = None,
    mode: Mode = WayOfComparing.SHADOW,
    share: Share = 0.1,
    target_ms: TargetMs = 500.0,
    challenger_python: OwnPython = None,
    as_json: AsJson = False,
) -> None:
    """Answer requests with a bundle's model over HTTP until stopped.

    Checks the bundle's digests and scores its golden rows first. Changes nothing in the bundle.
    In a project every answer goes on record: see `cellmark audit`.
    With CELLMARK_TOKEN set, callers must send it. A challenger can't slow or break an answer; see
    `cellmark challenge status`.
    """
    from cellmark.actions.serve import serve as answer

    answer(
        target,
        host=host,
        port=port,
        allow_unauthenticated=allow_unauthenticated,
        audit=not no_audit if audit is None else audit,
        workers=workers,
        challenger=challenger,
        mode=mode.value,
        share=share,
        target_ms=target_ms,
        challenger_python=challenger_python,
        warn=note,
        announce=_write_listening if as_json else _note_listening,
    )


def _write_listening(listening: Listening) -> None:
    write_json(listening._asdict())


def _note_listening(listening: Listening) -> None:
    model = f"{listening.model}@{listening.version} (digest {listening.digest[:12]})"
    if listening.reason is None:
        note(f"{model} answers at {listening.url}. Ctrl-C stops it.")
    else:
        note(f"{model} refuses to answer at {listening.url}: {listening.reason}")
