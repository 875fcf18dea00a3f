"""What tracing costs: each notebook plain and traced, in fresh processes, in turn.

Usage: python tests/benchmarks/tracing.py [--rows N] [--runs N] [NOTEBOOK ...]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from notebooks import NOTEBOOKS, write_rows

MIB = 1024 * 1024
CHILD = Path(__file__).with_name("child.py")

Measured = dict[str, Any]


def main() -> None:
    parser = argparse.ArgumentParser(description="What tracing a notebook costs, as ratios.")
    parser.add_argument("notebooks", nargs="*", default=list(NOTEBOOKS), metavar="NOTEBOOK")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cells", action="store_true", help="the seconds of each cell as well")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_rows(Path(folder) / "rows.parquet", options.rows)
        for name in options.notebooks:
            runs = []
            for _ in range(options.runs):
                runs.append((run("plain", name, folder), run("traced", name, folder)))
            sys.stdout.write(report(name, runs, by_cell=options.cells) + "\n")
            sys.stdout.flush()


def run(how: str, name: str, folder: str) -> Measured:
    """One fresh process."""
    command = [sys.executable, str(CHILD), how, name]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}, {how}: {done.stderr[-3000:] or done.stdout[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def report(name: str, runs: list[tuple[Measured, Measured]], *, by_cell: bool) -> str:
    """The medians over the runs, and whether the limits hold."""

    def median(which: int, key: str) -> float:
        return statistics.median(pair[which][key] for pair in runs)

    plain, traced, finish = median(0, "cells"), median(1, "cells"), median(1, "finish")
    peak, peak_traced, peak_finish = median(0, "peak"), median(1, "peak"), median(1, "peak_finish")
    allowed = 3 * plain + 2
    lines = [
        f"{name}: {len(runs)} runs, medians",
        f"  time    plain {plain:.2f} s, traced {traced:.2f} s: x{traced / plain:.2f}; "
        f"allowed 3x + 2 s = {allowed:.2f} s: {_verdict(traced <= allowed)}",
        f"  derive  {finish:.2f} s after the last cell; traced and derived x"
        f"{(traced + finish) / plain:.2f}: {_verdict(traced + finish <= allowed)}",
        f"  memory  plain {peak / MIB:.0f} MiB, traced {peak_traced / MIB:.0f} MiB: "
        f"x{peak_traced / peak:.2f}, with derivation x{peak_finish / peak:.2f}; allowed x2: "
        f"{_verdict(peak_finish <= 2 * peak)}",
    ]
    if by_cell:
        pairs = zip(runs[0][0]["by_cell"], runs[0][1]["by_cell"], strict=True)
        lines += [f"  cell {at}: {one:.2f} -> {two:.2f}" for at, (one, two) in enumerate(pairs, 1)]
    return "\n".join(lines)


def _verdict(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"


if __name__ == "__main__":
    main()
