"""Whether a service's memory stays flat: an hour's worth of requests, as fast as it answers them.

Usage: python tests/benchmarks/soak.py [--requests N] [--callers N]

Good rows, batches, CSV, rows that are refused, bodies that are none, and labels for some of the
answers; with an audit log and monitoring. 36,000 requests are ten a second for an hour.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from load import ROW, Caller, Service, bundle, encoded, served

LOOKS = 12
BAD = {**ROW, "plan": "none such", "visits": 1.5}
CSV = b"plan,age,visits,active\npro,33.5,4,true\nmax,,5,false\n"
_JSON = "application/json"
BODIES = (
    *[(encoded(ROW), _JSON)] * 12,
    (encoded([ROW] * 20), _JSON),
    (encoded([ROW] * 200), _JSON),
    (CSV, "text/csv"),
    (encoded([ROW, BAD]), _JSON),
    (b'{"plan": ', _JSON),
)


def main() -> None:
    parser = argparse.ArgumentParser(description="A service's memory over many requests.")
    parser.add_argument("--requests", type=int, default=36_000)
    parser.add_argument("--callers", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = bundle(Path(place) / "churn-3")
        places = {"CELLMARK_AUDIT": f"{place}/audit", "CELLMARK_MONITOR": f"{place}/monitor"}
        with served(folder, **places) as service:
            asyncio.run(soaked(service, options.requests, options.callers))


async def soaked(service: Service, requests: int, callers: int) -> None:
    statuses: Counter[int] = Counter()
    looks: list[float] = []
    began, every = time.perf_counter(), max(1, requests // LOOKS)

    def look(done: int) -> None:
        looks.append(resident(service))
        seconds = time.perf_counter() - began
        grown = looks[-1] / looks[0]
        say(f"{done:8,} requests  {seconds:6.0f} s  {looks[-1]:7.1f} MB  x{grown:.3f}")

    async def ask(first: int) -> None:
        caller = Caller(service)
        for number in range(first, requests, callers):
            body, kind = BODIES[number % len(BODIES)]
            answer, reply = await caller.ask(body, kind=kind)
            statuses[answer.status] += 1
            if statuses.total() % every == 0:
                look(statuses.total())
            if answer.status == 200 and number % 10 == 0:
                given = json.loads(reply)["predictions"][0]["id"]
                await caller.ask(encoded({"id": given, "label": "Yes"}), "/feedback")
        caller.close()

    say(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; answers by status at the end")
    await asyncio.gather(*(ask(first) for first in range(callers)))
    say(f"  {dict(sorted(statuses.items()))}")
    half = looks[len(looks) // 2 :]
    say(f"  the second half of the time: x{half[-1] / half[0]:.3f}")


def resident(service: Service) -> float:
    """Megabytes that the service's process holds."""
    pages = int(Path(f"/proc/{service.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
