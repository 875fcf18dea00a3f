"""Run a bundle's own tests, and make a new environment from its lock alone to run them in."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from cellmark_runtime.errors import CheckFailed

from .indexes import environments, find_uv, pip_settings

__all__ = ["Installer", "install_into", "make_environment", "run_tests"]

Installer = Literal["uv", "pip"]

# What the user's own tests and tools are steered with must not steer the bundle's.
_FOREIGN = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
_LAST_LINES = 12


def run_tests(interpreter: Path, bundle: Path) -> str:
    """Run the tests of the bundle in `bundle` (a copy; caches are left in it).

    Returns pytest's summary line. Raises: CheckFailed naming the tests that failed.
    """
    command = [str(interpreter), "-m", "pytest", "-q", "-rfE", "--no-header", "--tb=short"]
    # Plugins of the workshop's environment are no part of the bundle.
    variables = _variables() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "COLUMNS": "200"}
    answer = _run(command, bundle, variables)
    if answer.returncode != 0:
        raise CheckFailed("tests", failed_tests(answer.stdout + answer.stderr))
    return answer.stdout.strip().splitlines()[-1]


def failed_tests(said: str) -> str:
    """What failed according to pytest: its lines on failed tests, or its last lines."""
    lines = said.strip().splitlines()
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return "; ".join(failed) or "\n".join(lines[-_LAST_LINES:])


def make_environment(
    folder: Path, bundle: Path, python: str, installer: Installer | None = None
) -> str:
    """Make a virtual environment in `folder` from the bundle's lock, with hashes, and no more.

    `python` is the Python that the bundle is locked for ("3.11.9"): its minor version counts.
    `installer` is uv where it is installed, otherwise pip.
    Raises: CheckFailed with the installer's own words.
    """
    minor = ".".join(python.split(".")[:2])
    uv = find_uv() if installer != "pip" else None
    steps = _with_uv(uv, folder, minor) if uv else _with_pip(folder, minor)
    for step in steps:
        _attempt(step, bundle)
    return f"Python {minor} with what requirements.lock names, made by {'uv' if uv else 'pip'}"


def install_into(folder: Path, pins: Sequence[str], installer: Installer | None = None) -> None:
    """Install these packages (`name==version`) for this very Python into a folder, and no others.

    Raises: CheckFailed with the installer's own words.
    """
    uv = find_uv() if installer != "pip" else None
    command = [uv, "pip"] if uv else [sys.executable, "-m", "pip"]
    options = ["--quiet", "--no-deps", "--target", str(folder)]
    if uv:
        options += ["--python", sys.executable]
    _attempt([*command, "install", *options, *pins], folder)


def _with_uv(uv: str, folder: Path, minor: str) -> list[list[str]]:
    make = [uv, "venv", "--quiet", "--no-project", "--python", _interpreter(minor) or minor]
    install = [uv, "pip", "install", "--quiet", "--python", str(folder / "bin" / "python")]
    return [
        [*make, str(folder)],
        [*install, "--require-hashes", "-r", "requirements.lock"],
    ]


def _with_pip(folder: Path, minor: str) -> list[list[str]]:
    make = [_interpreter(minor) or f"python{minor}", "-m", "venv", str(folder)]
    install = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    return [make, [*install, "--require-hashes", "-r", "requirements.lock"]]


def _interpreter(minor: str) -> str | None:
    running = ".".join(platform.python_version_tuple()[:2])
    return sys.executable if running == minor else shutil.which(f"python{minor}")


def _attempt(step: Sequence[str], bundle: Path) -> None:
    said = ""
    for variables in environments(pip_settings()):
        answer = _run(step, bundle, _variables(variables))
        if answer.returncode == 0:
            return
        said = said or answer.stderr.strip() or answer.stdout.strip()
    raise CheckFailed("environment", "\n".join(said.splitlines()[-_LAST_LINES:]))


def _variables(given: Mapping[str, str] = os.environ) -> dict[str, str]:
    return {name: value for name, value in given.items() if name not in _FOREIGN}


def _run(
    command: Sequence[str], folder: Path, variables: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(
            command, cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
    except FileNotFoundError:
        return subprocess.CompletedProcess(command, 127, "", f"{command[0]}: no such program")
