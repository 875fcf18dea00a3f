"""An environment is made from a Run's own packages once, and kept."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version

import pytest

from cellmark.actions.locked import locked_environment, run_lock
from cellmark.bundle.lock import pins_of
from cellmark.core.run import Environment

PYTHON = platform.python_version()


def environment(**packages):
    return Environment(digest="e", python=PYTHON, packages=packages)


def test_the_lock_has_the_runs_versions_before_those_of_here(tmp_path):
    other = "2.0.0" if version("iniconfig") != "2.0.0" else "1.1.1"
    lock = run_lock(environment(iniconfig=other, cellmark="0.0.1"), tmp_path)
    pins = {pin.name: pin for pin in pins_of(lock)}
    assert pins["iniconfig"].version == other
    assert "cellmark" not in pins
    assert {"ipykernel", "msgspec", "xxhash", "blake3"} <= pins.keys()
    assert all(pin.hashes for pin in pins.values())


@pytest.mark.slow
def test_an_environment_runs_kernels_and_is_made_once(tmp_path):
    heard: list[str] = []
    python = locked_environment(environment(iniconfig="2.0.0"), tmp_path, heard.append)
    ask = (
        "import ipykernel, iniconfig, cellmark.capture.held, cellmark_runtime, importlib.util as u;"
        "print(u.find_spec('papermill'))"
    )
    answer = subprocess.run([str(python), "-c", ask], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "None"
    made = len(heard)
    assert locked_environment(environment(iniconfig="2.0.0"), tmp_path, heard.append) == python
    assert len(heard) == made + 1
