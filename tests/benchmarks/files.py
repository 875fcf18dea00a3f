"""What it costs to hear of files and to digest them: `python tests/benchmarks/files.py`."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cellmark.capture.files import FileDigests
from cellmark.capture.opened import Opened

CALLS, TURNS = 200_000, 7
NEVER = 1e12


def best(work: Callable[[], Any], calls: int = 1) -> float:
    """Seconds of one call, the best of some turns."""
    turns = []
    for _ in range(TURNS):
        started = time.perf_counter()
        for _ in range(calls):
            work()
        turns.append((time.perf_counter() - started) / calls)
    return min(turns)


def say(line: str) -> None:
    sys.stdout.write(line + "\n")


def hook() -> None:
    """One event, beside a function that does nothing: this machine's unit."""

    def empty(event: str, arguments: tuple[Any, ...]) -> None:
        pass

    heard = Opened()
    arguments = ("/data/table.csv", "r", 0)
    unit = best(lambda: empty("open", arguments), CALLS)
    idle = best(lambda: heard._hook("open", arguments), CALLS)
    heard._first = {}
    opens = best(lambda: heard._hook("open", arguments), CALLS)
    other = best(lambda: heard._hook("import", arguments), CALLS)
    say(f"an empty function {unit * 1e6:.2f} us")
    for name, cost in {"no cell runs": idle, "an open": opens, "another event": other}.items():
        say(f"{name}: {cost * 1e6:.2f} us, {cost / unit:.1f} x")


def digests(folder: Path) -> None:
    """A file whole, beside reading it; then a folder of many."""
    for megabytes in (1, 10, 60, 500):
        file = folder / f"{megabytes}.bin"
        file.write_bytes(os.urandom(1_000_000) * megabytes)
        seen = {str(file): "open"}
        read = best(file.read_bytes)
        cost = best(lambda seen=seen: FileDigests(folder).of(seen, NEVER))
        known = FileDigests(folder)
        known.of(seen, NEVER)
        again = best(lambda seen=seen, known=known: known.of(seen, NEVER))
        say(
            f"{megabytes} MB: {cost * 1e3:.1f} ms, {cost / read:.2f} x reading; "
            f"again {again * 1e3:.2f} ms"
        )
        file.unlink()
    for at in range(10_000):
        (folder / f"{at}.png").write_bytes(b"x" * 2_000)
    many = {str(path): "open" for path in folder.iterdir()}
    say(f"10,000 files: {best(lambda: FileDigests(folder).of(many, NEVER)) * 1e3:.0f} ms")


if __name__ == "__main__":
    hook()
    with tempfile.TemporaryDirectory() as scratch:
        digests(Path(scratch))
