"""Compile requirements into a lock: every transitive package, its version and its hashes."""

from __future__ import annotations

import hashlib
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from cellmark_runtime.errors import CellmarkError

from .indexes import environments, find_uv, pip_settings
from .wheel import Wheel

__all__ = ["Compiler", "Pin", "add_wheel", "compile_lock", "pins_of"]

Compiler = Literal["uv", "pip-tools"]
# With these both compilers write the same bytes, and no address of an index.
_SHARED = (
    "--generate-hashes",
    "--no-header",
    "--no-annotate",
    "--no-emit-index-url",
    "--strip-extras",
)
_PIP_TOOLS = ("--no-emit-find-links", "--no-emit-trusted-host", "--allow-unsafe", "--no-config")
_HASH = "--hash=sha256:"


class Pin(msgspec.Struct, frozen=True):
    """One locked package. `hashes` are SHA-256 (hex) of the files that may be installed for it."""

    name: str
    version: str
    hashes: tuple[str, ...]


def compile_lock(
    requirements: Iterable[str],
    constraints: Iterable[str],
    python: str,
    cache: Path,
    compiler: Compiler | None = None,
) -> str:
    """The lock of `requirements` for Python `python` ("3.11" or "3.11.9") on this platform.

    `constraints` (`name==version`) hold packages at the versions of the kernel that ran the
    notebook. A lock compiled before from the same inputs is taken from the folder `cache`.
    `compiler` is uv where it is installed, otherwise pip-tools; both give the same bytes.
    Raises: CellmarkError where nothing satisfies the requirements, or no index answers.
    """
    inputs = (sorted(set(requirements)), sorted(set(constraints)), _minor(python))
    kept = cache / f"{_key(*inputs)}.txt"
    if kept.is_file():
        return kept.read_text(encoding="utf-8")
    lock = _compile(*inputs[:2], python, compiler or ("uv" if find_uv() else "pip-tools"))
    _keep(lock, kept)
    return lock


def add_wheel(lock: str, wheel: Wheel) -> str:
    """The lock with the runtime's own wheel, which travels in the bundle, as its last line."""
    return f"{lock.rstrip()}\n./wheels/{wheel.name} \\\n    {_HASH}{wheel.digest}\n"


def pins_of(lock: str) -> tuple[Pin, ...]:
    """The packages that a lock names, in its order; the runtime's wheel by its file's name."""
    entries = lock.replace("\\\n", " ").splitlines()
    return tuple(_pin(entry.split()) for entry in entries if entry and entry[0] != "#")


def _pin(words: Sequence[str]) -> Pin:
    hashes = tuple(sorted(word.removeprefix(_HASH) for word in words if word.startswith(_HASH)))
    if words[0].startswith("./wheels/"):
        name, version = words[0].removeprefix("./wheels/").split("-")[:2]
        return Pin(name.replace("_", "-"), version, hashes)
    name, _, version = words[0].partition("==")
    return Pin(name, version, hashes)


def _minor(python: str) -> str:
    return ".".join(python.split(".")[:2])


def _key(requirements: Sequence[str], constraints: Sequence[str], python: str) -> str:
    # A lock holds for one platform: environment markers are decided while it is compiled.
    inputs = [1, requirements, constraints, python, sys.platform, platform.machine()]
    return hashlib.sha256(msgspec.json.encode(inputs)).hexdigest()


def _keep(lock: str, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=file.parent, delete=False, encoding="utf-8") as new:
        new.write(lock)
    Path(new.name).replace(file)


def _compile(
    requirements: Sequence[str], constraints: Sequence[str], python: str, compiler: Compiler
) -> str:
    # An empty folder of its own, so that no project's configuration decides what is locked.
    with tempfile.TemporaryDirectory(prefix="cellmark-lock-") as folder:
        here = Path(folder)
        (here / "requirements.in").write_text("\n".join(requirements) + "\n", encoding="utf-8")
        (here / "constraints.txt").write_text("\n".join(constraints) + "\n", encoding="utf-8")
        compile_with = _with_uv if compiler == "uv" else _with_pip_tools
        return compile_with(here, python)


def _with_uv(here: Path, python: str) -> str:
    # `-c`: its long form has another name in the first releases of uv.
    command = [find_uv() or "uv", "pip", "compile", "requirements.in", "-c", "constraints.txt"]
    command += ["--python-version", python]
    command += ["--python", sys.executable, "--quiet", *_SHARED]
    said = ""
    for environment in environments(pip_settings()):
        answer = _run(command, here, environment)
        if answer.returncode == 0:
            return answer.stdout
        said = said or answer.stderr
    raise unresolved(said)


def _with_pip_tools(here: Path, python: str) -> str:
    running = _minor(platform.python_version())
    if _minor(python) != running:
        raise CellmarkError(
            "requirements.lock",
            f"a notebook's Python {python} and pip-tools on Python {running}",
            "the same Python, which pip-tools can't do without",
            "Install uv (`pip install uv`), or install cellmark into the notebook's Python.",
        )
    command = [sys.executable, "-m", "piptools", "compile", "requirements.in", "-c"]
    command += ["constraints.txt", "--output-file", "out.txt", "--quiet", *_SHARED, *_PIP_TOOLS]
    answer = _run(command, here, dict(os.environ))
    if answer.returncode != 0:
        raise unresolved(answer.stderr)
    return (here / "out.txt").read_text(encoding="utf-8")


def _run(
    command: Sequence[str], here: Path, environment: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=here, env=environment, capture_output=True, text=True, check=False
    )


def unresolved(said: str) -> CellmarkError:
    """The complaint about a resolver that gave up: the essence of what it said."""
    offline = any(
        sign in said for sign in ("Failed to fetch", "network was disabled", "Connection")
    )
    fix = (
        "Check the network and pip's index settings; a lock compiled once is kept and needs none."
        if offline
        else "Ask for versions that exist together and that a package index holds."
    )
    return CellmarkError(
        "requirements.lock", _essence(said), "packages that an index can give", fix
    )


def _essence(said: str) -> str:
    if "Traceback" in said:
        return said.strip().splitlines()[-1].rpartition("exceptions.")[2]
    lines = (line.strip().removeprefix("error: ") for line in said.splitlines())
    return " ".join(line for line in lines if line and not line.startswith("hint:")).rstrip(".")
