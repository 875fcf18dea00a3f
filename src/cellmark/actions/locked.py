"""Locked: an environment made from a Run's own packages, kept for the next time."""

from __future__ import annotations

import hashlib
import sysconfig
from collections.abc import Callable
from pathlib import Path

import cellmark
import cellmark_runtime
from cellmark.bundle.environment import make_environment
from cellmark.bundle.lock import compile_lock
from cellmark.bundle.once import make_once
from cellmark.bundle.requirements import installed_pins
from cellmark.core.run import Environment

__all__ = ["locked_environment"]

# What a kernel needs beside the notebook's own packages: to run at all, and to be recorded.
_KERNEL = ("ipykernel", "msgspec", "xxhash", "blake3", "packaging")


def locked_environment(environment: Environment, store: Path, note: Callable[[str], None]) -> Path:
    """The Python of an environment with the Run's packages, at their versions, with hashes.

    It is kept in the store's cache under the digest of its lock, so a second rerun makes none.
    Raises: CheckFailed, CellmarkError where an index has those versions no more.
    """
    note("locking the Run's packages")
    lock = run_lock(environment, store / "cache" / "locks")
    digest = hashlib.sha256(f"{environment.python}\n{lock}".encode()).hexdigest()
    folder = store / "cache" / "environments" / digest[:32]

    def make(empty: Path) -> None:
        note("making an environment from the Run's lock")
        lock_folder = empty.with_suffix(".lock")
        lock_folder.mkdir(parents=True, exist_ok=True)
        (lock_folder / "requirements.lock").write_text(lock, encoding="utf-8")
        make_environment(empty, lock_folder, environment.python)
        _add_own(empty, environment.python)

    make_once(folder, make, movable=False)
    return folder / "bin" / "python"


def run_lock(environment: Environment, cache: Path) -> str:
    """The Run's packages and what its kernel needs, pinned, with all they require and hashes."""
    own = {"cellmark", "cellmark-runtime"}
    pins = [f"{name}=={at}" for name, at in environment.packages.items() if name not in own]
    # The Run's versions go before those that happen to be installed here.
    named = set(environment.packages)
    others = [pin for pin in installed_pins() if _name(pin) not in named]
    kernel = [name for name in _KERNEL if name not in named]
    return compile_lock([*pins, *kernel], others, environment.python, cache)


def _name(pin: str) -> str:
    return pin.partition("==")[0].lower().replace("_", "-").replace(".", "-")


def _add_own(folder: Path, python: str) -> None:
    """Link the code that records Runs into the environment: this very one, and nothing beside."""
    minor = ".".join(python.split(".")[:2])
    variables = {"base": str(folder), "platbase": str(folder), "py_version_short": minor}
    site = Path(sysconfig.get_path("purelib", scheme="venv", vars=variables))
    for package in (cellmark, cellmark_runtime):
        source = Path(str(package.__file__)).parent
        (site / source.name).symlink_to(source, target_is_directory=True)
