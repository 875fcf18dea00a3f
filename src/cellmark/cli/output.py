"""What every verb shares: one JSON object on stdout or words for people, messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import typer

from cellmark_runtime.errors import CellmarkError

__all__ = ["AsJson", "end_progress", "fail", "note", "progress", "write_json"]

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, nothing else.")]


def write_json(result: Mapping[str, Any] | msgspec.Struct) -> None:
    """Print `result` as the one JSON object of this command."""
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")
    sys.stdout.flush()


def note(message: str) -> None:
    """Tell the user how far things are; stderr, so that stdout stays the command's answer."""
    sys.stderr.write(message + "\n")
    sys.stderr.flush()


def fail(problem: CellmarkError | OSError, *, as_json: bool) -> int:
    """Report a problem in one message and return the exit code that goes with it."""
    if not isinstance(problem, CellmarkError):
        problem = _in_words(problem)
    parts = {part: getattr(problem, part) for part in ("where", "received", "expected", "fix")}
    if as_json:
        write_json({"error": {"message": str(problem), **parts}})
    note(f"cellmark: {problem}")
    return problem.exit_code


def _in_words(problem: OSError) -> CellmarkError:
    return CellmarkError(
        str(problem.filename or "the file system"),
        problem.strerror or str(problem),
        fix="Nothing was left half-written; mend it and try again.",
    )


def progress(cell: int, cells: int) -> None:
    """Show on a terminal which cell is running."""
    if sys.stderr.isatty():
        sys.stderr.write(f"\r\x1b[Kcell {cell} of {cells}")
        sys.stderr.flush()


def end_progress() -> None:
    """Take the line that `progress` wrote away."""
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
