"""Failure: a cell's exception in words, with the line of the cell that it came from."""

from __future__ import annotations

import re
import traceback
from types import TracebackType
from typing import Any

__all__ = ["failure_of"]

_CELL_FILE = re.compile(r'File "[^"]*ipykernel_\d+[\\/]\d+\.py"')


def failure_of(error: BaseException, namespace: Any, number: int | None) -> dict[str, Any]:
    """The failure record: cell, line, error on one line, traceback as text."""
    frame = _cell_frame(error.__traceback__, namespace)
    lines = traceback.format_exception(type(error), error, frame)
    text = str(error).strip().splitlines()
    return {
        "cell": number,
        "line": getattr(error, "lineno", None) if frame is None else _line(frame),
        "error": f"{type(error).__name__}: {text[0]}" if text else type(error).__name__,
        # The kernel's temporary file names say nothing and differ each time.
        "traceback": _CELL_FILE.sub('File "<notebook>"', "".join(lines)),
    }


def _cell_frame(trace: TracebackType | None, namespace: Any) -> TracebackType | None:
    """The part of `trace` from the cell's own code on; None for a syntax error."""
    while trace is not None:
        if trace.tb_frame.f_globals is namespace and trace.tb_frame.f_code.co_name == "<module>":
            return trace
        trace = trace.tb_next
    return None


def _line(frame: TracebackType) -> int:
    """The line of the last frame that is in this very cell: a function of it may have raised."""
    own, line = frame.tb_frame.f_code.co_filename, frame.tb_lineno
    below: TracebackType | None = frame
    while below is not None:
        if below.tb_frame.f_code.co_filename == own:
            line = below.tb_lineno
        below = below.tb_next
    return line
