"""Stopped at any stage, packaging leaves no half bundle, no process and no temporary file."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook

# Slow where it is asked for new rows: deriving and proving take their time.
CELLS = {
    "data": "import pandas as pd\nimport time\nfrom sklearn.linear_model import LinearRegression\n"
    "df = pd.DataFrame({'a': range(300), 'b': [i % 7 for i in range(300)]})\n"
    "df['y'] = [i % 11 for i in range(300)]",
    "preprocess": "def patient(x):\n    time.sleep(0.2)\n    return x + 1\n\n"
    "df['c'] = patient(df['a'])\nopen('reached', 'w').close()\ntime.sleep({pause})",
    "train": "X = df[['a', 'b', 'c']]\nmodel = LinearRegression().fit(X, df['y'])\n"
    "answers = model.predict(X)",
}
STAGES = {
    "tracing": ("running", 60, signal.SIGINT),
    "deriving": ("deriving", 0, signal.SIGINT),
    "proving": ("proving", 0, signal.SIGINT),
    "told to stop": ("proving", 0, signal.SIGTERM),
}


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "pause", "told"), STAGES.values(), ids=STAGES.keys())
def test_stopped(stage: str, pause: int, told: signal.Signals, tmp_path: Path) -> None:
    cells = [
        new_code_cell(source.replace("{pause}", str(pause)), metadata={"tags": [tag]})
        for tag, source in CELLS.items()
    ]
    nbformat.write(new_notebook(cells=cells), tmp_path / "a.ipynb")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    process = subprocess.Popen(
        [sys.executable, "-m", "cellmark", "package", "a.ipynb", "-o", "bundle"],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(scratch)},
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert any(line.startswith(stage) for line in process.stderr)
    family = psutil.Process(process.pid)
    children: list[psutil.Process] = []
    while not children or not (tmp_path / "reached").exists():
        children = family.children(recursive=True)
        time.sleep(0.05)
    process.send_signal(told)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + told
    assert "Traceback" not in said
    assert psutil.wait_procs(children, timeout=60)[1] == []
    assert [*scratch.iterdir()] == []
    assert not (tmp_path / "bundle").exists()
