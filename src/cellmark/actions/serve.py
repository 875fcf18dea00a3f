"""Serve: answer requests with a bundle's model, in this environment."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import metadata
from pathlib import Path

import msgspec

from cellmark.bundle.literals import slug
from cellmark.store.location import find_folder
from cellmark_runtime.errors import CellmarkError
from cellmark_runtime.routing.experiment import Mode
from cellmark_runtime.routing.guardrails import Limits
from cellmark_runtime.scoring.files import open_bundle
from cellmark_runtime.service import Listening
from cellmark_runtime.service import serve as serve_bundle
from cellmark_runtime.service.challenge.challenging import Challenge

from .following import alias_of
from .kept_bundles import folder_of

__all__ = [
    "COUNTS",
    "LOGS",
    "Difference",
    "differences",
    "folder_named",
    "serve",
    "warn_of_differences",
]

_AUDIT = "CELLMARK_AUDIT"
_MONITOR = "CELLMARK_MONITOR"
# In the store's folder: an audit log and monitoring's counts for each model that is served from
# this project.
LOGS = "audit"
COUNTS = "monitor"
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)(.*)$", re.MULTILINE)


class Difference(msgspec.Struct, frozen=True):
    """A package that is installed otherwise than the bundle's lock has it; None is not at all."""

    package: str
    locked: str
    installed: str | None

    def __str__(self) -> str:
        return f"{self.package} {self.installed or 'not installed'} (the lock has {self.locked})"


def serve(
    target: str,
    *,
    host: str = "127.0.0.1",
    port: int = 8000,
    allow_unauthenticated: bool = False,
    audit: Path | str | bool = True,
    challenger: str | None = None,
    mode: Mode = "shadow",
    share: float = 0.1,
    target_ms: float = 500.0,
    challenger_python: Path | str | None = None,
    workers: int = 1,
    warn: Callable[[str], None] = print,
    announce: Callable[[Listening], None] = print,
) -> None:
    """Answer requests with the bundle at `target` until told to stop.

    `target` is a folder, or registered: `churn@3`, `churn@champion`. An alias is followed: when it
    moves, the version that it points to then is loaded, proven, and answers from there on.

    Args: audit: the folder of the log that answers go to; False keeps none, True the one that
    CELLMARK_AUDIT names, or one in the project's store where there is a store. challenger: another
    version, named as `target` is, that is compared with this one; it scores the same rows behind
    each reply (mode "shadow"), or answers a `share` of them ("split"); over `target_ms`
    milliseconds its answers count as slow, and it is rolled back for too many. challenger_python:
    the interpreter of an environment of its own for it. workers: how many processes answer. warn:
    told when this environment is not the one that the bundle was proven in; announce: told who
    answers and where.
    Raises: CellmarkError for what is no bundle or may not be served, or an address that is taken.
    """
    look = alias_of(target)
    folder = folder_named(target)
    # No file is read for its content before its digest is checked.
    name = open_bundle(folder).manifest.name
    warn_of_differences(folder, warn, "The golden rows decide whether it may answer here.")
    environment = _environment(name, audit)
    challenge = None
    if challenger is not None:
        challenge = _challenge(challenger, mode, share, target_ms)
        _require_log(environment)
        # Threads of one interpreter wait for each other, and no answer may wait for a shadow.
        python = challenger_python or (sys.executable if mode == "shadow" else None)
        if python:
            challenge = msgspec.structs.replace(challenge, python=Path(python).absolute())
        if not challenger_python:
            warn_of_differences(challenge.folder, warn, f"That is the challenger, {challenger}.")
    serve_bundle(
        folder,
        host,
        port,
        allow_unauthenticated=allow_unauthenticated,
        announce=announce,
        environment=environment,
        look=look,
        challenge=challenge,
        workers=workers,
    )


def _challenge(challenger: str, mode: Mode, share: float, target_ms: float) -> Challenge:
    if not 0 <= share <= 1:
        raise CellmarkError("--share", f"{share:g}", "a share from 0 to 1, like 0.1")
    limits = Limits(seconds=target_ms / 1000)
    look = alias_of(challenger)
    folder = folder_named(challenger)
    return Challenge(folder=folder, mode=mode, share=share, limits=limits, look=look)


def _require_log(environment: Mapping[str, str]) -> None:
    if not environment.get(_AUDIT):
        raise CellmarkError(
            "--challenger",
            "no audit log to keep its answers in",
            "a log: a challenge is decided from what is on record",
            "Give --audit DIR.",
        )


def warn_of_differences(folder: Path, warn: Callable[[str], None], consequence: str) -> None:
    """Say where this environment is not the one that a bundle was proven in."""
    differing = differences(folder)
    if differing:
        listed = "; ".join(map(str, differing))
        said = "This environment is not the one that the bundle was proven in"
        warn(f"{said}: {listed}. {consequence}")


def differences(folder: Path) -> tuple[Difference, ...]:
    """The packages of the bundle's lock that are installed here in another version, or not."""
    lock = folder / "requirements.lock"
    return tuple(_differing(lock.read_text(encoding="utf-8"))) if lock.is_file() else ()


def _differing(lock: str) -> Iterator[Difference]:
    for package, locked, rest in _PIN.findall(lock):
        installed = _installed(package)
        # A line with a marker may be for other platforms only.
        elsewhere = installed is None and ";" in rest
        if installed != locked and not elsewhere:
            yield Difference(package, locked, installed)


def _installed(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _environment(model: str, audit: Path | str | bool) -> Mapping[str, str]:
    """What the service's settings are read from."""
    environment = {**os.environ}
    store = find_folder(Path.cwd())
    # On a read-only file system what is counted is the process's own, as without a store.
    if os.access(store, os.W_OK):
        environment.setdefault(_MONITOR, str(store / COUNTS / slug(model)))
    if audit is False:
        environment.pop(_AUDIT, None)
    elif audit is not True:
        environment[_AUDIT] = str(audit)
    elif store.is_dir() and not environment.get(_AUDIT):
        environment[_AUDIT] = str(store / LOGS / slug(model))
    return environment


def folder_named(target: str) -> Path:
    """The bundle's folder: as named, or of a registered version or alias. Raises: CellmarkError."""
    folder = Path(target)
    if folder.is_dir():
        return folder
    if "@" in target:
        return folder_of(target)
    raise CellmarkError(
        target,
        "no such folder",
        "a bundle's folder, MODEL@VERSION or MODEL@ALIAS",
        "Build one with `cellmark package NOTEBOOK --name NAME` and serve the folder it names.",
    )
