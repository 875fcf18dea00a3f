"""What every verb shares: one JSON object on stdout or words for people, messages on stderr."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import typer

from cellmark.core.explanation import StatementsRefused, Undecided
from cellmark_runtime.errors import CellmarkError

__all__ = ["AsJson", "fail", "note", "write_json"]

_NARROWEST = 40

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
    if isinstance(problem, StatementsRefused):
        parts["refused"] = problem.refused
    if isinstance(problem, Undecided):
        parts["choose"] = problem.choose
    if as_json:
        write_json({"error": {"message": str(problem), **parts}})
    note(_laid_out(problem))
    return problem.exit_code


def _laid_out(problem: CellmarkError) -> str:
    """A message in lines that fit the terminal; a pipe gets each message on one line."""
    several = isinstance(problem, StatementsRefused) and len(problem.refused) > 1
    lines = [line for line in str(problem).splitlines() if line.strip()]
    said = [f"{len(lines)} things can't be packaged", *lines] if several else lines
    said[0] = f"cellmark: {said[0]}"
    if not sys.stderr.isatty():
        return "\n".join(said)
    width = max(_NARROWEST, shutil.get_terminal_size().columns)
    return "\n".join(wrapped(line, width) for line in said)


def wrapped(line: str, width: int) -> str:
    """One line as several of at most `width` characters, words left whole, all but the first
    indented.
    """
    return textwrap.fill(
        line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )


def _in_words(problem: OSError) -> CellmarkError:
    return CellmarkError(
        str(problem.filename or "the file system"),
        problem.strerror or str(problem),
        fix="Nothing was left half-written; mend it and try again.",
    )
