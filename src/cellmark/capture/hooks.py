"""Hooks: hear every cell begin and end, whatever the user does, and never stand in the way."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import Any

__all__ = ["Listener", "listen"]


class Listener:
    """Stands between IPython's events and a Tracker. A fault of ours stays ours."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._tracker: Any = None
        self._depth = 0
        self._complained = False
        self._fault = ""
        self._paused = False
        self._recorded = True

    @property
    def state(self) -> str:
        """`on`, `paused`, or `faulty: ` and what went wrong in the last cell, for front ends."""
        if self._fault:
            return f"faulty: {self._fault}"
        return "paused" if self._paused else "on"

    def pause(self, paused: bool) -> None:
        """Record no cell that begins from now on, until told otherwise or restarted."""
        self._paused = paused

    def pre_run_cell(self, info: Any) -> None:
        """IPython is about to run a cell."""
        self._depth += 1
        if self._depth == 1:
            # What a cell is when it begins, it is when it ends, though it may pause by itself.
            self._recorded = not self._paused
            if self._recorded:
                self._guarded("begin", info)

    def post_run_cell(self, result: Any) -> None:
        """IPython has run a cell, however it ended."""
        # `%reset` or an extension that loads late may leave us a post without its pre.
        self._depth = max(0, self._depth - 1)
        if self._depth == 0 and self._recorded and self._tracker is not None:
            self._guarded("end", result)

    def _guarded(self, event: str, argument: Any) -> None:
        try:
            with _quiet():
                if self._tracker is None:
                    from .tracker import Tracker

                    self._tracker = Tracker(self._shell)
                getattr(self._tracker, event)(argument)
            self._fault = "" if event == "end" else self._fault
        except BaseException as fault:  # noqa: BLE001
            # An interrupt too: the cell is over, and IPython would print a traceback of ours.
            self._fault = _named(fault)
            self._complain()

    def _complain(self) -> None:
        """Say it once, on the server's terminal: a cell's output belongs to the user."""
        if not self._complained:
            self._complained = True
            _say(f"cellmark: this kernel's cells are not recorded: {self._fault}\n")


def _say(text: str) -> None:
    # ipykernel sends what is written to the process's stderr to the notebook; this is the terminal.
    terminal = getattr(sys.stderr, "_original_stdstream_copy", None)
    with contextlib.suppress(OSError, ValueError):
        if terminal is not None:
            os.write(terminal, text.encode("utf-8", "backslashreplace"))
        elif sys.__stderr__ is not None:
            sys.__stderr__.write(text)


def _named(fault: BaseException) -> str:
    try:
        return repr(fault)
    except Exception:  # noqa: BLE001
        # An exception of the user's own, raised by a value that was looked at.
        return type(fault).__name__


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep warnings of our own thread from the user.

    Not by `catch_warnings`: after it warnings that were shown once are shown again.
    """
    ours, shown = threading.get_ident(), warnings.showwarning

    def show(*args: Any, **kwargs: Any) -> None:
        if threading.get_ident() != ours:
            shown(*args, **kwargs)

    warnings.showwarning = show
    try:
        yield
    finally:
        if warnings.showwarning is show:
            warnings.showwarning = shown


def listen() -> None:
    """Start listening to the cells of this kernel; a second call changes nothing.

    Outside a Jupyter kernel (a plain IPython terminal) there are no tags, and nothing is done.
    """
    from IPython import get_ipython

    shell = get_ipython()
    if getattr(shell, "kernel", None) is None or hasattr(shell, "_cellmark"):
        return
    listener = Listener(shell)
    shell._cellmark = listener  # noqa: SLF001
    shell.events.register("pre_run_cell", listener.pre_run_cell)
    shell.events.register("post_run_cell", listener.post_run_cell)
