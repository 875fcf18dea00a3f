"""`cellmark explain`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Annotated

import typer

from cellmark.core.statement import NOT_JUDGED

from .choices import Answer, Frame, Model, Policy, parse_policies
from .output import AsJson, write_json
from .parameters import Parameters, parse_parameters
from .stages import stages

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

    from cellmark.actions.explain import ExplainedCell, ExplainedNotebook
    from cellmark.core.statement import Refused, Statement

__all__ = ["explain", "tell"]

# verdict -> (mark, style): the word stands beside both, so that nothing hangs on a colour.
_LOOKS = {
    "kept": ("=", "green"),
    "frozen": ("*", "cyan"),
    "rewritten": ("~", "yellow"),
    "dropped": ("-", "dim"),
    "refused": ("!", "bold red"),
    NOT_JUDGED: ("?", "dim"),
}
_INDENT = 13
_CONTINUED = 4
_NARROWEST = 40
# A plot of forty lines that scoring does not need is not worth forty lines here.
_LONGEST_DROPPED = 3
# A pipe gets each line whole.
_UNBROKEN = 10_000


def explain(
    source: Annotated[str, typer.Argument(metavar="NB|RUN", help="A notebook, or a Run.")],
    *,
    parameters: Parameters = None,
    model: Model = None,
    frame: Frame = None,
    answer: Answer = None,
    policies: Policy = None,
    as_json: AsJson = False,
) -> None:
    """Say what packaging makes of each statement, and why.

    Runs the notebook clean and judges the statements of its tagged cells: kept, frozen, rewritten,
    dropped or refused, with what to write instead. Builds nothing; the Run is kept. Exit code 1 if
    anything is refused.
    """
    from cellmark.actions.explain import explain as judge

    with stages(plain=as_json) as shown:
        explained = judge(
            source,
            parameters=parse_parameters(parameters),
            model=model,
            frame=frame,
            answer=answer,
            policies=parse_policies(policies),
            note=shown.begin,
            progress=shown.progress,
        )
    if as_json:
        write_json(explained)
    else:
        tell(explained)
    if not explained.derivable:
        raise typer.Exit(1)


def tell(explained: ExplainedNotebook) -> None:
    """Print each cell with the verdicts beside its statements, then what stands in the way."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    width = max(_NARROWEST, console.width) if console.is_terminal else _UNBROKEN
    cells = {cell.cell: cell for cell in explained.cells}
    for number, statements in groupby(explained.statements, key=lambda each: each.cell):
        console.print(_head(number, cells.get(number)))
        for statement in statements:
            for line in _lines(statement, explained.refused, console, width):
                console.print(line)
        console.print()
    for line in _summary(explained, console, width):
        console.print(line)


def _head(number: int, cell: ExplainedCell | None) -> Text:
    from rich.text import Text

    text = Text(f"cell {number}", style="bold")
    if cell is not None:
        text.append(f"  {', '.join(cell.roles) or 'no role'}", style="not bold magenta")
        text.append(f"  {cell.heading}" if cell.heading else "", style="not bold")
    return text


def _lines(
    statement: Statement, refused: tuple[Refused, ...], console: Console, width: int
) -> Iterator[Text]:
    from rich.text import Text

    mark, style = _LOOKS[_verdict(statement)]
    beside = Text(f"{mark} {_verdict(statement)}".ljust(_INDENT), style=style)
    for said in [*_code(statement), *_reasons(statement, refused)]:
        for line in _broken(said, console, width - _INDENT):
            yield Text.assemble(beside, line)
            beside = Text(" " * _INDENT)


def _verdict(statement: Statement) -> str:
    """The verdict in words for people: what was not judged is none."""
    return statement.verdict if statement.judged else NOT_JUDGED


def _code(statement: Statement) -> list[Text]:
    from rich.syntax import Syntax
    from rich.text import Text

    rows = statement.source.split("\n")
    if statement.verdict == "dropped" and len(rows) > _LONGEST_DROPPED:
        left = len(rows) - _LONGEST_DROPPED + 1
        kept = Text("\n".join(rows[: _LONGEST_DROPPED - 1]))
        return [*kept.split("\n"), Text(f"... {left} more lines", style="dim")]
    if statement.verdict == "dropped":
        return list(Text(statement.source).split("\n"))
    highlighted = Syntax("", "python", theme="ansi_dark").highlight(statement.source)
    highlighted.rstrip()
    return list(highlighted.split("\n"))


def _reasons(statement: Statement, refused: tuple[Refused, ...]) -> Iterator[Text]:
    from rich.text import Text

    if statement.verdict == "refused":
        for each in refused:
            if _stands_in(each, statement):
                yield Text(_why(each, statement), style="red")
                yield Text(f"fix: {each.fix}" if each.fix else "")
        return
    if statement.verdict in {"rewritten", "dropped"} or not statement.frozen:
        shown = statement.reason if statement.verdict != "kept" else ""
        shown = shown.removeprefix(f"{NOT_JUDGED}: ")
        yield from [Text(shown, style="dim italic")] if shown else []
    for name, value in statement.frozen.items():
        yield Text(f"{name} = {value}", style="cyan")


def _stands_in(refused: Refused, statement: Statement) -> bool:
    last = statement.line + statement.source.count("\n")
    here = refused.cell == statement.cell and statement.line <= (refused.line or 0) <= last
    return here and refused.reason in statement.reason


def _why(refused: Refused, statement: Statement) -> str:
    place = f"line {refused.line}: " if "\n" in statement.source else ""
    quoted = f"`{refused.source}` " if refused.source else ""
    return f"{place}{quoted}{refused.reason}"


def _broken(text: Text, console: Console, width: int) -> Iterator[Text]:
    """The parts of a line that fit into `width` characters, all but the first indented."""
    from rich.text import Text

    if not text.plain.strip():
        return
    own = len(text.plain) - len(text.plain.lstrip())
    room = max(_NARROWEST // 2, width - own - _CONTINUED)
    if len(text) <= width:
        yield text
        return
    indent = own
    for part in text[own:].wrap(console, room, tab_size=4):
        part.rstrip()
        yield Text.assemble(" " * indent, part)
        indent = own + _CONTINUED


def _summary(explained: ExplainedNotebook, console: Console, width: int) -> Iterator[Text]:
    from rich.text import Text

    verdicts = [_verdict(each) for each in explained.statements]
    counts = [f"{verdicts.count(verdict)} {verdict}" for verdict in _LOOKS if verdict in verdicts]
    said = Text(f"{len(verdicts)} statements: {', '.join(counts)}", style="bold")
    yield from _broken(said, console, width)
    if explained.derivable:
        for line in (
            "not proven yet: explain derives the scoring module and runs no proof",
            f"next: cellmark package {explained.notebook}, which proves it row by row, then builds",
        ):
            yield from _broken(Text(line), console, width)
    places = [f"cell {each.cell}, line {each.line}" for each in explained.refused if each.cell]
    whole = [f"{each.reason}. {each.fix}" for each in explained.refused if each.cell is None]
    if whole and explained.model is not None:
        whole.append(f"The verdicts above are those for {explained.model}.")
    for line in [*whole, f"refused: {'; '.join(places)}" if places else ""]:
        yield from _broken(Text(line, style="red"), console, width)
