"""What tracing costs: each notebook plain and traced, in fresh processes, in turn.

Usage: python tests/benchmarks/tracing.py [--rows N] [--runs N] [NOTEBOOK ...]
"""

from __future__ import annotations

import argparse
import json
import os
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
    # One thread: more of them wait for each other on a busy machine, and are no part of this.
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name}, {how}: {done.stderr[-3000:] or done.stdout[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def report(name: str, runs: list[tuple[Measured, Measured]], *, by_cell: bool) -> str:
    """The medians over the runs, and whether the limits hold."""

    def median(which: int, key: str) -> float:
        return statistics.median(pair[which][key] for pair in runs)

    lines = [f"{name}: {len(runs)} runs, medians"]
    for clock, unit in (("", "on the wall"), ("cpu_", "of the processor")):
        plain, traced = median(0, f"{clock}cells"), median(1, f"{clock}cells")
        derived = traced + median(1, f"{clock}finish")
        allowed = 3 * plain + 2
        lines.append(
            f"  seconds {unit}: plain {plain:.2f}, traced {traced:.2f} (x{traced / plain:.2f}), "
            f"and derived {derived:.2f} (x{derived / plain:.2f}); allowed 3x + 2 = {allowed:.2f}: "
            f"{_verdict(traced <= allowed)}, {_verdict(derived <= allowed)}"
        )
    peak, traced, derived = median(0, "peak"), median(1, "peak"), median(1, "peak_finish")
    lines.append(
        f"  peak MiB: plain {peak / MIB:.0f}, traced {traced / MIB:.0f} (x{traced / peak:.2f}), "
        f"and derived {derived / MIB:.0f} (x{derived / peak:.2f}); allowed 2x: "
        f"{_verdict(traced <= 2 * peak)}, {_verdict(derived <= 2 * peak)}"
    )
    if by_cell:
        pairs = zip(runs[0][0]["by_cell"], runs[0][1]["by_cell"], strict=True)
        lines += [f"  cell {at}: {one:.2f} -> {two:.2f}" for at, (one, two) in enumerate(pairs, 1)]
    return "\n".join(lines)


def _verdict(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"


if __name__ == "__main__":
    main()
