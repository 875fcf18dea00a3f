"""Session: what one replay tells the kernel, and how far it has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

__all__ = ["Progress", "Session", "quiet"]

Progress = Callable[[int, int], None]
_LAST_WORDS = 2000


def quiet(cell: int, cells: int) -> None:
    """Report no progress."""


def _nothing() -> None:
    """The cells are run; nobody waits for that."""


@dataclass
class Session:
    """One kernel's life. `numbers` maps cell ids to the source notebook's code cell numbers.

    `prelude` and `epilogue` are run silently before the first and after the last cell;
    `before_epilogue` is called when all cells are run.
    `current` is the id of the cell that was last begun, kept for a kernel that dies.
    """

    numbers: dict[str, int]
    environment: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    interpreter: Path | None = None
    prelude: tuple[str, ...] = ()
    epilogue: tuple[str, ...] = ()
    progress: Progress = quiet
    before_epilogue: Callable[[], None] = _nothing
    current: str | None = None
    # Where the kernel's process says what it must: of use when it dies, noise otherwise.
    stderr: IO[bytes] | None = None

    def begin(self, cell_id: str) -> None:
        """Note that a cell is about to run."""
        self.current = cell_id
        if cell_id in self.numbers:
            self.progress(self.numbers[cell_id], max(self.numbers.values()))

    def last_words(self) -> str:
        """The end of what the kernel's process said on stderr."""
        if self.stderr is None:
            return ""
        self.stderr.seek(0)
        return self.stderr.read().decode(errors="replace")[-_LAST_WORDS:].strip()
