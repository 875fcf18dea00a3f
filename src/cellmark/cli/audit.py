"""`cellmark audit`: one command for each thing that is asked of a log."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cellmark_runtime.errors import CellmarkError

from .output import AsJson, note, write_json

if TYPE_CHECKING:
    from cellmark.actions.audit import Answer, LogReport, Replayed

__all__ = ["audit"]

audit = typer.Typer(
    name="audit",
    help="Find, prove, verify, replay and erase what a service put on record.",
    no_args_is_help=True,
)

_Log = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="DIR",
        help="The log's folder. Default: CELLMARK_AUDIT, or the project's only log.",
    ),
]
_Where = Annotated[
    list[str],
    typer.Option(
        "--where",
        metavar="COLUMN=VALUE",
        help="Answers to rows with this value, also under a pseudonym. Repeatable: all must hold.",
    ),
]


@audit.command()
def find(
    name: Annotated[
        str, typer.Argument(metavar="ID", help="Of an answer, a request or a trace.")
    ] = "",
    *,
    where: _Where = [],  # noqa: B006 - typer makes a list of its own
    log: _Log = None,
    as_json: AsJson = False,
) -> None:
    """Show what was answered, by which model, to what input. Changes nothing."""
    from cellmark.actions.audit import find as look_up

    if not name and not where:
        raise CellmarkError("cellmark audit find", "nothing to look for", "an ID, or --where")
    answers = look_up(name, where=_parsed(where), log=log)
    if as_json:
        write_json(answers)
    else:
        typer.echo("\n\n".join(map(_described, answers.found)))


@audit.command()
def prove(
    identity: Annotated[str, typer.Argument(metavar="ID", help="An answer's id.")],
    *,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Where to. Default: proof-ID."),
    ] = None,
    without_input: Annotated[
        bool, typer.Option("--without-input", help="Prove the record, and show nothing of the row.")
    ] = False,
    log: _Log = None,
    as_json: AsJson = False,
) -> None:
    """Take out one record with a proof that a third party checks without the log.

    Writes proof.json and the script that checks it, which needs nothing but Python 3.
    """
    from cellmark.actions.audit import prove as take_out

    proven = take_out(identity, output=output, with_input=not without_input, log=log)
    if as_json:
        write_json(proven)
    else:
        typer.echo(f"{proven.proof} and {proven.script} are for whoever asks. They check it with")
        typer.echo(f"  python3 {proven.script} {proven.proof} --key {proven.key}")
        typer.echo("and must know from you, by another way, that this is your key.")


@audit.command()
def verify(
    *,
    checkpoints: Annotated[
        list[Path],
        typer.Option(
            "--checkpoints",
            metavar="PATH",
            help="Seals that were kept elsewhere: a file, or a folder of them. Repeatable.",
        ),
    ] = [],  # noqa: B006
    key: Annotated[
        list[str],
        typer.Option(
            "--key", help="Who may have signed: ed25519:HEX, or a public key's file. Repeatable."
        ),
    ] = [],  # noqa: B006
    log: _Log = None,
    as_json: AsJson = False,
) -> None:
    """Check every record, seal and input: what was changed is named by file and line.

    Changes nothing. Exit code 1 if anything was changed.
    """
    from cellmark.actions.audit import verify as check

    report = check(log, checkpoints=checkpoints, keys=key)
    if as_json:
        write_json(report)
    else:
        _tell(report, held_against_key=bool(key))
    if not report.ok:
        raise typer.Exit(1)


@audit.command()
def replay(
    bundle: Annotated[Path, typer.Argument(help="The folder of the bundle that answered.")],
    *,
    identity: Annotated[
        str | None, typer.Option("--id", metavar="ID", help="Only the request of this answer.")
    ] = None,
    log: _Log = None,
    as_json: AsJson = False,
) -> None:
    """Score recorded requests again, in their batches, and compare to the last bit.

    Changes nothing. Exit code 1 if an answer differs, or none could be compared.
    """
    from cellmark.actions.audit import replay as score_again

    replayed = score_again(bundle, identity=identity, log=log, warn=note)
    if as_json:
        write_json(replayed)
    else:
        _compare(replayed)
    if not replayed.ok:
        raise typer.Exit(1)


@audit.command()
def redact(
    identities: Annotated[
        list[str] | None, typer.Argument(metavar="ID", help="Of the answers.")
    ] = None,
    *,
    reason: Annotated[str, typer.Option("--reason", help="Why; it goes on record.")],
    where: _Where = [],  # noqa: B006
    column: Annotated[
        list[str],
        typer.Option("--column", help="Erase this column only. Repeatable. Default: all."),
    ] = [],  # noqa: B006
    log: _Log = None,
    as_json: AsJson = False,
) -> None:
    """Erase inputs for good. Their records stay, and the log still holds.

    Writes to the log, also while a service does. What was erased can't be brought back.
    """
    from cellmark.actions.audit import redact as erase

    redacted = erase(identities or [], reason=reason, where=_parsed(where), columns=column, log=log)
    if as_json:
        write_json(redacted)
        return
    for each in redacted.erased:
        what = ", ".join(each["columns"]) or "the whole input"
        typer.echo(f"{each['of']}: erased {what}")


def _parsed(where: list[str]) -> dict[str, str]:
    parsed = {}
    for each in where:
        column, sign, value = each.partition("=")
        if not column or not sign:
            raise CellmarkError("--where", repr(each), "COLUMN=VALUE")
        parsed[column] = value
    return parsed


def _described(answer: Answer) -> str:
    record, by = answer.record, answer.record.get("by", {})
    who = f"{by.get('model')}@{by.get('version')} ({by.get('arm')}, digest {by.get('bundle')})"
    request = record.get("request", {})
    status = "answered" if answer.kind == "prediction" else f"refused ({request.get('status')})"
    lines = [f"{answer.id}  {status} {answer.at} by {who}"]
    if answer.kind == "prediction":
        batch = record["batch"]
        lines += [
            f"  answer   {_text(record['output'])}",
            f"  input    {_text(answer.input) if answer.input else 'erased, or not kept'}",
            f"  request  {batch['id']}, row {batch['pos'] + 1} of {batch['n']}",
        ]
    else:
        lines.append(f"  faults   {_text(record['about'])}")
    seal = "sealed" if answer.sealed else "not sealed yet"
    lines.append(f"  record   {answer.file}, line {answer.line}; {seal}")
    lines += [
        f"  {event['kind']:8} {event['at']}  {_text(event['about'])}" for event in answer.events
    ]
    return "\n".join(lines)


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _tell(report: LogReport, *, held_against_key: bool) -> None:
    for said in report.notes:
        typer.echo(f"note   {said}")
    for finding in report.findings:
        typer.echo(f"fault  {finding}")
    segments = f"{report.segments} segment{'s' if report.segments != 1 else ''}"
    counted = f"{report.records} records in {segments}, {report.sealed} sealed"
    typer.echo(f"{'holds' if report.ok else 'DOES NOT HOLD'}: {counted}")
    for key in report.keys:
        compare = "" if held_against_key else "; compare it with the one that you know, or --key"
        typer.echo(f"signed by {key}{compare}")


def _compare(replayed: Replayed) -> None:
    for each in replayed.differing:
        typer.echo(f"{each['id']}: recorded {_text(each['recorded'])}, now {_text(each['now'])}")
    for why, count in replayed.skipped.items():
        typer.echo(f"{count} not scored: {why}")
    same = replayed.compared - len(replayed.differing)
    typer.echo(f"{same} of {replayed.compared} answers are equal to the last bit")
