"""What durable records cost: the service's own audit log beside a sync for each record and SQLite.

Usage: python tests/benchmarks/audit.py [--callers N] [--seconds S] [--folder DIR]

Rows have 30 columns, as in docs/reference/performance.md. All run on one core, in turn, in one
process; a caller asks again when its record is on the disk. FOLDER decides which disk.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from cellmark_runtime.audit.checking import verify_log
from cellmark_runtime.audit.disk import AppendFile
from cellmark_runtime.audit.settings import AuditSettings
from cellmark_runtime.service.recording.auditing import Asked, Auditing
from cellmark_runtime.service.replies.identity import Identity
from cellmark_runtime.service.replies.ids import new_ids

NUMBERS, TEXTS, GOAL = 20, 10, 10_000
SCOPE = {"type": "http", "headers": [], "client": ("192.0.2.1", 4711)}
# Puts one answer on record and returns when it is durable.
Record = Callable[[dict[str, Any], dict[str, Any]], Awaitable[None]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Durable audit records a second, as ratios.")
    parser.add_argument("--callers", type=int, default=256, help="who wait at the same time")
    parser.add_argument("--seconds", type=float, default=5.0, help="for each way")
    parser.add_argument("--folder", help="on the disk to measure")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        tell(measured(Path(folder), options.callers, options.seconds), options.callers)


def measured(folder: Path, callers: int, seconds: float) -> dict[str, dict[str, float]]:
    found = {}
    for name, durability in (("log", "before-reply"), ("log, group", "group")):
        place = folder / name.replace(", ", "-")
        log = Auditing(model(), Identity("churn", 3, "d" * 64), settings(place, durability))
        found[name] = asyncio.run(asked(through(log), callers, seconds))
        log.close()
        report = verify_log(place)
        assert report.ok, report.findings
        # On record and sealed, with start and stop: each of those that were counted.
        assert report.records == found[name]["records"] + 2
    for name, opened in (("fsync each", fsync_each), ("SQLite WAL each", sqlite_each)):
        place = folder / name.replace(" ", "-")
        place.mkdir()
        found[name] = asyncio.run(asked(opened(place), callers, seconds))
    return found


def settings(place: Path, durability: Any) -> AuditSettings:
    return AuditSettings(place, durability=durability)


def model() -> Any:
    """What `Auditing` asks of a model."""
    inputs = [SimpleNamespace(name=name) for name in row(random.Random(0))]
    manifest = SimpleNamespace(files={}, provenance=SimpleNamespace(run="r" * 64))
    return SimpleNamespace(
        signature=SimpleNamespace(inputs=inputs), profile=None, manifest=manifest
    )


def row(source: random.Random) -> dict[str, Any]:
    numbers = {f"number_{n}": source.random() * 100 for n in range(NUMBERS)}
    return numbers | {f"text_{n}": f"level {source.randrange(50)}" for n in range(TEXTS)}


async def asked(record: Record, callers: int, seconds: float) -> dict[str, float]:
    """Callers who each wait for their record before they ask again."""
    rows = [row(random.Random(seed)) for seed in range(200)]
    entry = {"prediction": "No", "probabilities": {"No": 0.8637325, "Yes": 0.1362674}}
    waits: list[float] = []
    started, processor = time.perf_counter(), time.process_time()

    async def ask(number: int) -> None:
        while time.perf_counter() - started < seconds:
            number += 1
            began = time.perf_counter()
            await record(rows[number % len(rows)], entry)
            waits.append(time.perf_counter() - began)

    await asyncio.gather(*(ask(number) for number in range(callers)))
    took = time.perf_counter() - started
    waits.sort()
    return {
        "records": len(waits),
        "rate": len(waits) / took,
        "us": (time.process_time() - processor) / len(waits) * 1e6,
        "median": waits[len(waits) // 2] * 1000,
        "p99": waits[len(waits) * 99 // 100] * 1000,
    }


def through(log: Auditing) -> Record:
    async def record(row: dict[str, Any], entry: dict[str, Any]) -> None:
        (identity,) = new_ids(1)
        await log.answered(Asked(identity, SCOPE, time.perf_counter()), [row], [identity], [entry])

    return record


def fsync_each(place: Path) -> Record:
    """A line of the same content, and a sync for each."""
    file = AppendFile(place / "log.jsonl")

    async def record(row: dict[str, Any], entry: dict[str, Any]) -> None:
        (identity,) = new_ids(1)
        file.append(msgspec.json.encode({"id": identity, "input": row, "output": entry}) + b"\n")
        file.sync()
        await asyncio.sleep(0)

    return record


def sqlite_each(place: Path) -> Record:
    """A row of the same content and a commit for each; WAL, and durable (synchronous=FULL)."""
    base = sqlite3.connect(place / "log.db", isolation_level=None)
    base.execute("pragma journal_mode = wal")
    base.execute("pragma synchronous = full")
    base.execute("create table log (id text primary key, input text, output text)")

    async def record(row: dict[str, Any], entry: dict[str, Any]) -> None:
        (identity,) = new_ids(1)
        values = identity, json.dumps(row), json.dumps(entry)
        base.execute("insert into log values (?, ?, ?)", values)
        await asyncio.sleep(0)

    return record


def tell(found: dict[str, dict[str, float]], callers: int) -> None:
    rate = found["log"]["rate"]
    busy = f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    lines = [f"30 columns, {callers} callers, one core ({busy})"]
    for name, each in found.items():
        ratio = f"the log is x{rate / each['rate']:.1f}" if name != "log" else ""
        lines.append(
            f"  {name:16} {each['rate']:8,.0f} records/s  {each['us']:6.1f} us of the core each  "
            f"median {each['median']:7.2f} ms, p99 {each['p99']:7.2f} ms  {ratio}".rstrip()
        )
    # What others take of the core, on a busy machine, is no part of what a record costs.
    for what, reached in (
        ("as measured", rate),
        ("with the core to itself", 1e6 / found["log"]["us"]),
    ):
        verdict = "holds" if reached >= GOAL else "DOES NOT HOLD"
        lines.append(f"  {GOAL:,} durable records a second, {what}: {reached:,.0f}, {verdict}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
