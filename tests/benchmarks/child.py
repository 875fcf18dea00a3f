"""Run one notebook in this process, plain or traced; print its times and peak memory as JSON.

Usage: python child.py plain|traced NOTEBOOK, in a folder that holds rows.parquet.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from notebooks import NOTEBOOKS

from cellmark.core.choices import Choices
from cellmark.extract.kernel import begin, finish


class Kernel:
    """The requests of a replay, as a kernel gives them to its hooks."""

    def __init__(self) -> None:
        self.request: dict[str, Any] = {}

    def get_parent(self, _channel: str) -> dict[str, Any]:
        return self.request


def main(how: str, name: str) -> None:
    cells = NOTEBOOKS[name]
    shell: Any = InteractiveShell()
    shell.kernel = Kernel()
    # The imports of both, so that neither is timed with them.
    shell.run_cell(cells[0][1])
    started = peak_bytes()
    if how == "traced":
        data = frozenset(number for number, (roles, _) in enumerate(cells, 1) if "data" in roles)
        begin(shell, {}, data)
    clock, cpu = [time.perf_counter()], [time.process_time()]
    slowest = []
    for number, (roles, source) in enumerate(cells, 1):
        metadata = {"tags": roles.split(), "cellmark": {"number": number}}
        shell.kernel.request = {"metadata": metadata}
        begun = time.perf_counter()
        shell.run_cell(source.strip(), store_history=True).raise_error()
        slowest.append(round(time.perf_counter() - begun, 3))
    clock.append(time.perf_counter())
    cpu.append(time.process_time())
    peaks = [peak_bytes()]
    if how == "traced":
        with tempfile.TemporaryDirectory() as folder:
            finish(Path(folder), f"{name}.ipynb", Choices(model="model"))
    clock.append(time.perf_counter())
    cpu.append(time.process_time())
    peaks.append(peak_bytes())
    print(
        json.dumps(
            {
                "cells": clock[1] - clock[0],
                "finish": clock[2] - clock[1],
                "cpu_cells": cpu[1] - cpu[0],
                "cpu_finish": cpu[2] - cpu[1],
                "start": started,
                "peak": peaks[0],
                "peak_finish": peaks[1],
                "by_cell": slowest,
            }
        ),
        file=sys.__stdout__,
    )


def peak_bytes() -> int:
    """The most memory that this process ever held."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    main(*sys.argv[1:])
