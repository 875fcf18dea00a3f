"""`cellmark package`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .choices import Answer, Frame, Model, Policy, parse_policies
from .output import AsJson, write_json
from .parameters import Parameters, parse_parameters
from .stages import stages
from .tables import brief

if TYPE_CHECKING:
    from cellmark.actions.hidden_state import HiddenState
    from cellmark.actions.package import Packaged
    from cellmark.core.changes import Changes, CodeChange, ValueChange
    from cellmark_runtime.types.policies import Policies

__all__ = ["package", "tell"]


def package(
    source: Annotated[str, typer.Argument(metavar="NB|RUN", help="A notebook, or a Run.")],
    *,
    name: Annotated[
        str | None, typer.Option(help="The model's name. Default: the notebook's.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The bundle's folder. Default: NAME-VERSION here."),
    ] = None,
    parameters: Parameters = None,
    model: Model = None,
    frame: Frame = None,
    answer: Answer = None,
    policies: Policy = None,
    as_json: AsJson = False,
) -> None:
    """Build a proven, locked bundle from tagged cells.

    Runs the notebook clean, derives its scoring module, and proves it row by row. Writes the
    bundle's folder, and nothing at all where a statement is refused or the proof does not hold.
    """
    from cellmark.actions.package import package as build

    with stages(plain=as_json, kept=True) as shown:
        packaged = build(
            source,
            name=name,
            output=output,
            parameters=parse_parameters(parameters),
            model=model,
            frame=frame,
            answer=answer,
            policies=parse_policies(policies),
            note=shown.begin,
            progress=shown.progress,
        )
    if as_json:
        write_json(packaged)
    else:
        tell(packaged)


def tell(packaged: Packaged) -> None:
    """Say what was built, and on what ground it may be trusted."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    proof = packaged.proof
    exact = (
        "to the last bit"
        if proof.max_abs_difference == 0
        else f"within {proof.max_abs_difference:.1e}"
    )
    console.print(f"[bold]{packaged.name}@{packaged.version}[/bold]  {packaged.bundle}")
    console.print(f"digest  {packaged.digest}")
    counts = ", ".join(f"{count} {verdict}" for verdict, count in packaged.statements.items())
    console.print(f"derived {counts} statements")
    console.print(f"proof   equal to the notebook {exact}, {proof.rows} rows")
    for check in proof.checks:
        console.print(f"        {check.name}: {check.rows} rows")
    for unproven in proof.unproven:
        console.print(f"warning not proven: {unproven}", style="yellow", markup=False)
    for policy in _stated(packaged.policies):
        console.print(f"policy  {policy}", markup=False)
    for cell in packaged.hidden_state:
        console.print("[yellow]note[/yellow]    ", end="")
        console.print(_said_of(cell), markup=False)
    for name, reason in packaged.joblib.items():
        warning = (
            f"warning {name} is kept by joblib, which runs code when it is loaded: it {reason}"
        )
        console.print(warning, style="yellow", markup=False)
    if packaged.changes is not None:
        for line in _changed(packaged.changes):
            console.print(line, markup=False)
    console.print(f"next    cellmark verify {packaged.bundle} --clean")
    console.print(f"        cellmark serve {packaged.bundle}")


def _stated(policies: Policies) -> Iterator[str]:
    """The policies that are not the defaults, in words."""
    from cellmark_runtime.scoring.accepting import said_of

    usual = said_of(type(policies)())
    for name, said in said_of(policies).items():
        if name not in usual:
            yield f"{name}: {said.replace('`', '')}"


def _changed(changes: Changes) -> Iterator[str]:
    """What differs from the version before, a line each."""
    said = [("code", _of_code(each)) for each in changes.code]
    for kind in ("constants", "parameters", "packages", "data"):
        said += [(kind, _of_value(each)) for each in getattr(changes, kind)]
    yield f"since   version {changes.since}: {_counted(said) or 'nothing in code, values or data'}"
    for kind, line in said:
        yield f"        {kind:<10}  {line}"


def _counted(said: list[tuple[str, str]]) -> str:
    kinds = [kind for kind, _ in said]
    return ", ".join(f"{kinds.count(kind)} in {kind}" for kind in dict.fromkeys(kinds))


def _of_code(change: CodeChange) -> str:
    place = f"cell {change.cell}, line {change.line}"
    now, was = brief(_first(change.after)), brief(_first(change.before))
    if change.before is None:
        return f"{place}: new, {change.verdict_after}: {now}"
    if change.after is None:
        return f"{place}: gone: {was}"
    verdict = str(change.verdict_after)
    if change.verdict_after != change.verdict_before:
        verdict += f", was {change.verdict_before}"
    if change.after == change.before:
        return f"{place}: {verdict}: {now}"
    return f"{place}: {verdict}: {now}, was {was}" if now != was else f"{place}: {verdict}: {now}"


def _first(source: str | None) -> str:
    first, *more = (source or "").splitlines() or [""]
    return f"{first} ..." if more else first


def _of_value(change: ValueChange) -> str:
    if change.before is None:
        return f"new: {change.name} {change.after}"
    if change.after is None:
        return f"gone: {change.name} {change.before}"
    if change.before == change.after:
        return f"{change.name} differs: {change.after}"
    return f"{change.name} {change.after}, was {change.before}"


def _said_of(cell: HiddenState) -> str:
    return (
        f"cell {cell.cell} showed {cell.saved!r} when it was saved and shows {cell.now!r} in a "
        f"clean run: {cell.why}. The bundle gives the clean run's numbers."
    )
