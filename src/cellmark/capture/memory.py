"""Memory: the most that the kernel's process held at a time while a cell ran."""

from __future__ import annotations

import contextlib
import os
import re

__all__ = ["PeakMemory"]

_CLEAR, _STATUS = "/proc/self/clear_refs", "/proc/self/status"
# proc(5): 5 puts the peak back to what is held now.
_RESET_PEAK = b"5"
_PEAK = re.compile(rb"^VmHWM:\s*(\d+) kB", re.MULTILINE)


class PeakMemory:
    """Of one cell at a time. Only Linux tells it anew for each; elsewhere it is not known."""

    def __init__(self) -> None:
        self._is_known = False

    def begin(self) -> None:
        """A cell begins."""
        self._is_known = False
        with contextlib.suppress(OSError):
            clear = os.open(_CLEAR, os.O_WRONLY)
            try:
                self._is_known = os.write(clear, _RESET_PEAK) > 0
            finally:
                os.close(clear)

    def end(self) -> int | None:
        """The peak since `begin`, in bytes; None where the system does not tell."""
        if not self._is_known:
            return None
        try:
            status = os.open(_STATUS, os.O_RDONLY)
            try:
                found = _PEAK.search(os.read(status, 1 << 14))
            finally:
                os.close(status)
        except OSError:
            return None
        return int(found[1]) * 1024 if found else None
