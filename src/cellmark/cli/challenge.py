"""`cellmark challenge`: how a challenger does, its share, its end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .output import AsJson, write_json

if TYPE_CHECKING:
    from rich.text import Text

    from cellmark.actions.challenge import Status
    from cellmark_runtime.routing.evaluation import Evaluation, Look
    from cellmark_runtime.routing.experiment import Experiment

__all__ = ["challenge"]

challenge = typer.Typer(
    name="challenge",
    help="Compare two versions that are served: status, share, end.",
    no_args_is_help=True,
)

# What ends a trial against the challenger, or keeps it from being judged.
_FAILED = ("roll back", "stopped", "mismatch")
_STYLES = {"promote": "bold green", "roll back": "bold red", "stopped": "bold red"}
_LINES, _WIDTH = 12, 39

_Log = Annotated[
    Path | None,
    typer.Option(
        "--log",
        metavar="DIR",
        help="The audit log's folder. Default: CELLMARK_AUDIT, or the project's only log.",
    ),
]
_Which = Annotated[
    str | None,
    typer.Option("--experiment", metavar="ID", help="Default: the one that began last."),
]
_Reason = Annotated[str, typer.Option("--reason", help="Why; it goes on record.")]


@challenge.command()
def status(
    *,
    experiment: _Which = None,
    loss: Annotated[
        str | None,
        typer.Option(help="brier, zero-one, squared or absolute. Default: what fits the answers."),
    ] = None,
    margin: Annotated[
        float, typer.Option(help="How much lower the challenger's loss has to be.")
    ] = 0.0,
    log: _Log = None,
    as_json: AsJson = False,
) -> None:
    """Say whether the challenger is better, as far as labels show. Changes nothing.

    The bounds hold however often you look. Exit code 1 where the challenger is to be rolled back,
    was stopped, or can't be judged.
    """
    from cellmark.actions.challenge import status as look_up

    found = look_up(experiment, loss=loss, margin=margin, log=log)
    if as_json:
        write_json(found)
    else:
        _show(found)
    if found.evaluation.decision in _FAILED:
        raise typer.Exit(1)


@challenge.command()
def ramp(
    share: Annotated[float, typer.Argument(min=0.0, max=1.0, help="Of requests, like 0.5.")],
    *,
    reason: _Reason,
    experiment: _Which = None,
    log: _Log = None,
    as_json: AsJson = False,
) -> None:
    """Give the challenger another share of a split. Services that run follow within a second."""
    from cellmark.actions.challenge import ramp as change

    _tell(change(share, reason=reason, experiment=experiment, log=log), as_json=as_json)


@challenge.command()
def stop(
    *, reason: _Reason, experiment: _Which = None, log: _Log = None, as_json: AsJson = False
) -> None:
    """End a trial: the champion answers all again, in every process, within a second."""
    from cellmark.actions.challenge import stop as end

    _tell(end(reason=reason, experiment=experiment, log=log), as_json=as_json)


def _tell(experiment: Experiment, *, as_json: bool) -> None:
    if as_json:
        write_json(experiment)
        return
    names = f"{experiment.model}@{experiment.challenger} against @{experiment.champion}"
    said = f"stopped: {experiment.stopped}" if experiment.stopped else f"{experiment.share:.0%}"
    typer.echo(f"{names}: {said}")


def _show(found: Status) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    evaluation = found.evaluation
    console.print(Text(_heading(evaluation.experiment), style="bold"))
    console.print(Text(_counted(evaluation), style="dim"))
    drawn = [look for look in evaluation.looks if look.bounds.lower is not None]
    if drawn:
        console.print()
        for line in _plot(drawn, evaluation.margin):
            console.print(line, no_wrap=True, crop=True)
        console.print()
    decided = Text("decision  ") + Text(
        evaluation.decision, style=_STYLES.get(evaluation.decision, "bold yellow")
    )
    console.print(decided)
    for sentence in found.words:
        console.print(Text(sentence))


def _heading(experiment: Experiment) -> str:
    way = "in shadow"
    if experiment.mode == "split":
        way = f"for {experiment.share:.4g} of the units"
    names = f"{experiment.model}@{experiment.challenger} challenges @{experiment.champion}"
    return f"{names} {way}, since {experiment.started[:16].replace('T', ' ')}"


def _counted(found: Evaluation) -> str:
    said = f"experiment {found.experiment.id}  {found.answers:,} answers, {found.labelled:,} labels"
    if found.mismatch_p is not None:
        units, hits = (sum(each[part] for each in found.arms) for part in (1, 2))
        said += f"; {hits:,} of {units:,} units, sample-ratio p {found.mismatch_p:.3g}"
    return said


def _plot(looks: list[Look], margin: float) -> Iterator[Text]:
    """The gain and its bounds over time, a line for each of some looks, `|` at the margin."""
    from rich.text import Text

    shown = _some(looks)
    ends = [(each.bounds.lower or 0.0, each.bounds.upper or 0.0) for each in shown]
    reach = max(max(abs(low - margin), abs(high - margin)) for low, high in ends) or 1.0
    yield Text(f"{'labels':>9}  {'until':16}  {'gain':>9}  {f'margin {margin:g}':^{_WIDTH}}", "dim")
    for look, (low, high) in zip(shown, ends, strict=True):
        style = "green" if low > margin else "red" if high < margin else "yellow"
        bar = _bar(*((each - margin) / reach for each in (low, look.bounds.effect, high)))
        until = look.at[:16].replace("T", " ")
        line = Text(f"{look.bounds.n:>9,}  {until}  {look.bounds.effect:>+9.4f}  ")
        yield line + Text(bar, style)


def _bar(low: float, effect: float, high: float) -> str:
    """Places from -1 to 1 in a line of characters."""
    half = _WIDTH // 2
    cells = [" "] * _WIDTH
    left, at, right = (round(half + place * half) for place in (low, effect, high))
    cells[left : right + 1] = "─" * (right + 1 - left)
    cells[half] = "│" if cells[half] == " " else "┼"
    cells[left], cells[right], cells[at] = "├", "┤", "●"
    return "".join(cells).rstrip()


def _some(looks: list[Look]) -> list[Look]:
    """A few of many, the first and the last among them."""
    if len(looks) <= _LINES:
        return looks
    step = (len(looks) - 1) / (_LINES - 1)
    return [looks[round(turn * step)] for turn in range(_LINES)]
