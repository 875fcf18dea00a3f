"""What recording adds to a cell: plain, recorded, and under MLflow's autolog, in fresh processes.

    python tests/benchmarks/cells.py [--times N] [--mlflow PYTHON]

PYTHON is that of an environment with MLflow, scikit-learn and IPython: it is no dependency of
Cellmark's. MLflow is told to leave models out; what Cellmark adds has them.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

SETUP = """
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
rng = np.random.default_rng(0)
table = pd.DataFrame(rng.normal(size=(200_000, 60)))
names = {f"value_{at}": at for at in range(200)}
globals().update(names)
X, y = table.iloc[:5000, :20], (table.iloc[:5000, 0] + rng.normal(size=5000) > 0).astype(int)
"""
CELLS = {
    "untagged": ([], "total = value_1 + 1"),
    "tagged": (
        ["train"],
        "model = LogisticRegression(C=2.0, max_iter=300).fit(X, y)\n"
        "accuracy = accuracy_score(y, model.predict(X))",
    ),
}
WAYS = ("plain", "cellmark", "mlflow")
_WARM = 3


def main() -> None:
    parser = argparse.ArgumentParser(description="What recording adds to a cell.")
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--mlflow", metavar="PYTHON", help="of an environment with MLflow")
    parser.add_argument("--way", choices=WAYS, help="measure one way, in this process")
    options = parser.parse_args()
    if options.way:
        sys.stdout.write(json.dumps(measured(options.way, options.times)) + "\n")
        return
    pythons = {"plain": sys.executable, "cellmark": sys.executable, "mlflow": options.mlflow}
    found = {way: in_a_process(way, options.times, pythons[way]) for way in WAYS if pythons[way]}
    for cell in CELLS:
        plain = found["plain"][cell]
        for way, seconds in found.items():
            added = (seconds[cell] - plain) * 1e3
            sys.stdout.write(
                f"{cell:9} {way:9} {seconds[cell] * 1e3:8.2f} ms  "
                f"x{seconds[cell] / plain:.2f}  added {added:.2f} ms\n"
            )
    if "mlflow" not in found:
        sys.stdout.write("name an environment with MLflow (--mlflow) to see it beside\n")


def in_a_process(way: str, times: int, python: str) -> dict[str, float]:
    """Median seconds by cell."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [python, str(Path(__file__).resolve()), "--way", way, "--times", str(times)],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", "CELLMARK_STORE": f"{folder}/store"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit(f"{way}: {done.stderr[-3000:] or done.stdout[-3000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


class Kernel:
    """The requests of a front end, as a kernel gives them to its hooks."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}

    def get_parent(self, _channel: str) -> dict[str, Any]:
        return self.request


def measured(way: str, times: int) -> dict[str, float]:
    """Run each cell so many times in one shell that records in this way, or not."""
    from IPython.core.interactiveshell import InteractiveShell

    shell: Any = InteractiveShell.instance()
    shell.kernel = Kernel()
    _prepare(way)
    shell.run_cell(SETUP).raise_error()
    return {name: _median(shell, tags, source, times) for name, (tags, source) in CELLS.items()}


def _prepare(way: str) -> None:
    if way == "cellmark":
        from cellmark.capture import listen

        listen()
    elif way == "mlflow":
        import mlflow

        mlflow.set_tracking_uri("sqlite:///mlflow.db")
        mlflow.autolog(log_models=False, silent=True)


def _median(shell: Any, tags: list[str], source: str, times: int) -> float:
    shell.kernel.request = {"metadata": {"tags": tags, "cellId": "-".join(["cell", *tags])}}
    seconds = []
    for _ in range(times + _WARM):
        begin = time.perf_counter()
        shell.run_cell(source, store_history=True).raise_error()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds[_WARM:])


if __name__ == "__main__":
    main()
