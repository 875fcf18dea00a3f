"""What every verb shares: one JSON object on stdout or words for people, messages on stderr."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import typer

from cellmark_runtime.errors import CellmarkError

__all__ = ["AsJson", "fail", "note", "write_json"]

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
    if isinstance(problem, CellmarkError):
        code, parts = problem.exit_code, {
            "where": problem.where,
            "received": problem.received,
            "expected": problem.expected,
            "fix": problem.fix,
        }
    else:
        code = 2
        where = str(problem.filename or "the file system")
        parts = {"where": where, "received": problem.strerror or str(problem), "expected": "", "fix": ""}
    if as_json:
        write_json({"error": {"message": str(problem), **parts}})
    note(f"cellmark: {problem if code == 1 or isinstance(problem, CellmarkError) else _system(parts)}")
    return code


def _system(parts: Mapping[str, str]) -> str:
    return f"{parts['where']}: {parts['received']}. Nothing was left half-written; free or unlock it and try again."
