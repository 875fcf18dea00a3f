"""How long the first page of a notebook with many Runs takes: listed, filtered, sorted, grouped.

    python tests/benchmarks/page.py [--runs 100000]

Each Run has 20 parameters and 20 metrics. Processor time of this process, the best of five, from
the question to the JSON that JupyterLab's sidebar is sent.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import msgspec
from capture import record

from cellmark.actions.notebook_runs import NotebookRuns
from cellmark.store import Store
from cellmark.store.spool import Spool, new_id

_FOLDED = 1000
PAGES: dict[str, dict[str, Any]] = {
    "newest first": {},
    "the 500th page": {"offset": 49_900},
    "metric > x": {"where": "metric.value_3 > 0.9"},
    "param = x": {"where": "param.value_0 = 10"},
    "metric > x and param < x": {"where": "metric.value_3 > 0.5 and param.value_1 < 0.5"},
    "by a metric": {"sort": "-metric.value_3"},
    "by a parameter": {"sort": "param.value_1"},
    "by duration": {"sort": "-seconds"},
    "param = x, by a metric": {"where": "param.value_0 = 10", "sort": "-metric.value_3"},
    "grouped by a parameter": {"group": "param.value_0"},
    "grouped, by a metric": {"group": "param.value_0", "sort": "-metric.value_3"},
}
# Copies of the first Runs, as SQL: folding so many takes minutes.
_COPIES = (
    "INSERT INTO execution SELECT key + :more, :ahead || substr(id, 6), cell_id, number, roles,"
    " injected, source, status, started + :more, seconds, facts, chance, peak FROM execution"
    " WHERE key <= :first",
    "INSERT INTO run SELECT key + :more, :ahead || substr(id, 6), experiment, name, status,"
    " started + :more, finished + :more, session, identity, environment, git, failure, deleted,"
    " conditions, inputs FROM run WHERE key <= :first",
    "INSERT INTO run_execution SELECT run + :more, execution + :more FROM run_execution"
    " WHERE run <= :first",
    "INSERT INTO param SELECT run + :more, name, value, number, confidence FROM param"
    " WHERE run <= :first",
    "INSERT INTO metric SELECT run + :more, name, execution + :more, step, abs(random()) / 9.3e18,"
    " confidence, latest FROM metric WHERE run <= :first",
)


def filled(folder: Path, runs: int) -> None:
    """A store with so many Runs of `model.ipynb`."""
    import sqlalchemy as sa

    rng, spool = random.Random(0), Spool(folder, "session")
    for at in range(_FOLDED):
        one = record(new_id())
        one["parameters"] |= {"value_0": rng.choice([0.1, 1, 10, 100]), "value_1": rng.random()}
        one["started"] = 1.7e9 + at
        spool.append(one)
    store = Store(folder)
    store.fold()
    with store.database.writing() as connection:
        for more in range(_FOLDED, runs, _FOLDED):
            about = {"more": more, "ahead": f"{more // _FOLDED:05}", "first": _FOLDED}
            for statement in _COPIES:
                connection.execute(sa.text(statement), about)
    store.close()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--runs", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        filled(Path(scratch) / ".cellmark", options.runs)
        notebook = NotebookRuns(Path(scratch) / "model.ipynb")
        for name, asked in PAGES.items():
            seconds = min(timed(notebook, asked) for _ in range(5))
            sys.stdout.write(f"{name:26} {seconds * 1e3:7.1f} ms\n")
        notebook.close()


def timed(notebook: NotebookRuns, asked: dict[str, Any]) -> float:
    begin = time.process_time()
    msgspec.json.encode(notebook.page(**asked))
    return time.process_time() - begin


if __name__ == "__main__":
    main()
