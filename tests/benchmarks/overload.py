"""What a service does with more requests than it can answer, as ratios.

Usage: python tests/benchmarks/overload.py [--seconds S] [--times 2]

First, callers who each wait for their answer: what the service can bear. Then so many times as
much, sent without waiting for anything, once with the line that the service has and once with one
that takes all.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

from load import ROW, Answer, Caller, Service, bundle, encoded, quantile, served

CALLERS, LINE, ENDLESS = 8, 64, 1_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description="Latency and answers under overload.")
    parser.add_argument("--seconds", type=float, default=10.0, help="for each load")
    parser.add_argument("--times", type=float, default=2.0, help="the load, of what is sustainable")
    options = parser.parse_args()
    body = encoded(ROW)
    with tempfile.TemporaryDirectory() as place:
        folder = bundle(Path(place) / "churn-3")
        found = {}
        for name, line in (("a line of 64", LINE), ("a line that takes all", ENDLESS)):
            with served(folder, CELLMARK_MAX_WAITING=str(line)) as service:
                rate = asyncio.run(sustainable(service, body, options.seconds))
                answers = asyncio.run(offered(service, body, rate * options.times, options.seconds))
            found[name] = rate, answers
    tell(found, options.times, options.seconds)


async def sustainable(service: Service, body: bytes, seconds: float) -> float:
    """Answers a second to callers who wait for them."""
    end = time.perf_counter() + seconds
    count = 0

    async def ask() -> None:
        nonlocal count
        caller = Caller(service)
        while time.perf_counter() < end:
            answer, _ = await caller.ask(body)
            count += answer.status == 200
        caller.close()

    await asyncio.gather(*(ask() for _ in range(CALLERS)))
    return count / seconds


async def offered(service: Service, body: bytes, rate: float, seconds: float) -> list[Answer]:
    """Requests at this rate, whatever becomes of those before, each on a free connection."""
    free: list[Caller] = []
    answers: list[Answer] = []

    async def ask() -> None:
        caller = free.pop() if free else Caller(service)
        answers.append((await caller.ask(body))[0])
        free.append(caller)

    began, tasks = time.perf_counter(), []
    for number in range(int(rate * seconds)):
        pause = began + number / rate - time.perf_counter()
        if pause > 0:
            await asyncio.sleep(pause)
        tasks.append(asyncio.create_task(ask()))
    await asyncio.gather(*tasks)
    for caller in free:
        caller.close()
    return answers


def tell(found: dict[str, tuple[float, list[Answer]]], times: float, seconds: float) -> None:
    lines = [
        f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores; {seconds:g} s for each load"
    ]
    for name, (rate, answers) in found.items():
        good = [each.seconds for each in answers if each.status == 200]
        refused = [each.seconds for each in answers if each.status == 503]
        broken = len(answers) - len(good) - len(refused)
        lines += [
            f"{name}: {rate:.0f} answers a second are sustainable; at {times:g} times that",
            f"  answered {len(good)} of {len(answers)}, refused {len(refused)}, broken {broken};"
            f" x{len(good) / seconds / rate:.2f} of what is sustainable",
            f"  an answer took {_spread(good)}; the line alone takes {LINE / rate:.2f} s",
            f"  a refusal took {_spread(refused)}",
        ]
    sys.stdout.write("\n".join(lines) + "\n")


def _spread(seconds: list[float]) -> str:
    if not seconds:
        return "nothing, there was none"
    return f"{quantile(seconds, 0.5):.3f} s in the median, {quantile(seconds, 0.99):.3f} s at p99"


if __name__ == "__main__":
    main()
