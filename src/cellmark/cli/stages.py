"""Stages: what a long command is doing, on a terminal as it goes, in a pipe a line each."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from cellmark.core.progress import PATIENCE

from .output import note
from .tables import duration

if TYPE_CHECKING:
    from rich.table import Table

__all__ = ["Lines", "Live", "Stages", "stages"]

# Seconds after which somebody who reads a log wants to know that it goes on.
_PATIENCE = 10.0
_A_SECOND = 8
_Clock = Callable[[], float]


class Stages(Protocol):
    """Hears each stage begin, and how far it is: `progress("one row at a time", 120, 300)`."""

    def begin(self, stage: str) -> None: ...
    def progress(self, what: str, done: int, of: int) -> None: ...


@contextmanager
def stages(*, plain: bool = False, kept: bool = False) -> Iterator[Stages]:
    """Show stages on stderr while the context lasts; `kept` leaves them there when it is over.

    Lines where nobody watches: `plain`, or no terminal.
    """
    from rich.console import Console

    console = Console(stderr=True, highlight=False)
    if plain or not console.is_terminal or console.is_dumb_terminal:
        yield Lines(patience=_patience())
        return
    from rich.live import Live as Screen

    shown = Live()
    with Screen(
        get_renderable=shown.table,
        console=console,
        refresh_per_second=_A_SECOND,
        transient=not kept,
    ) as screen:
        try:
            yield shown
        except BaseException:
            # Where it stopped is what one wants to know then, whatever is said about it below.
            screen.transient = False
            shown.end(failed=True)
            raise
        shown.end()


def _patience() -> float:
    try:
        return float(os.environ[PATIENCE])
    except (KeyError, ValueError):
        return _PATIENCE


class Lines:
    """A line for each stage; within a long one another now and then."""

    def __init__(self, clock: _Clock = time.monotonic, patience: float = _PATIENCE) -> None:
        self._clock = clock
        self._patience = patience
        self._said = clock()

    def begin(self, stage: str) -> None:
        note(stage)
        self._said = self._clock()

    def progress(self, what: str, done: int, of: int) -> None:
        if self._clock() - self._said >= self._patience:
            self.begin(f"  {what} {done}/{of}")


class Live:
    """Stages as a table: done ones with the time they took, and where the last one is."""

    def __init__(self, clock: _Clock = time.monotonic) -> None:
        from rich.spinner import Spinner

        self._clock = clock
        self._spinner = Spinner("dots", style="cyan")
        self._done: list[tuple[str, float]] = []
        self._stage = ""
        self._begun = 0.0
        self._detail = ""
        self._failed = False

    def begin(self, stage: str) -> None:
        self.end()
        self._stage, self._begun = stage, self._clock()

    def progress(self, what: str, done: int, of: int) -> None:
        self._detail = f"{what} {done}/{of}"

    def end(self, *, failed: bool = False) -> None:
        """The stage is over, or failed: it stays as it is then."""
        self._failed = failed
        if self._stage and not failed:
            self._done.append((self._stage, self._clock() - self._begun))
            self._stage = self._detail = ""

    def table(self) -> Table:
        """What stands on the terminal now."""
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(width=1)
        table.add_column()
        table.add_column(justify="right", style="dim", no_wrap=True)
        table.add_column(style="dim", no_wrap=True, overflow="ellipsis")
        for stage, seconds in self._done:
            table.add_row(Text("✓", style="green"), Text(stage), duration(seconds), "")
        if self._stage:
            mark = Text("✗", style="red") if self._failed else self._spinner
            took = duration(self._clock() - self._begun)
            table.add_row(mark, Text(self._stage), took, Text(self._detail))
        return table
