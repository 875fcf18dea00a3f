"""`cellmark register`, `models`, `approve`, `promote` and `history`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, note, write_json

if TYPE_CHECKING:
    from cellmark.actions.registered import ModelSummary
    from cellmark.bundle.verify import CheckResult
    from cellmark.core.registry import Event

__all__ = ["Gate", "approve", "history", "models", "promote", "register"]


class Gate(StrEnum):
    """The gates of `actions.gates`, whose import takes time."""

    approval = "approval"
    reproduced = "reproduced"
    drift = "drift"
    challenge = "challenge"


def register(
    bundle: Annotated[Path, typer.Argument(help="The bundle's folder.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes into the history.")] = "",
    as_json: AsJson = False,
) -> None:
    """Keep a bundle as a version of its model, for good.

    Checks its digests and signature. Copies it into the project's store.
    """
    from cellmark.actions.registry import register as keep

    kept = keep(bundle, reason=reason)
    if as_json:
        write_json(kept)
        return
    said = "registered" if kept.new else "was registered before"
    typer.echo(f"{kept.model}@{kept.version} {said} (digest {kept.digest[:12]})")


def models(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="One model only.")] = None,
    *,
    as_json: AsJson = False,
) -> None:
    """List the registered models, their versions and aliases. Changes nothing."""
    from cellmark.actions.registry import models as look_up

    found = look_up(name)
    if as_json:
        write_json(found)
    elif not found.models:
        note("No model is registered here. `cellmark register BUNDLE` does it.")
    for model in found.models if not as_json else ():
        _print(model)


def approve(
    version: Annotated[str, typer.Argument(metavar="MODEL@VERSION", help="Which one.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="What you looked at.")],
    as_json: AsJson = False,
) -> None:
    """Put on record that you stand for a version. Moves nothing."""
    from cellmark.actions.registry import approve as stand_for

    done = stand_for(version, reason=reason)
    if as_json:
        write_json(done)
    else:
        typer.echo(f"{done.model}@{done.version} approved by {done.event.who}")


def promote(
    version: Annotated[
        str, typer.Argument(metavar="MODEL@VERSION", help="Which one; another alias will do.")
    ],
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="Such as champion.")],
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes into the history.")],
    require: Annotated[
        list[Gate] | None,
        typer.Option(help="What must be known of it beside its own checks; can be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let an alias point to a version, once its bundle verifies. Back to an older one is the same.

    Runs the bundle's own tests first. Exit code 1 if a check or a gate does not hold: nothing moves
    then. approval: somebody else approved it. reproduced: its Run was, since it is registered.
    drift: it has answered requests, and no feature is in alarm. challenge: it has won one.
    """
    from cellmark.actions.registry import promote as move

    done = move(version, alias, reason=reason, require=require or (), on_check=_tell)
    if as_json:
        write_json(done)
        return
    came = f", was {done.model}@{done.before}" if done.before is not None else ""
    typer.echo(f"{done.model}@{alias} is {done.model}@{done.version}{came}")


def history(
    model: Annotated[str, typer.Argument(metavar="MODEL", help="The model's name.")],
    *,
    verify: Annotated[
        bool, typer.Option("--verify", help="Look whether an event was changed, deleted or moved.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show who did what to a model, when and why. Changes nothing.

    With --verify, exit code 1 if the history was changed.
    """
    from cellmark.actions.registry import history as look_up

    found = look_up(model, verify=verify)
    if as_json:
        write_json(found)
    else:
        for event in found.events:
            typer.echo(_described(event))
        for fault in found.faults:
            typer.echo(f"fault  {fault}")
        if found.ok is not None:
            typer.echo("holds" if found.ok else "DOES NOT HOLD")
    if found.ok is False:
        raise typer.Exit(1)


def _print(model: ModelSummary) -> None:
    from rich.console import Console

    from .tables import escape, plain_table

    table = plain_table(
        model.model, ("version", {"justify": "right"}), "aliases", "registered", "by", "digest"
    )
    for each in model.versions:
        table.add_row(
            "",
            str(each.version),
            escape(", ".join(each.aliases)),
            each.registered[:16].replace("T", " "),
            escape(each.by),
            each.digest[:12],
        )
    Console(highlight=False).print(table)


def _described(event: Event) -> str:
    which = f"{event.model}@{event.version}"
    said = f"{event.kind} {which}"
    if event.kind == "promoted":
        came = f" (was {event.model}@{event.before})" if event.before is not None else ""
        said = f"{event.model}@{event.alias} -> {which}{came}"
    why = f": {event.reason}" if event.reason else ""
    digest = event.evidence.get("digest", "")[:12]
    return f"{event.seq:3}  {event.at}  {event.who}  {said}, digest {digest}{why}"


def _tell(result: CheckResult) -> None:
    note(f"{'ok' if result.ok else 'failed':6} {result.name:<11} {result.detail}")
