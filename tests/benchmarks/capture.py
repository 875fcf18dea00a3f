"""What recording costs, as ratios to the same rows in raw SQLite and as times beside their bounds.

    python tests/benchmarks/capture.py

Prints a line a number. Best on a machine that does nothing else; nothing is asserted.
"""

from __future__ import annotations

import multiprocessing
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cellmark.store import Store
from cellmark.store.spool import Record, Spool, new_id

RUNS = 200
# Of few Runs the tables that stay empty are a third.
SIZED = 2000
NAMES = [f"value_{at}" for at in range(20)]


def record(run: str) -> Record:
    """A train cell with 20 parameters and 20 metrics."""
    about = {"source": "assigned", "confidence": 1.0, "step": 0}
    return {
        "kind": "cell",
        "id": new_id(),
        "run": run,
        "fed_by": [],
        "experiment": "model.ipynb",
        "cell_id": "cell",
        "number": 1,
        "injected": False,
        "roles": ["parameters", "train"],
        "source": "model = fit()",
        "status": "ok",
        "started": time.time(),
        "seconds": 0.5,
        "parameters": {name: at for at, name in enumerate(NAMES)},
        "metrics": [{"name": name, "value": random.random(), **about} for name in NAMES],
    }


def raw(folder: Path) -> float:
    """Seconds a Run where each is one transaction of three statements."""
    database = sqlite3.connect(folder / "raw.db", isolation_level=None)
    database.execute("PRAGMA journal_mode = WAL")
    for table in ("run (id TEXT PRIMARY KEY)", "param (run, name, value)", "metric (run, name, v)"):
        database.execute(f"CREATE TABLE {table}")
    begin = time.perf_counter()
    for _ in range(RUNS):
        run = new_id()
        database.execute("BEGIN")
        database.execute("INSERT INTO run VALUES (?)", (run,))
        for table in ("param", "metric"):
            rows = [(run, name, 0.5) for name in NAMES]
            database.executemany(f"INSERT INTO {table} VALUES (?, ?, ?)", rows)
        database.execute("COMMIT")
    return (time.perf_counter() - begin) / RUNS


def spooled(folder: Path, session: str = "session", runs: int = RUNS) -> float:
    """Seconds a Run that a kernel waits for."""
    spool = Spool(folder, session)
    begin = time.perf_counter()
    for _ in range(runs):
        spool.append(record(new_id()))
    return (time.perf_counter() - begin) / runs


def sizes(folder: Path) -> tuple[float, float]:
    """Bytes a Run of the database once it is closed, and with its journal before."""
    spool = Spool(folder, "session")
    for at in range(SIZED):
        one = record(new_id())
        # Else the text of all that a cell brought is the same, and kept once.
        one["parameters"]["value_0"] = at
        spool.append(one)
    store = Store(folder)
    store.fold()
    with_journal = sum(file.stat().st_size for file in folder.glob("cellmark.db*"))
    store.close()
    return (folder / "cellmark.db").stat().st_size / SIZED, with_journal / SIZED


def timed(work: Callable[[], Any]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _writer(arguments: tuple[Path, str]) -> None:
    spooled(*arguments)


def writers(folder: Path) -> tuple[float, int]:
    """Runs a second of four kernels at once, folded in too; how many of them are there."""
    begin = time.perf_counter()
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        pool.map(_writer, [(folder, f"s{at}") for at in range(4)])
    store = Store(folder)
    store.fold()
    seconds = time.perf_counter() - begin
    return 4 * RUNS / seconds, store.page("model.ipynb", limit=1).total


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as scratch:
        plain = statistics.median(raw(_fresh(scratch)) for _ in range(3))
        folder = _fresh(scratch)
        kernel = spooled(folder)
        store = Store(folder)
        folded = timed(store.fold) / RUNS
        store.close()
        closed, with_journal = sizes(_fresh(scratch))
        rate, found = writers(_fresh(scratch))
    lines = (
        f"raw SQLite, run + 20 + 20          {plain * 1e3:7.2f} ms   1.0x",
        f"a kernel waits                     {kernel * 1e3:7.2f} ms   {kernel / plain:.1f}x",
        f"folding, off the cell's path       {folded * 1e3:7.2f} ms   {folded / plain:.1f}x",
        f"database                           {closed / 1e3:7.1f} kB a run",
        f"database, its journal beside it    {with_journal / 1e3:7.1f} kB a run",
        f"4 writers at once                  {rate:7.0f} runs/s, {4 * RUNS - found} lost",
    )
    sys.stdout.write("\n".join(lines) + "\n")


def _fresh(scratch: str) -> Path:
    return Path(tempfile.mkdtemp(dir=scratch))


if __name__ == "__main__":
    main()
